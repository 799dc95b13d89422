"""The submitter's word: a signed link leads to one job, shows little of it, and takes a note."""

from __future__ import annotations

from flask import current_app
from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from web.actor import Actor
from web.clock import now
from web.decisions.service import add_remark
from web.errors import Conflict, Gone
from web.models.decisions import Kind, Remark
from web.models.jobs import Job, State

MOST = 3  # appeals of one job: more is no appeal


def token(job: Job) -> str:
    """What the link of *job* ends with."""
    return _signer().dumps(job.id)


def look(session: Session, secret: str) -> Job:
    """The job of a link. Raises Gone for a link of no job."""
    try:
        job = session.get(Job, str(_signer().loads(secret)))
    except BadData:
        job = None
    if job is None:
        raise Gone("This link leads to no job (any more).", event="appeal-refused")
    return job


def appeal(session: Session, secret: str, text: str) -> Remark:
    """Write the appeal; a job that was denied comes back into the queue."""
    job = look(session, secret)
    if job.state in (State.RELEASED, State.PASSED):
        raise Conflict("This job was released: there is nothing to appeal.")
    query = select(func.count()).select_from(Remark)
    count = session.scalar(query.where(Remark.job_id == job.id, Remark.kind == Kind.APPEAL))
    if (count or 0) >= MOST:
        raise Conflict("This job has been appealed already; somebody will look at it.")
    if job.state == State.DENIED:
        job.state, job.changed_at = State.BLOCKED, now()
    by = Actor(job.site_id, "submitter", job.submitter or "the submitter")
    return add_remark(session, by, job, text, Kind.APPEAL)


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="appeal")
