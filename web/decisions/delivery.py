"""Decisions on their way to guards: offered until a receipt comes, however long that takes."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from printer_guard.wire import Choice, Decision
from web.actor import Actor
from web.audit.chain import append
from web.clock import now
from web.errors import NotFound
from web.events import announce
from web.models.decisions import Ruling
from web.models.jobs import Job
from web.wording import shown_text

MOST = 100


def waiting(session: Session, guard_id: str) -> list[Decision]:
    """What the guard has not acknowledged, the oldest first, in the words of the wire."""
    query = (
        select(Ruling, Job)
        .join(Job, Job.id == Ruling.job_id)
        .where(
            Ruling.guard_id == guard_id,
            Ruling.receipt_at.is_(None),
            Ruling.wire_choice.is_not(None),
        )
        .order_by(Ruling.at)
        .limit(MOST)
    )
    return [_told(ruling, job) for ruling, job in session.execute(query)]


def receipt(
    session: Session, guard: Actor, guard_id: str, ruling_id: str, *, applied: bool, detail: str
) -> None:
    """The guard has it. Saying so again changes nothing; of another guard's, there is none."""
    row = session.get(Ruling, ruling_id)
    if row is None or row.guard_id != guard_id:
        raise NotFound("There is no such decision.", event="foreign-id", detail="decision")
    if row.receipt_at is not None:
        return
    row.receipt_at, row.applied, row.receipt = now(), applied, shown_text(detail, 500)
    append(session, guard, "decision-received", row.job_id, ruling=row.id, applied=applied)
    announce(session, f"site:{row.site_id}")


def _told(ruling: Ruling, job: Job) -> Decision:
    return Decision(
        id=ruling.id,
        job_id=job.attempt,
        printer=job.printer,
        sha256=job.sha256,
        choice=Choice(ruling.wire_choice or ""),
        by=ruling.by_name,
        why=ruling.why,
        at=ruling.at,
    )
