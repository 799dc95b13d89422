"""A job that waits -> released, held or refused; whatever goes wrong meanwhile, it stays held."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from printer_guard import store
from printer_guard.case import Case
from printer_guard.errors import PrinterRefused, PrinterUnreachable, RecordsError
from printer_guard.examining import examine
from printer_guard.judging import Opinion
from printer_guard.policy import Action, Finding, Ruling, overridden
from printer_guard.printers.base import Printer
from printer_guard.site import Site
from printer_guard.store import OVER, Stage

MARGIN_S = 1.0  # before the host stops waiting, so that it still hears the answer
AGAIN_S = 2.0  # between tries of what a full disk or a lost printer prevents
_log = logging.getLogger(__name__)


class Admission:
    """Decides about the waiting jobs of one printer."""

    def __init__(self, printer: Printer, site: Site) -> None:
        self.printer = printer
        self.site = site

    async def admit(self, case: Case, deadline_s: float | None) -> None:
        """Find out about the job, rule, and see that through until it starts or is dropped."""
        ruling = await self.ruling(case, deadline_s)
        while case.stage not in OVER:
            try:
                again = await self._carry_out(case, ruling)
            except (RecordsError, PrinterUnreachable) as error:
                _log.error("%s waits: %s", case.job.name, error)
                await asyncio.sleep(AGAIN_S)
                continue
            if again is None:
                return
            ruling = again

    async def ruling(self, case: Case, deadline_s: float | None = None) -> Ruling:
        """What becomes of the job of *case*, which learns what was found; never raises."""
        try:
            within_s = None if deadline_s is None else max(deadline_s - MARGIN_S, 0.0)
            async with asyncio.timeout(within_s):
                case.opinion, case.copy = await examine(
                    self.printer, case.job, self.site.copies, self.site.judge
                )
        except TimeoutError:
            reason = f"There was no verdict before the printer stopped waiting ({deadline_s:g} s)"
            case.opinion = Opinion(Finding.JUDGING_FAILED, reason)
        except RecordsError as error:
            case.opinion = Opinion(Finding.RECORDS_FAILED, str(error))
        except Exception as error:  # noqa: BLE001 (a fault of ours must end in "held")
            _log.exception("a fault of ours while examining %s", case.job.name)
            case.opinion = Opinion(Finding.JUDGING_FAILED, f"{type(error).__name__}: {error}")
        case.finding, case.reason = case.opinion.finding, case.opinion.reason
        case.sheet = case.opinion.sheet
        ruling = self.site.rule(case.job.printer, case.finding, case.reason)
        return await self._by_owner(case, ruling)

    async def _by_owner(self, case: Case, ruling: Ruling) -> Ruling:
        """*ruling*, or release where the owner has released these very bytes."""
        if ruling.action is Action.RELEASE:
            return ruling
        with contextlib.suppress(RecordsError):
            release = await self.site.records.call(
                lambda connection: store.find_release(connection, case.known_job)
            )
            if release is not None:
                case.by_owner = True
                return overridden(ruling, release.who, release.why)
        return ruling

    async def _carry_out(self, case: Case, ruling: Ruling) -> Ruling | None:
        """Do it; another ruling when that came to something else, None when it is settled.

        Raises RecordsError and PrinterUnreachable: the job is held, and it is to be tried again.
        """
        case.reason = ruling.reason
        if ruling.action is Action.RELEASE:
            return await self._release(case, ruling)
        if ruling.action is Action.REFUSE:
            await self.site.records.note_late(case.note("refused", Stage.REFUSED, action="refuse"))
            await self.printer.refuse(case.job, ruling.reason)
            return None
        return await self._hold(case, ruling)

    async def _release(self, case: Case, ruling: Ruling) -> Ruling | None:
        asked = None if ruling.asked is Action.RELEASE else ruling.asked
        note = case.note("released", Stage.RELEASED, action="release", would_be=asked)
        await self.site.records.note(note)
        changed = ruling.finding == Finding.CHANGED  # and released all the same
        try:
            await self.printer.allow(case.job, None if changed else case.sha256)
        except PrinterRefused as error:
            if changed:
                return Ruling(Action.HOLD, Finding.CHANGED, str(error), ruling.asked)
            return self.site.rule(case.job.printer, Finding.CHANGED, str(error))
        return None

    async def _hold(self, case: Case, ruling: Ruling) -> Ruling | None:
        """Wait for a person, or for what the site says becomes of it when none comes."""
        case.finding = ruling.finding
        case.decided.clear()
        await self.site.records.note_late(case.note("held", Stage.HELD, action="hold"))
        with contextlib.suppress(Exception):
            await self.printer.say(f"Printwarden holds {case.job.name}: {ruling.reason}")
        if case.copy is not None and case.showing is None:
            work = self.site.show(case.known_job, case.copy.path)
            case.showing = asyncio.create_task(work)
        waited_s, most_s = 0.0, self.site.settings.offer_s
        while case.stage not in OVER:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(AGAIN_S):
                    await case.decided.wait()
                return await self._by_owner(case, ruling)
            waited_s += AGAIN_S
            if most_s and waited_s >= most_s:
                reason = f"Nobody decided within {most_s:g} s. {ruling.reason}"
                return Ruling(Action.REFUSE, ruling.finding, reason, ruling.asked)
            if ruling.finding == Finding.RECORDS_FAILED and await self.site.records.catch_up():
                return await self.ruling(case)
            if self.site.console_away:
                away = self._without_console(case, ruling)
                if away.action is not Action.HOLD:
                    return away
        return None

    def _without_console(self, case: Case, ruling: Ruling) -> Ruling:
        reason = f"No console can be reached to ask a person. {ruling.reason}"
        return self.site.rule(case.job.printer, Finding.CONSOLE_UNREACHABLE, reason)
