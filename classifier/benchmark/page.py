"""Results -> benchmark.html, one file that needs no other and runs no script."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from classifier.benchmark.charts import (
    HEIGHT,
    WIDTH,
    Chart,
    attack_chart,
    calibration_chart,
    roc_chart,
)
from classifier.benchmark.marks import Json
from classifier.benchmark.table import estimate

TEMPLATES = Path(__file__).parent / "templates"
Figure = Callable[[str, Sequence[tuple[int, str, Json]]], Chart]


def page(results: Json) -> str:
    """The page's text. Raises ModuleNotFoundError without jinja2."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["estimate"] = estimate
    environment.filters["rate"] = _rate
    environment.filters["percent"] = _percent
    environment.filters["count"] = "{:,}".format
    shown = [row for row in results["protocols"] if not row["unavailable"]]
    return environment.get_template("benchmark.html").render(
        found=results,
        protocols=shown,
        honest=shown[0],
        rocs=_by_protocol(results, shown, roc_chart, lambda marks: marks.get("roc")),
        calibrations=_by_protocol(
            results, shown, calibration_chart, lambda marks: marks["calibration"]["weapon_score"]
        ),
        attacks=_attack_charts(results),
        area=(WIDTH, HEIGHT),
    )


def _by_protocol(
    results: Json, protocols: Sequence[Json], draw: Figure, part: Callable[[Json], Json | None]
) -> list[Chart]:
    """A chart a protocol with a line a contender."""
    charts = []
    for protocol in protocols:
        rows = [
            (number, contender["title"], found)
            for number, contender in enumerate(results["contenders"])
            if (found := part(contender["marks"][protocol["name"]])) is not None
        ]
        if rows:
            charts.append(draw(protocol["title"], rows))
    return charts


def _attack_charts(results: Json) -> list[tuple[Json, Chart]]:
    """(attack, chart) for each attack that anybody was judged under."""
    charts = []
    for row in results["attacks"]["rows"]:
        curves = [
            (number, contender["title"], contender["attacks"][row["name"]])
            for number, contender in enumerate(results["contenders"])
            if row["name"] in contender["attacks"]
        ]
        if curves:
            charts.append((row, attack_chart(row, curves)))
    return charts


def _rate(found: Json) -> str:
    """12/24 = 50 % [31, 69]."""
    if not found["of"]:
        return "none judged"
    low, high = 100 * found["low"], 100 * found["high"]
    share = _percent(found["hits"] / found["of"])
    return f"{found['hits']:,}/{found['of']:,} = {share} [{low:.0f}, {high:.0f}]"


def _percent(share: Any) -> str:
    """A share with as many digits as rare ones need; None is "never"."""
    if share is None:
        return "never"
    return f"{100 * share:.0f} %" if share >= 0.1 or not share else f"{100 * share:.2g} %"
