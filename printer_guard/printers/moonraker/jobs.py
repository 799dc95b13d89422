"""The one job that Klipper has, or that the gate waits with -> events."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from printer_guard.errors import CannotFetch, PrinterError
from printer_guard.printers.base import (
    Back,
    Ending,
    Event,
    JobEnded,
    JobOffered,
    JobStarted,
    Lost,
    Sent,
)
from printer_guard.printers.moonraker import gate
from printer_guard.printers.moonraker.connection import Connection
from printer_guard.printers.moonraker.moves import Planned
from printer_guard.printers.moonraker.status import ENDINGS, GATE
from printer_guard.printers.moonraker.streams import QUIET_S, Streams
from printer_guard.wire import Job, Route, new_id

FILES = frozenset({"printing", "paused"})  # print_stats.state while there is a file


class Jobs:
    """*tell* takes each event; *folder* keeps copies, by the id of their job."""

    def __init__(
        self, printer: str, connection: Connection, folder: Path, tell: Callable[[Event], None]
    ) -> None:
        self._printer, self._connection, self._folder = printer, connection, folder
        self._tell = tell
        self._job: Job | None = None
        self._number: int | None = None  # of the gate, while it waits
        self._position = 0
        self._streams = Streams(printer)
        self._there: bool | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    def kept(self, job: Job) -> Path:
        """Where the copy of a job lies."""
        return self._folder / f"{job.id}.bytes"

    def current(self, job: Job) -> bool:
        """Whether that job is still there."""
        return self._job is not None and self._job.id == job.id

    def number(self, job: Job) -> int | None:
        """The gate's number of a job that waits."""
        return self._number if self.current(job) else None

    def started(self, job: Job) -> None:
        """It waits no more."""
        if self.current(job):
            self._number, self._position = None, 0

    async def digest_now(self, job: Job) -> str:
        """Of what lies under the job's name now. Raises CannotFetch."""
        again = self._folder / f"{job.id}.again"
        try:
            return (await self._connection.copy(job.name, again))[0]
        finally:
            again.unlink(missing_ok=True)

    def end(self, job: Job, how: Ending) -> None:
        """It is over."""
        if self.current(job):
            self._job = self._number = self._streams.job = None
            self._streams.job_ended()
            self.kept(job).unlink(missing_ok=True)
            self._tell(JobEnded(job, how))

    def stream_is_quiet(self) -> bool:
        """Whether nothing has been laid down past any file lately."""
        return self._streams.quiet()

    async def stay_alive(self) -> None:
        """Tell the gate that we live while it matters; one message at a time."""
        while True:
            await asyncio.sleep(gate.ALIVE_EVERY_S)
            self._end_quiet_stream()
            if self._job is not None and self._job.route is not Route.STREAM:
                with contextlib.suppress(PrinterError):
                    await self._connection.script(gate.ALIVE, within_s=3600.0)

    async def connected(self) -> None:
        """Find out what went on while we were away."""
        status = self._connection.status
        if self._there is not True:
            self._there = True
            self._tell(Back())
        number = int(status.get(GATE, "asked", 0) or 0)
        if number and number != self._number:
            self.asked(number, str(status.get(GATE, "file", "")))
        self.changed()

    def lost(self, reason: str) -> None:
        """Say so, once."""
        if self._there is not False:
            self._there = False
            self._tell(Lost(reason))

    def asked(self, number: int, file: str) -> None:
        """A file waits at the gate; what waited before does so no more."""
        if self._job is not None:
            self.end(self._job, Ending.CANCELLED)
        self._number = number
        self._background(self._offer(number, file))

    def changed(self) -> None:
        """Follow the file that prints, and notice its end, or one that nobody allowed."""
        status, job = self._connection.status, self._job
        self._streams.look(at_rest=status.at_rest(), print_time_s=status.print_time_s)
        if status.get("webhooks", "state") == "shutdown":
            if job is not None:
                self.end(job, Ending.FAILED)
            return
        if job is None or job.route is Route.STREAM:
            if status.file_runs and self._number is None:
                self._number = 0  # none of the gate's: it was not asked
                self._background(self._found(str(status.get("print_stats", "filename"))))
        elif self._number is None:
            self._send_up_to(job, status.position)
            if status.printing in ENDINGS:
                self._finish(job, ENDINGS[status.printing])

    def planned(self, moves: list[Planned]) -> None:
        """What is moved past any file is a stream."""
        status = self._connection.status
        if status.printing in FILES or self._number is not None or not status.ready:
            return
        began, chunk = self._streams.take(moves)
        job = self._streams.job
        if job is None or not chunk:
            return
        if began:
            self._job = job
            self._tell(JobStarted(job))
        self._tell(Sent(job, chunk, self._streams.position))
        self._streams.position += len(chunk)

    async def _offer(self, number: int, file: str) -> None:
        job = await self._copied(file)
        if self._number == number:
            self._job = job
            self._tell(JobOffered(job))

    async def _found(self, file: str) -> None:
        """A file prints that was not offered, or that was before we came."""
        job = await self._copied(file)
        self._job, self._number, self._position = job, None, 0
        self._tell(JobStarted(job))

    async def _copied(self, file: str) -> Job:
        number = new_id()
        sha256, size = None, None
        with contextlib.suppress(CannotFetch):
            sha256, size = await self._connection.copy(file, self._folder / f"{number}.bytes")
        return Job(
            printer=self._printer,
            name=file,
            route=Route.FILE,
            sha256=sha256,
            size_bytes=size,
            id=number,
        )

    def _send_up_to(self, job: Job, position: int) -> None:
        kept = self.kept(job)
        if position <= self._position or not kept.exists():
            return
        with kept.open("rb") as copy:
            copy.seek(self._position)
            chunk = copy.read(position - self._position)
        self._tell(Sent(job, chunk, self._position))
        self._position += len(chunk)

    def _finish(self, job: Job, how: Ending) -> None:
        if how is Ending.DONE and job.size_bytes is not None:
            self._send_up_to(job, job.size_bytes)
        self.end(job, how)

    def _end_quiet_stream(self) -> None:
        job = self._streams.job
        if job is not None and self._streams.quiet(QUIET_S):
            self.end(job, Ending.DONE)

    def _background(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
