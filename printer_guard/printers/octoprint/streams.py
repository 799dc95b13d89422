"""Lines that are of no file -> a job, once they lay material down.

Whoever may send commands to OctoPrint can print with them. Extrusion while moving begins such a
job, silence ends it; jogging, homing and priming in place are nobody's job.
"""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable, Sequence

from printer_guard.wire import Job, Route

QUIET_S = 60.0  # from then on it is over: nobody streams a print with a minute's breaks
NAME = "stream through OctoPrint"
BEFORE = 64  # lines kept from before the first extrusion: they set modes and where it begins
DRAWS = re.compile(r"G[0123]\b(?=.*[XY])(?=.*E\d*\.?\d*[1-9])", re.IGNORECASE)


class Streams:
    """At most one stream at a time. now: a clock in seconds."""

    def __init__(self, printer: str, now: Callable[[], float] = time.monotonic) -> None:
        self._printer, self._now = printer, now
        self._before: deque[str] = deque(maxlen=BEFORE)
        self._last = 0.0
        self.job: Job | None = None
        self.position = 0

    def take(self, lines: Sequence[str]) -> tuple[bool, bytes]:
        """(whether a job began with *lines*, the bytes of the job that they are)."""
        began = False
        if self.job is None:
            self._before.extend(lines)
            if not any(map(DRAWS.match, lines)):
                return False, b""
            self.job = Job(printer=self._printer, name=NAME, route=Route.STREAM)
            lines, began, self.position = list(self._before), True, 0
            self._before.clear()
        self._last = self._now()
        return began, "".join(f"{line}\n" for line in lines).encode()

    def ended(self, *, now: bool = False) -> Job | None:
        """The stream that is over by its silence, or by *now*."""
        if self.job is None or not (now or self._now() - self._last > QUIET_S):
            return None
        job, self.job = self.job, None
        return job
