"""What the page of one job shows, gathered."""

from __future__ import annotations

from typing import Any, NamedTuple

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from web.decisions.rules import EFFECTS, overrules
from web.evidence.index import read_index
from web.jobs.queries import Filter, find, similar
from web.models.decisions import Choice, Ruling
from web.models.jobs import EvidencePart, Job
from web.models.people import Site
from web.review.history import happenings
from web.review.picture import ShownEvidence, shown

INDEX = "evidence.json"


class Similar(NamedTuple):
    """An earlier job, why it is shown, and the last word about it."""

    job: Job
    why: str
    ruling: Ruling | None


def context(session: Session, job: Job) -> dict[str, Any]:
    """For review/job.html."""
    files = url_for("evidence.part", job_id=job.id, name="x").removesuffix("x")
    return {
        "job": job,
        "files": files,
        "evidence": _evidence(session, job, files),
        "similar": _similar(session, job),
        "history": happenings(session, job),
        "first": _first_agreement(session, job),
        "two_persons": session.get_one(Site, job.site_id).two_persons,
        "needs_why": {
            choice: EFFECTS[choice].always_why or overrules(choice, job.verdict)
            for choice in Choice
        },
        **_neighbours(session, job),
    }


def _evidence(session: Session, job: Job, files: str) -> ShownEvidence | None:
    query = select(EvidencePart.body).where(
        EvidencePart.job_id == job.id, EvidencePart.name == INDEX
    )
    text = session.scalar(query)
    return shown(read_index(text), files) if text is not None else None


def _similar(session: Session, job: Job) -> list[Similar]:
    found = similar(session, job)
    query = select(Ruling).where(Ruling.job_id.in_([row.id for row in found]))
    last = {ruling.job_id: ruling for ruling in session.scalars(query.order_by(Ruling.at))}
    return [
        Similar(
            row,
            _("the same bytes") if row.sha256 and row.sha256 == job.sha256 else _("the same name"),
            last.get(row.id),
        )
        for row in found
    ]


def _first_agreement(session: Session, job: Job) -> Ruling | None:
    if job.state != "second":
        return None
    query = select(Ruling).where(Ruling.job_id == job.id).order_by(Ruling.at.desc())
    return session.scalar(query.limit(1))


def _neighbours(session: Session, job: Job) -> dict[str, str | None]:
    """Ids of the jobs around this one among those that wait; j and k lead there."""
    older = find(session, job.site_id, Filter(before=(job.at, job.id), count=1)).jobs
    query = (
        select(Job.id)
        .where(Job.site_id == job.site_id, Job.state.in_(Filter().states), Job.at > job.at)
        .order_by(Job.at, Job.id)
        .limit(1)
    )
    return {"older": older[0].id if older else None, "newer": session.scalar(query)}
