"""What holds from now on: approved files, and permits for a person until a day."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from web.actor import Actor
from web.audit.chain import append
from web.clock import DAY_S, now
from web.errors import NotFound, NotMeant
from web.models.decisions import Choice, Ruling, Standing
from web.models.jobs import Job
from web.wording import shown_name

LONGEST_PERMIT_S = 366 * DAY_S


@dataclass(frozen=True, slots=True)
class Permit:
    """Who may print what until when. this_file: these bytes only, whatever their verdict; else
    all jobs of the holder that were not flagged.
    """

    holder: str
    what: str
    until: float
    this_file: bool = True


def establish(
    session: Session, by: Actor, job: Job, ruling: Ruling, permit: Permit | None
) -> Standing:
    """Let the ruling hold for later jobs. Raises NotMeant for what cannot be recognised again."""
    row = Standing(
        site_id=job.site_id,
        choice=ruling.choice,
        sha256=job.sha256,
        why=ruling.why,
        by=by.ref,
        by_name=by.name,
        ruling_id=ruling.id,
        created_at=now(),
    )
    if ruling.choice == Choice.PERMIT:
        _apply(row, permit)
    elif job.sha256 is None:
        raise NotMeant("A stream has no bytes to know it by again: approve it once.")
    session.add(row)
    session.flush()
    append(session, by, "standing-made", row.id, choice=row.choice, sha256=row.sha256)
    return row


def covering(session: Session, job: Job) -> Standing | None:
    """What covers *job*, if anything does; a file's own approval before a permit."""
    if job.sha256 is None and not job.submitter:
        return None
    live = [
        Standing.site_id == job.site_id,
        Standing.ended_at.is_(None),
        or_(Standing.until.is_(None), Standing.until > now()),
    ]
    by_bytes = select(Standing).where(*live, Standing.sha256 == job.sha256)
    for row in session.scalars(by_bytes.order_by(Standing.created_at.desc())):
        if row.choice == Choice.APPROVE_FILE or row.holder == (job.submitter or ""):
            return row
    if job.verdict != "review" or not job.submitter:
        return None  # flagged and unreadable jobs need a person, whoever sends them
    by_holder = select(Standing).where(
        *live, Standing.sha256.is_(None), Standing.holder == job.submitter
    )
    return session.scalar(by_holder.limit(1))


def of_site(session: Session, site_id: str) -> list[Standing]:
    """All that stands or stood, the newest first."""
    query = select(Standing).where(Standing.site_id == site_id)
    return list(session.scalars(query.order_by(Standing.created_at.desc()).limit(500)))


def end(session: Session, by: Actor, standing_id: str) -> None:
    """It holds no longer."""
    row = session.get(Standing, standing_id)
    if row is None or row.site_id != by.site_id:
        raise NotFound(
            "There is no such approval or permit.", event="foreign-id", detail="standing"
        )
    if row.ended_at is None:
        row.ended_at = now()
        append(session, by, "standing-ended", row.id)


def _apply(row: Standing, permit: Permit | None) -> None:
    """Take over what a permit says. Raises NotMeant saying what is missing."""
    if permit is None or not permit.holder.strip() or not permit.what.strip():
        raise NotMeant("A permit says who may print what, until when.")
    if not now() < permit.until <= now() + LONGEST_PERMIT_S:
        raise NotMeant("A permit ends on a day of the coming year.")
    if permit.this_file and row.sha256 is None:
        raise NotMeant("A stream has no bytes to know it by again.")
    row.holder, row.what = shown_name(permit.holder), shown_name(permit.what)
    row.until = permit.until
    row.sha256 = row.sha256 if permit.this_file else None
