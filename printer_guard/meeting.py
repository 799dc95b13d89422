"""A job that prints already, and that this run of the guard did not let go.

What a former run had let go goes on, and what it was stopping is stopped. A job that nobody was
asked about, as one started from the printer's own menu, is paused at once unless the site lets such
jobs be; then it is examined, and goes on if it is clear.
"""

from __future__ import annotations

import logging

from printer_guard import store
from printer_guard.admitting import Admission
from printer_guard.case import Case
from printer_guard.policy import Action, Finding, Ruling
from printer_guard.printers.base import Phase, Printer
from printer_guard.running import Running
from printer_guard.site import Site
from printer_guard.store import JobRow, Stage
from printer_guard.wire import Route

LET_GO = frozenset({Stage.RELEASED, Stage.PRINTING})
_log = logging.getLogger(__name__)


class Meeting:
    """Meets the running jobs of one printer."""

    def __init__(
        self, printer: Printer, site: Site, admission: Admission, running: Running
    ) -> None:
        self.printer = printer
        self.site = site
        self.admission = admission
        self.running = running

    async def meet(self, case: Case, before: JobRow | None) -> None:
        """Decide about the job of *case*. before: what a former run of the guard knew of it."""
        case.stage = Stage.PRINTING
        try:
            await self._meet(case, before)
        except Exception as error:  # noqa: BLE001 (a job nobody can judge is stopped)
            _log.exception("a fault of ours while meeting %s", case.job.name)
            reason = f"It prints, and nobody could find out about it ({error})"
            await self.running.stop(case, self._rule(Finding.UNANNOUNCED, reason))

    async def _meet(self, case: Case, before: JobRow | None) -> None:
        release = await self.site.records.call(
            lambda connection: store.find_release(connection, case.known_job)
        )
        case.by_owner = release is not None
        if before is not None and before.stage is Stage.PAUSED:
            await self._met_paused(case, before)
        elif case.by_owner or (before is not None and before.stage in LET_GO):
            case.reason = "met again, and let go before"
            await self.running.started(case)
        elif before is not None and before.stage is Stage.STOPPING:
            reason = before.reason
            await self.running.stop(case, self._rule(before.finding or "", reason))
        elif case.job.route is Route.STREAM:
            await self._obey(case, await self.admission.ruling(case))
        else:
            await self._unannounced(case)

    async def _met_paused(self, case: Case, before: JobRow) -> None:
        """Paused by a former run: still so, or somebody has resumed it at the printer."""
        case.finding, case.reason = before.finding, before.reason
        state = await self.printer.state()
        resumed = state.phase is Phase.PRINTING
        event, stage = (
            ("resumed_at_printer", Stage.PRINTING) if resumed else ("met_paused", Stage.PAUSED)
        )
        await self.site.records.note_late(case.note(event, stage))

    async def _unannounced(self, case: Case) -> None:
        ruling = self._rule(Finding.UNANNOUNCED, "It prints without having been offered")
        await self._obey(case, ruling)
        if case.stage is not Stage.PAUSED:
            return
        found = await self.admission.ruling(case)
        if found.action is Action.RELEASE and not case.gone:
            await self.running.resume(case, found.reason)
            await self.running.started(case)
        else:
            case.reason = found.reason
            await self.site.records.note_late(case.note("held", Stage.PAUSED, action="hold"))

    async def _obey(self, case: Case, ruling: Ruling) -> None:
        if ruling.action is Action.RELEASE:
            case.finding, case.reason = ruling.finding, ruling.reason
            await self.running.started(case)
        else:
            await self.running.stop(case, ruling)

    def _rule(self, finding: str, reason: str) -> Ruling:
        return self.site.rule(self.printer.name, finding, reason)
