"""Server-sent events: "something changed", never what; the page then asks with its own filters."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from flask import Response

from web.clock import MINUTE_S, now
from web.events import bus

BEAT_S = 15.0
LONGEST_S = 10 * MINUTE_S  # then the browser comes again


def stream(site_id: str, good: Callable[[], bool]) -> Response:
    """Events of a site, for ten minutes at most, and while *good* says that the sign-in holds.

    It is asked before anything is sent, so nothing is told to whom it is no longer meant for.
    """
    response = Response(_events(f"site:{site_id}", good), mimetype="text/event-stream")
    response.headers["X-Accel-Buffering"] = "no"  # nginx would keep them back
    return response


def _events(topic: str, good: Callable[[], bool]) -> Iterator[str]:
    until = now() + LONGEST_S
    seen = bus.count(topic)
    yield "retry: 2000\n\n"
    while now() < until:
        count = bus.wait(topic, seen, BEAT_S)
        if not good():
            return
        yield ": still here\n\n" if count == seen else "event: changed\ndata: \n\n"
        seen = count
