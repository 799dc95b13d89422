"""What parts of addresses look like: anything else is no address of ours."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask
from werkzeug.routing import BaseConverter


class Hex(BaseConverter):
    """An id of the console: 32 hexadecimal digits."""

    regex = "[0-9a-f]{32}"


class Attempt(BaseConverter):
    """A guard's id of an attempt to print."""

    regex = "[A-Za-z0-9._~-]{1,255}"


class Part(BaseConverter):
    """The name of a part of the evidence."""

    regex = r"[a-z]+(-[a-z0-9]+)*\.(webp|json|bin)"


CONVERTERS: Mapping[str, type[BaseConverter]] = {"hex": Hex, "attempt": Attempt, "part": Part}


def install(app: Flask) -> None:
    """Let rules say `<hex:job_id>`, `<attempt:attempt>` and `<part:name>`."""
    app.url_map.converters.update(CONVERTERS)
