"""Templates -> text; what goes into HTML is escaped, and a missing value is an error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

TEMPLATES = Path(__file__).parent / "templates"


def fill(template: str, **values: Any) -> str:
    """The text of *template* with *values* in it; raises ModuleNotFoundError without jinja2."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=lambda name: name is not None and name.endswith(".html"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["count"] = "{:,}".format
    environment.filters["cell"] = _cell
    return environment.get_template(template).render(**values)


def _cell(text: object) -> str:
    """A value inside a Markdown table: one line, no bars, no markup of its own."""
    line = "" if text is None else " ".join(str(text).split())
    for sign, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        line = line.replace(sign, entity)
    return line.replace("|", "\\|")
