"""What a guard says of itself, as plain data; nothing secret in it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from printer_guard.attending import Attendant
from printer_guard.case import Case
from printer_guard.store import JobRow

if TYPE_CHECKING:
    from printer_guard.daemon import Guard

SCHEMA = "printwarden.guard-status/1"
STARTED = time.monotonic()


def status_of(guard: Guard) -> dict[str, Any]:
    """The guard, its printers and the jobs that are open."""
    settings, records = guard.site.settings, guard.site.records
    return {
        "schema": SCHEMA,
        "guard": settings.name,
        "mode": settings.mode,
        "up_s": round(time.monotonic() - STARTED, 1),
        "records": str(records.problem) if records.problem else "ok",
        "console": guard.reporter.status(),
        "judge": guard.judge_id,
        "printers": [printer_status(attendant) for attendant in guard.attendants.values()],
    }


def printer_status(attendant: Attendant) -> dict[str, Any]:
    """One printer."""
    return {
        "name": attendant.printer.name,
        "lost": attendant.lost,
        "jobs": [case_status(case) for case in attendant.cases.values()],
    }


def printer_word(attendant: Attendant) -> str:
    """One word for what a printer does: lost, idle, or the stage of its job."""
    if attendant.lost is not None:
        return "lost"
    stages = [case.stage for case in attendant.cases.values()]
    return stages[-1] if stages else "idle"


def case_status(case: Case) -> dict[str, Any]:
    """One open job."""
    record = case.opinion.record if case.opinion and case.opinion.record else {}
    return {
        "id": case.job.id,
        "name": case.job.name,
        "route": case.job.route,
        "sha256": case.sha256,
        "stage": case.stage,
        "finding": case.finding,
        "reason": case.reason,
        "verdict": record.get("verdict"),
        "weapon_score": record.get("weapon_score"),
        "sheet": case.sheet,
        "watched": None
        if case.watch is None
        else {"looks": case.watch.looks, "score": case.watch.score},
        "share": case.share,
        "camera": None if case.camera is None else case.camera.status(),
    }


def row_status(row: JobRow) -> dict[str, Any]:
    """A job as the records have it."""
    return {
        "id": row.job.id,
        "printer": row.job.printer,
        "name": row.job.name,
        "sha256": row.job.sha256,
        "stage": row.stage,
        "finding": row.finding,
        "reason": row.reason,
    }
