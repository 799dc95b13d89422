"""A running job -> stopped, and proved so: level by level, and again until it is over.

The first request leaves before anything is written to disk. A level that the printer's own state
does not confirm in time is followed by the next; when the last one fails too, the guard says so
loudly and begins again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time

from printer_guard import store
from printer_guard.case import Case
from printer_guard.errors import RecordsError
from printer_guard.printers.base import ENDED, Level, Printer, StopReport
from printer_guard.records import Records
from printer_guard.settings import Halting
from printer_guard.store import Stage

GRACE_S = 2.0  # beyond a step, for an adapter that gives up by itself at the end of it
SAY_S = 30.0  # a printer that heats shows nothing before it is warm
_log = logging.getLogger(__name__)


class Halter:
    """Stops the jobs of one printer."""

    def __init__(self, printer: Printer, settings: Halting, records: Records) -> None:
        self.printer = printer
        self.settings = settings
        self.records = records
        self._back = asyncio.Event()
        self._words: asyncio.Task[None] | None = None

    def levels(self, first: Level) -> list[Level]:
        """What will be tried, in order; the hardest allowed when none of the wanted is known."""
        most = self.settings.level("most")
        known = sorted(level for level in self.printer.capabilities.stop_levels if level <= most)
        return [level for level in known if level >= first] or known[-1:]

    async def halt(self, case: Case, first: Level) -> None:
        """Stop the job of *case* from level *first* on; returns when that is proved or it is over.

        Raises RecordsError never: what could not be written is written later.
        """
        begun = time.monotonic()
        case.stage = Stage.STOPPING
        self._words = asyncio.create_task(self._say(case.reason))
        await asyncio.sleep(0)  # the host is told why before it stops, but nobody waits for that
        writing = asyncio.create_task(self._write_down(case, first))
        report = await self._climb(first, case)
        await writing
        while report is None and not case.gone:
            _log.critical("%s does not stop %s; trying again", self.printer.name, case.job.name)
            await self.records.note_late(case.note("stop_failed", Stage.STOPPING, verified=False))
            await self._pause_or_back()
            report = await self._climb(first, case)
        await self._settled(case, report, begun)

    def back(self) -> None:
        """The printer can be reached again: try at once."""
        self._back.set()

    async def _climb(self, first: Level, case: Case) -> StopReport | None:
        """The report of the first level that was proved."""
        for level in self.levels(first):
            try:
                async with asyncio.timeout(self._within_s(level)):
                    report = await self.printer.stop(case.job, level)
            except Exception as error:  # noqa: BLE001 (whatever an adapter does, the next level follows)
                _log.error("%s: %s: %r", self.printer.name, level.name, error)
                continue
            if report.verified_at is not None:
                return report
            _log.error("%s: %s was not confirmed", self.printer.name, level.name)
        return None

    def _within_s(self, level: Level) -> float:
        """Time for *level*: what is planned runs out first where it is not thrown away."""
        planned_s = self.printer.capabilities.lookahead_s if level < Level.QUICKSTOP else 0.0
        return self.settings.step_s + planned_s + GRACE_S

    async def _write_down(self, case: Case, first: Level) -> None:
        action = "hold" if first <= Level.PAUSE else "refuse"
        note = case.note("stopping", Stage.STOPPING, action=action, level=first.name.lower())
        await self.records.note_late(note)

    async def _settled(self, case: Case, report: StopReport | None, begun: float) -> None:
        """Keep what came of it. report: None when the job ended before anything was proved."""
        level, state = (report.level, report.state) if report else (None, None)
        over = case.gone or level is None or level >= Level.CANCEL
        if state is not None and state.phase in ENDED:
            over = True
        note = case.note(
            "stopped",
            Stage.CANCELLED if over else Stage.PAUSED,
            action="refuse" if over else "hold",
            level=level.name.lower() if level is not None else None,
            verified=report is not None,
            seconds=round(report.verified_at - begun, 3) if report and report.verified_at else None,
            heaters_off=report.heaters_off if report else None,
            phase=state.phase if state else None,
        )
        await self.records.note_late(note)
        with contextlib.suppress(RecordsError):
            await self.records.call(lambda connection: store.verify_stop(connection, case.job.id))

    async def _say(self, reason: str) -> None:
        try:
            async with asyncio.timeout(SAY_S):
                await self.printer.say(f"Printwarden: {reason}")
        except Exception as error:  # noqa: BLE001 (words must not be in the way of a stop)
            _log.warning("%s shows no reason: %r", self.printer.name, error)

    async def _pause_or_back(self) -> None:
        self._back.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.settings.again_s):
                await self._back.wait()
