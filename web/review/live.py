"""Server-sent events: "something changed", never what; the page then asks with its own filters."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Response

from web.clock import MINUTE_S, now
from web.events import bus

BEAT_S = 15.0
LONGEST_S = 10 * MINUTE_S  # then the browser comes again, with a sign-in that may have ended


def stream(site_id: str) -> Response:
    """Events of a site, for ten minutes at most."""
    response = Response(_events(f"site:{site_id}"), mimetype="text/event-stream")
    response.headers["X-Accel-Buffering"] = "no"  # nginx would keep them back
    return response


def _events(topic: str) -> Iterator[str]:
    until = now() + LONGEST_S
    seen = bus.count(topic)
    yield "retry: 2000\n\n"
    while now() < until:
        count = bus.wait(topic, seen, BEAT_S)
        yield ": still here\n\n" if count == seen else "event: changed\ndata: \n\n"
        seen = count
