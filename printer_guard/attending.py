"""One printer: what it tells -> what the guard does; one of these runs for each printer.

An event never waits for another job's judging, and no fault of ours ends the loop: what cannot be
handled is written down, and a job that waited stays held.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from printer_guard import store
from printer_guard.admitting import Admission
from printer_guard.case import Case
from printer_guard.errors import RecordsError
from printer_guard.meeting import Meeting
from printer_guard.printers.base import (
    Back,
    Event,
    JobEnded,
    JobOffered,
    JobStarted,
    Lost,
    Printer,
    Progress,
    Sent,
)
from printer_guard.running import Running
from printer_guard.site import Site
from printer_guard.store import JobRow, Stage
from printer_guard.wire import Decision

AGAIN_S = 5.0  # before an adapter that broke its word is opened anew
SETTLE_S = 60.0  # for an adapter to tell of the jobs that a former run of the guard knew
_log = logging.getLogger(__name__)


class Attendant:
    """Attends to *printer* as *site* wants."""

    def __init__(self, printer: Printer, site: Site) -> None:
        self.printer = printer
        self.site = site
        self.cases: dict[str, Case] = {}
        self.lost: str | None = "not connected yet"
        self.admission = Admission(printer, site)
        self.running = Running(printer, site)
        self.meeting = Meeting(printer, site, self.admission, self.running)
        self._before: dict[str, JobRow] = {}
        self._handlers: dict[type, Callable[[Any], Awaitable[None]]] = {
            JobOffered: self._offered,
            JobStarted: self._started,
            Sent: self._sent,
            Progress: self._progress,
            JobEnded: self._ended,
            Lost: self._lost,
            Back: self._back,
        }

    async def run(self) -> None:
        """Attend until cancelled."""
        await self._remember()
        forgetting = asyncio.create_task(self._forget_later())
        try:
            while True:
                with contextlib.suppress(StopAsyncIteration):
                    await self._follow()
                _log.error("%s: its adapter gave up; opened anew", self.printer.name)
                await asyncio.sleep(AGAIN_S)
        finally:
            forgetting.cancel()
            await self._let_go()

    async def release(self, decision: Decision) -> None:
        """The owner releases a job that waits or is paused. Raises RecordsError, PrinterError."""
        case = self.cases.get(decision.job_id)
        if case is None:
            return  # it is over: the word holds for its bytes, the next time
        case.by_owner = True
        case.decided.set()
        if case.stage is Stage.PAUSED:
            await self.running.resume(case, f"released by {decision.by}: {decision.why}")

    async def cancel(self, decision: Decision) -> None:
        """A person ends a job. Raises PrinterError."""
        case = self.cases.get(decision.job_id)
        if case is not None:
            await self.running.cancel(case, f"cancelled by {decision.by}: {decision.why}")

    async def _follow(self) -> None:
        async for event in self.printer.events():
            try:
                await self._handle(event)
            except Exception:  # noqa: BLE001 (the next event must be heard all the same)
                _log.exception("%s: a fault of ours at %r", self.printer.name, event)

    async def _handle(self, event: Event) -> None:
        await self._handlers[type(event)](event)

    async def _offered(self, event: JobOffered) -> None:
        case = self.cases.get(event.job.id)
        if case is not None and case.stage in {Stage.OFFERED, Stage.HELD}:
            return  # told twice, as after a lost connection
        case = self.cases[event.job.id] = Case(event.job)
        await self.site.records.note_late(case.note("offered", Stage.OFFERED))
        case.task = asyncio.create_task(self.admission.admit(case, event.deadline_s))

    async def _started(self, event: JobStarted) -> None:
        case = self.cases.get(event.job.id)
        if case is not None and case.stage is Stage.RELEASED:
            await self.running.started(case)
            return
        if case is not None and case.stage in {Stage.PRINTING, Stage.STOPPING, Stage.PAUSED}:
            return
        if case is not None and case.task is not None:  # it was not let go, and prints
            case.task.cancel()
        case = self.cases[event.job.id] = Case(event.job)
        before = self._before.pop(event.job.id, None) or await self._same_bytes_before(case)
        case.task = asyncio.create_task(self.meeting.meet(case, before))

    async def _sent(self, event: Sent) -> None:
        case = self.cases.get(event.job.id)
        if case is not None:
            self.running.sent(case, event)

    async def _progress(self, event: Progress) -> None:
        case = self.cases.get(event.job.id)
        if case is not None:
            case.share = event.share
            if case.camera is not None:
                case.camera.at_share(event.share)

    async def _ended(self, event: JobEnded) -> None:
        case = self.cases.pop(event.job.id, None)
        if case is not None:
            await self.running.ended(case, event.how)

    async def _lost(self, event: Lost) -> None:
        self.lost = event.reason
        await self.site.records.event("lost", printer=self.printer.name, reason=event.reason)

    async def _back(self, event: Back) -> None:
        del event
        self.lost = None
        self.running.halter.back()
        await self.site.records.event("back", printer=self.printer.name)

    async def _remember(self) -> None:
        """Jobs that a former run of the guard left open."""
        with contextlib.suppress(RecordsError):
            rows = await self.site.records.call(
                lambda connection: store.open_jobs(connection, self.printer.name)
            )
            self._before = {row.job.id: row for row in rows}

    async def _same_bytes_before(self, case: Case) -> JobRow | None:
        """A job of the former run with these very bytes that was let go, under another id."""
        for row in self._before.values():
            known = row.job.sha256 is not None and row.job.sha256 == case.job.sha256
            if known and row.stage in {Stage.RELEASED, Stage.PRINTING}:
                return self._before.pop(row.job.id)
        return None

    async def _forget_later(self) -> None:
        """Write off the jobs of the former run that nobody tells of any more."""
        await asyncio.sleep(SETTLE_S)
        while self.lost is not None:
            await asyncio.sleep(1.0)
        rows, self._before = self._before, {}
        for row in rows.values():
            if row.job.id not in self.cases:
                note = Case(row.job, finding=row.finding).note("gone", Stage.GONE)
                await self.site.records.note_late(note)

    async def _let_go(self) -> None:
        """End everything that is being done; what is held stays held, and files stay."""
        cases = list(self.cases.values())
        tasks = [task for case in cases for task in (case.task, case.halting, case.showing) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.running.close()
        for case in cases:
            await self.running.drop(case, keep=True)
        with contextlib.suppress(Exception):
            await self.printer.close()
