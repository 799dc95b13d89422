"""A printer that exists on paper only: it offers a job, prints it, and offers the next."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

from printer_guard.printers.base import (
    Capabilities,
    Ending,
    Event,
    JobEnded,
    JobOffered,
    JobStarted,
    Level,
    Phase,
    PrinterState,
    Sent,
    StopReport,
)
from printer_guard.wire import Job, Route

TEXT = b"G28\n" + b"".join(
    b"G1 X%d Y%d Z%.2f E%d\n" % (10 + 40 * (n % 2), 10 + 40 * (n // 2 % 2), 0.2 * (n // 4 + 1), n)
    for n in range(2000)
)
LINES = TEXT.splitlines(keepends=True)
BATCH = 50  # lines an event


class PaperPrinter:
    """A Printer (see printers.base)."""

    name = "paper"
    capabilities = Capabilities(
        hold_start=True,
        sees_file=True,
        sees_stream=True,
        stop_levels=frozenset(Level),
        lookahead_s=0.0,
        reports_stop=True,
    )

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self._allowed = asyncio.Event()
        self.printed = 0  # jobs

    async def print_one(self) -> None:
        """One whole job, from the offer to its end."""
        job = Job(printer=self.name, name="part.gcode", route=Route.FILE)
        self._allowed.clear()
        await self._events.put(JobOffered(job))
        await self._allowed.wait()
        await self._events.put(JobStarted(job))
        position = 0
        for start in range(0, len(LINES), BATCH):
            chunk = b"".join(LINES[start : start + BATCH])
            await self._events.put(Sent(job, chunk, position))
            position += len(chunk)
        await self._events.put(JobEnded(job, Ending.DONE))
        while not self._events.empty():
            await asyncio.sleep(0)
        self.printed += 1

    async def events(self) -> AsyncIterator[Event]:
        """See Printer."""
        while True:
            yield await self._events.get()

    async def fetch(self, job: Job) -> Path:
        """See Printer."""
        path = self._folder / job.id
        path.write_bytes(TEXT)
        return path

    async def allow(self, job: Job, sha256: str | None) -> None:
        """See Printer."""
        del job, sha256
        self._allowed.set()

    async def refuse(self, job: Job, reason: str) -> None:
        """See Printer; a benchmark whose job is refused cannot go on."""
        raise RuntimeError(f"{job.name} was refused: {reason}")

    async def stop(self, job: Job, level: Level) -> StopReport:
        """See Printer."""
        del job
        now = time.monotonic()
        return StopReport(level=level, sent_at=now, verified_at=now, state=await self.state())

    async def resume(self, job: Job) -> None:
        """See Printer."""

    async def say(self, text: str) -> None:
        """See Printer; only held jobs are spoken of, and this one must not be."""
        raise RuntimeError(text)

    async def state(self) -> PrinterState:
        """See Printer."""
        return PrinterState(phase=Phase.IDLE)

    async def close(self) -> None:
        """See Printer."""
