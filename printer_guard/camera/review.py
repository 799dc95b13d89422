"""What a camera found -> a record, a report and a line on the printer's screen; by the owner's
word also a stop. Nothing here halts a print unless `[guard.actions]` says so for that finding.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

from printer_guard.policy import Action, Finding
from printer_guard.store import Stage

if TYPE_CHECKING:
    from printer_guard.case import Case
    from printer_guard.running import Running


async def raise_review(
    running: Running, case: Case, finding: Finding, reason: str, picture: str | None
) -> None:
    """Write *finding* down, tell people of it, and do what the site wants of it."""
    if case.stage is not Stage.PRINTING:
        return
    facts = {} if picture is None else {"picture": picture}
    note = replace(case.note(finding, case.stage, **facts), finding=finding, reason=reason)
    await running.site.records.note_late(note)
    if finding is Finding.CAMERA_DIFFERS:
        with contextlib.suppress(Exception):  # a screen that cannot be reached hides no record
            await running.printer.say(f"Printwarden's camera on {case.job.name}: {reason}")
    ruling = running.site.rule(case.job.printer, finding, reason)
    if ruling.action is not Action.RELEASE:
        running.trip(case, finding, reason)
