"""What Klipper moves past any file -> a job, once it lays material down.

After a job has ended, the planner still holds moves of it. They are nobody's stream: whatever was
planned before the printer came to rest belongs to that job.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

from printer_guard.printers.moonraker.moves import HEAD, Planned
from printer_guard.wire import Job, Route

NAME = "stream through Klipper"
QUIET_S = 60.0  # a stream is over when nothing was laid down for so long
STILL_S = 1.0  # a stopped one: Klipper plans no further ahead than that
LONGEST_TAIL_S = 60.0  # a job's last moves take less, or a stream has followed without a rest


class Streams:
    """At most one at a time."""

    def __init__(self, printer: str) -> None:
        self._printer = printer
        self._drew_at = 0.0
        self._job_ended_at = time.monotonic()  # at first the planner tells of what was before
        self._tail_s = math.inf  # by the printer's clock: what starts earlier is that job's
        self.job: Job | None = None
        self.position = 0

    def job_ended(self) -> None:
        """A job is over; its last moves are not."""
        self._job_ended_at, self._tail_s = time.monotonic(), math.inf

    def look(self, *, at_rest: bool, print_time_s: float) -> None:
        """Told with each report."""
        late = time.monotonic() - self._job_ended_at > LONGEST_TAIL_S
        if self._tail_s == math.inf and (at_rest or late):
            self._tail_s = print_time_s

    def take(self, moves: Sequence[Planned]) -> tuple[bool, bytes]:
        """(whether a job began with *moves*, the bytes of the job that they are)."""
        mine = [move for move in moves if move.start_s >= self._tail_s]
        draws = any(move.draws for move in mine)
        if draws:
            self._drew_at = time.monotonic()
        if self.job is None and not draws:
            return False, b""
        chunk, began = "".join(f"{move.line}\n" for move in mine), self.job is None
        if self.job is None:
            self.job = Job(printer=self._printer, name=NAME, route=Route.STREAM)
            self.position, chunk = 0, HEAD + chunk
        return began, chunk.encode()

    def quiet(self, for_s: float = STILL_S) -> bool:
        """Whether nothing has been laid down for that long."""
        return time.monotonic() - self._drew_at > for_s
