"""What printers over plain HTTP have in common: they are asked every second, and tell nothing.

A job that begins is paused by the guard's core when it was not offered; a printer of this sort can
hold none before its first line. An adapter gives `look` and the words for each level.
"""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from printer_guard.errors import CannotFetch, PrinterError, PrinterRefused, PrinterUnreachable
from printer_guard.printers.base import (
    STILL,
    Back,
    Capabilities,
    Ending,
    Event,
    JobEnded,
    JobStarted,
    Level,
    Lost,
    Phase,
    PrinterState,
    Progress,
    StopReport,
)
from printer_guard.wire import Job, Route

POLL_S = 1.0
LOOK_EVERY_S = 0.2
BUSY = frozenset({Phase.PRINTING, Phase.PAUSED, Phase.STOPPING})
PROVEN = {
    Level.HOLD: STILL,
    Level.PAUSE: STILL,
    Level.CANCEL: frozenset({Phase.IDLE, Phase.HALTED}),
    Level.EMERGENCY: frozenset({Phase.IDLE, Phase.HALTED, Phase.OFFLINE}),
}


@dataclass(frozen=True, slots=True)
class Seen:
    """One look. share: of the job, 0..1. done: the last job came to its own end."""

    state: PrinterState
    share: float | None = None
    done: bool = False


class PolledPrinter(ABC):
    """*patience_s*: how long `stop` looks for its proof."""

    levels: frozenset[Level]
    lookahead_s = 2.0

    def __init__(self, name: str, folder: Path, *, patience_s: float) -> None:
        self._name, self._folder, self._patience_s = name, folder, patience_s
        self._where = f"printer {name}"
        self._job: Job | None = None
        self._there: bool | None = None

    @abstractmethod
    async def look(self) -> Seen:
        """Ask the printer. Raises PrinterUnreachable."""

    @abstractmethod
    async def ask(self, level: Level) -> None:
        """Ask it to stop so. Raises PrinterError."""

    @abstractmethod
    async def copy(self, file: str, to: Path) -> None:
        """Write the stored *file* to *to*. Raises CannotFetch."""

    @property
    def name(self) -> str:
        """As the settings call it."""
        return self._name

    @property
    def capabilities(self) -> Capabilities:
        """What can be asked of it."""
        return Capabilities(
            hold_start=False,
            sees_file=True,
            sees_stream=False,
            stop_levels=self.levels,
            lookahead_s=self.lookahead_s,
            reports_stop=True,
        )

    async def events(self) -> AsyncIterator[Event]:
        """Look every second, for ever."""
        while True:
            try:
                seen = await self.look()
            except PrinterError as error:
                if self._there is not False:
                    self._there = False
                    yield Lost(error.what)
            else:
                if self._there is not True:
                    self._there = True
                    yield Back()
                for event in self._changes(seen):
                    yield event
            await asyncio.sleep(POLL_S)

    async def fetch(self, job: Job) -> Path:
        """What lies under the job's name; the printer's own copy cannot be compared with it."""
        to = self._folder / f"{job.id}.copy"
        await self.copy(job.name, to)
        return to

    async def allow(self, job: Job, sha256: str | None) -> None:
        """Nothing is offered, so there is nothing to allow."""
        raise PrinterRefused(self._where, f"{job.name!r} was never held")

    async def refuse(self, job: Job, reason: str) -> None:
        """See `allow`."""
        raise PrinterRefused(self._where, f"{job.name!r} was never held")

    async def stop(self, job: Job, level: Level) -> StopReport:
        """Ask, then look until the printer's state proves it."""
        sent_at = time.monotonic()
        current = self._job is not None and self._job.id == job.id
        state, verified_at = (await self.look()).state, None if current else sent_at
        if current:
            await self.ask(level)
        while verified_at is None and time.monotonic() - sent_at < self._patience_s:
            state = await self._state_or_unknown()
            if state.phase in PROVEN[level]:
                verified_at = time.monotonic()
                break
            await asyncio.sleep(LOOK_EVERY_S)
        return StopReport(
            level=level,
            sent_at=sent_at,
            verified_at=verified_at,
            state=state,
            heaters_off=state.heaters_off,
        )

    async def state(self) -> PrinterState:
        """What it says now."""
        return (await self.look()).state

    def _changes(self, seen: Seen) -> list[Event]:
        """Jobs that began or ended since the last look."""
        events: list[Event] = []
        busy = seen.state.phase in BUSY
        name = seen.state.job_name or "?"
        if self._job is not None and (not busy or name != self._job.name):
            how = Ending.DONE if seen.done else Ending.CANCELLED
            events.append(JobEnded(self._job, how))
            self._job = None
        if busy and self._job is None:
            self._job = Job(printer=self._name, name=name, route=Route.SD)
            events.append(JobStarted(self._job))
        elif self._job is not None and seen.share is not None:
            events.append(Progress(self._job, seen.share))
        return events

    async def _state_or_unknown(self) -> PrinterState:
        try:
            return await self.state()
        except PrinterUnreachable:
            return PrinterState(phase=Phase.OFFLINE)


def not_kept(where: str, file: str, error: Exception) -> CannotFetch:
    """What `copy` raises."""
    return CannotFetch(where, f"{file!r}: {error!r}")
