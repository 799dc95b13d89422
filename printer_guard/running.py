"""A job that prints: compared with its copy or watched; stopped once for each kind of evidence."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any, Literal

from printer_guard import store
from printer_guard.binding import Binding
from printer_guard.camera.review import raise_review
from printer_guard.camera.watching import CameraWatch
from printer_guard.case import Case
from printer_guard.errors import RecordsError
from printer_guard.halting import Halter
from printer_guard.policy import Action, Finding, Ruling
from printer_guard.printers.base import Ending, Level, Printer, Sent
from printer_guard.site import Site
from printer_guard.store import Stage
from printer_guard.watching import Watch

WAITING = frozenset({Stage.OFFERED, Stage.HELD, Stage.RELEASED})
AT_THE_END: Mapping[Ending, Stage] = {
    Ending.DONE: Stage.ENDED,
    Ending.CANCELLED: Stage.CANCELLED,
    Ending.FAILED: Stage.ENDED,
}
FIRST: Mapping[Action, Literal["hold", "refuse"]] = {Action.HOLD: "hold", Action.REFUSE: "refuse"}
_log = logging.getLogger(__name__)


class Running:
    """The printing jobs of one printer."""

    def __init__(self, printer: Printer, site: Site) -> None:
        self.printer = printer
        self.site = site
        self.halter = Halter(printer, site.settings.halting, site.records)
        self._tasks: set[asyncio.Task[None]] = set()

    async def started(self, case: Case) -> None:
        """A job prints that may: compare it with its copy, or watch it."""
        await self.site.records.note_late(case.note("started", Stage.PRINTING))
        try:
            self._attend(case)
        except OSError as error:
            self.trip(case, Finding.WATCH_FAILED, f"It cannot be watched: {error}")

    def sent(self, case: Case, event: Sent) -> None:
        """Bytes went to the printer; quick, for adapters tell ten times a second."""
        try:
            if case.watch is not None:
                case.watch.add(event.chunk)
            if case.camera is not None:
                case.camera.at_byte(event.position + len(event.chunk))
            if case.binding is not None:
                differs = case.binding.check(event.chunk, event.position)
                if differs is not None:
                    self._unbind(case)
                    reason = f"What is printed is not what was cleared: {differs!r}"
                    self.trip(case, Finding.CHANGED, reason)
        except Exception as error:  # noqa: BLE001 (a job that nobody can follow is not one to trust)
            self._unbind(case)
            self.trip(case, Finding.WATCH_FAILED, f"{type(error).__name__}: {error}")

    def trip(self, case: Case, finding: Finding, reason: str) -> None:
        """There is evidence against a running job: do what the site wants, once for each kind."""
        if finding in case.stopped_for or case.stage is not Stage.PRINTING:
            return
        ruling = self.site.rule(case.job.printer, finding, reason)
        case.halting = self._keep(asyncio.create_task(self.stop(case, ruling)))

    async def stop(self, case: Case, ruling: Ruling) -> None:
        """Stop the job of *case* as *ruling* wants, then draw what it was stopped for."""
        case.stopped_for.add(ruling.finding)
        case.finding, case.reason = ruling.finding, ruling.reason
        if ruling.action is Action.RELEASE:
            note = case.note("would_stop", case.stage, would_be=ruling.asked)
            await self.site.records.note_late(note)
            return
        claim = asyncio.create_task(self._claim(case, ruling.finding))
        await self.halter.halt(case, self.site.settings.halting.level(FIRST[ruling.action]))
        await claim
        if case.watch is not None:
            case.sheet = await case.watch.picture(self.site.evidence)
            await self.site.records.note_late(case.note("evidence", case.stage))
            await self.site.show(case.job, case.watch.sent, growing=True)

    async def resume(self, case: Case, reason: str) -> None:
        """Go on with a paused job. Raises PrinterError."""
        case.reason = reason
        await self.printer.resume(case.job)
        await self.site.records.note_late(case.note("resumed", Stage.PRINTING))

    async def cancel(self, case: Case, reason: str) -> None:
        """End a job, whatever its stage. Raises PrinterError."""
        case.reason = reason
        for task in (case.task, case.halting):
            if task is not None:
                task.cancel()
        if case.stage in WAITING:
            await self.site.records.note_late(case.note("refused", Stage.REFUSED, action="refuse"))
            await self.printer.refuse(case.job, reason)
            return
        case.halting = self._keep(asyncio.create_task(self.halter.halt(case, Level.CANCEL)))
        await asyncio.shield(case.halting)

    async def ended(self, case: Case, how: Ending) -> None:
        """The job is over; a stop that is under way comes to its end first."""
        case.gone = True
        self.halter.back()
        if case.task is not None and case.stage in WAITING:
            case.task.cancel()
        self.later(self._wind_up(case, how))

    async def drop(self, case: Case, *, keep: bool = False) -> None:
        """Let go of everything about *case*. keep: its files, for the next run of the guard."""
        self._unbind(case)
        if case.watch is not None:
            await case.watch.close(keep=keep)
        if case.camera is not None:
            await case.camera.close()
        if not keep:
            self.site.copies.drop(case.job)

    async def close(self) -> None:
        """End what is still being done about jobs that are over."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Do *work* without waiting for it."""
        self._keep(asyncio.create_task(work))

    def _keep(self, task: asyncio.Task[None]) -> asyncio.Task[None]:
        """Hold *task* until it is done, so that `close` can end it."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _attend(self, case: Case) -> None:
        """Compare where there is a copy; watch where nobody has vouched for the job."""
        copy = self.site.copies.path_of(case.job)
        if copy.exists():
            self._look(case, copy)
            case.binding = Binding(copy)
        elif not case.by_owner and self.printer.capabilities.sees_stream:
            case.watch = Watch(
                self.site.spool(case.job),
                case.job.name,
                self.site.settings.watch,
                self.site.judge.request(),
                lambda finding, reason: self.trip(case, finding, reason),
            )
            case.watch.start()

    def _look(self, case: Case, copy: Path) -> None:
        """Have the printer's camera look, where there is one, whether it makes *copy*."""
        table = self.site.settings.printers.get(case.job.printer)
        if table is None or table.camera is None or case.camera is not None:
            return

        def tell(finding: Finding, reason: str, picture: str | None) -> None:
            self.later(raise_review(self, case, finding, reason, picture))

        case.camera = CameraWatch(case.job, copy, table.camera, self.site.settings.state, tell)
        case.camera.start()

    def _unbind(self, case: Case) -> None:
        if case.binding is not None:
            case.binding.close()
            case.binding = None

    async def _claim(self, case: Case, evidence: str) -> None:
        with contextlib.suppress(RecordsError):
            await self.site.records.call(
                lambda connection: store.claim_stop(connection, case.job.id, evidence)
            )

    async def _wind_up(self, case: Case, how: Ending) -> None:
        """Of a job that was watched, look at the whole of it; then write it off."""
        try:
            if case.halting is not None:
                await asyncio.gather(case.halting, return_exceptions=True)
            elif case.watch is not None:
                await case.watch.end()
            await self.site.records.note_late(case.note("ended", _stage_after(case, how), how=how))
        finally:
            self._unbind(case)
        await self.drop(case)


def _stage_after(case: Case, how: Ending) -> Stage:
    """Where the life of a job ends whose printer says *how* it went."""
    if case.stage is Stage.REFUSED:
        return Stage.REFUSED
    stopped = case.stage in {Stage.CANCELLED, Stage.PAUSED} and how is not Ending.DONE
    return Stage.CANCELLED if stopped else AT_THE_END[how]
