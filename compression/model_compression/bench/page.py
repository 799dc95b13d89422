"""Results -> leaderboard.html, one file that needs no other and runs no script."""

from __future__ import annotations

from pathlib import Path

from classifier.benchmark.page import TEMPLATES as STYLED
from model_compression.bench.cells import Json
from model_compression.bench.pareto import HEIGHT, KINDS, WIDTH, plots_of
from model_compression.bench.words import change, percent, size, speed, times

TEMPLATES = Path(__file__).parent / "templates"
WORDS = {"change": change, "percent": percent, "size": size, "speed": speed, "times": times}


def page(results: Json, template: str = "leaderboard.html") -> str:
    """The page's text. Raises ModuleNotFoundError without jinja2."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader([TEMPLATES, STYLED]),  # the benchmark's page lends its style
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= WORDS | {"count": "{:,}".format}
    return environment.get_template(template).render(
        found=results,
        plots=plots_of(results["rows"]) if "rows" in results else [],
        kinds=KINDS,
        area=(WIDTH, HEIGHT),
    )
