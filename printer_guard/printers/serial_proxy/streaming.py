"""When is what a host sends a job? And the job that comes of it, as bytes.

A host that numbers its lines does so while it prints; what it sends by hand comes without numbers
(OctoPrint, Printrun). So a job begins with the first numbered line that does more than ask, or,
whatever its form, with the first line that could lay down material or runs what nobody sees. Lines
by hand before it, such as G28 or M83, are kept: the job is read from them on.
"""

from __future__ import annotations

from printer_guard.printers.base import Sent
from printer_guard.printers.marlin.lines import Line
from printer_guard.printers.marlin.words import (
    HARMLESS_AFTER_STOP,
    QUERIES,
    STORED_PROGRAMS,
    lays_material,
    only_cools,
)
from printer_guard.wire import Job

BATCH_BYTES = 1 << 16
PRELUDE_BYTES = 1 << 16  # of lines by hand: more than that is no preparation of a job
DONE_AFTER_S = 10.0  # of quiet, once heaters or motors were switched off
GIVEN_UP_AFTER_S = 1800.0  # of quiet, whatever came before


def begins_job(line: Line, code: bytes, *, strict: bool = False) -> bool:
    """Is *line* the first of a job? strict: all that moves or heats is, by hand or not."""
    counts = strict or line.number is not None
    if counts and line.command and code not in QUERIES:
        return True
    return code in STORED_PROGRAMS or lays_material(code, line.command)


class Prelude:
    """Lines by hand since the last job."""

    def __init__(self) -> None:
        self._lines: list[bytes] = []
        self._size = 0

    def add(self, line: Line, code: bytes) -> None:
        """Keep an accepted line that may set a mode."""
        if code in QUERIES or not line.command:
            return
        if self._size > PRELUDE_BYTES:
            self.take()
        self._lines.append(line.command + b"\n")
        self._size += len(line.command) + 1

    def take(self) -> bytes:
        """What was kept; nothing is kept then."""
        text = b"".join(self._lines)
        self._lines.clear()
        self._size = 0
        return text


class Stream:
    """A job that comes line by line. The bytes are those that the printer has acknowledged."""

    def __init__(self, job: Job, prelude: bytes, now: float) -> None:
        self.job = job
        self.size = 0  # bytes told so far
        self._waiting = [prelude] if prelude else []
        self._waiting_bytes = len(prelude)
        self._last_at = now
        self._wound_up = False  # heaters or motors were switched off since the last motion

    def add(self, line: Line, code: bytes, now: float) -> None:
        """The printer has taken *line*."""
        if not line.command:
            return
        self._waiting.append(line.command + b"\n")
        self._waiting_bytes += len(line.command) + 1
        if code in QUERIES:
            return
        self._last_at = now
        self._wound_up = code in HARMLESS_AFTER_STOP or (
            only_cools(code, line.command) or (self._wound_up and code[:1] != b"G")
        )

    @property
    def full(self) -> bool:
        """Is it time to tell, whatever the clock says?"""
        return self._waiting_bytes >= BATCH_BYTES

    @property
    def wound_up(self) -> bool:
        """Does it look as if it had come to its end?"""
        return self._wound_up

    def told(self) -> Sent | None:
        """What has come since the last time, as an event."""
        if not self._waiting:
            return None
        chunk = b"".join(self._waiting)
        sent = Sent(self.job, chunk, self.size)
        self.size += len(chunk)
        self._waiting.clear()
        self._waiting_bytes = 0
        return sent

    def over(self, now: float) -> bool:
        """Has it been quiet for so long that nothing more will come?"""
        return now - self._last_at > (DONE_AFTER_S if self._wound_up else GIVEN_UP_AFTER_S)
