"""Find jobs: the queue with its filters, one job, its history, and others like it.

Pages are cut by (at, id) of the last row, never by counting rows: page 900 costs what page 1 costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from web.actor import Actor
from web.errors import NotFound
from web.models.decisions import Remark, Ruling
from web.models.fleet import Guard, Printer
from web.models.jobs import OPEN, GuardReport, Job

PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What a page of jobs shows; empty fields do not matter. text: part of the name, or a digest.

    since, until: UTC seconds. before: (at, id) of the last job of the page before.
    """

    states: Sequence[str] = OPEN
    verdicts: Sequence[str] = ()
    printer: str = ""
    guard_id: str = ""
    submitter: str = ""
    text: str = ""
    since: float | None = None
    until: float | None = None
    before: tuple[float, str] | None = None
    count: int = PAGE


@dataclass(frozen=True, slots=True)
class Page:
    """Jobs, the newest first. more: the `before` of the next page, if there is one."""

    jobs: list[Job] = field(default_factory=list)
    more: tuple[float, str] | None = None


def find(session: Session, site_id: str, wanted: Filter) -> Page:
    """A page of the site's jobs."""
    query = (
        select(Job)
        .where(*_conditions(site_id, wanted))
        .order_by(Job.at.desc(), Job.id.desc())
        .limit(wanted.count + 1)
        .options(joinedload(Job.guard))
    )
    rows = list(session.scalars(query))
    if len(rows) <= wanted.count:
        return Page(rows)
    last = rows[wanted.count - 1]
    return Page(rows[: wanted.count], (last.at, last.id))


def count_open(session: Session, site_id: str) -> int:
    """How many jobs wait for a person."""
    query = select(func.count()).select_from(Job)
    return session.scalar(query.where(Job.site_id == site_id, Job.state.in_(OPEN))) or 0


def one(session: Session, who: Actor, job_id: str) -> Job:
    """A job of the site of *who*. Raises NotFound, for those of other sites too."""
    return _own(session.get(Job, job_id, options=[joinedload(Job.guard)]), who)


def one_for_update(session: Session, who: Actor, job_id: str) -> Job:
    """The same, locked until the transaction ends: two reviewers take turns."""
    return _own(session.get(Job, job_id, with_for_update={"of": Job}), who)


def by_attempt(session: Session, guard_id: str, attempt: str) -> Job:
    """The job that a guard knows as *attempt*. Raises NotFound before it was reported."""
    query = select(Job).where(Job.guard_id == guard_id, Job.attempt == attempt)
    job = session.scalar(query.with_for_update())
    if job is None:
        raise NotFound("There is no such job.", event="foreign-id", detail="attempt")
    return job


def history(session: Session, job: Job) -> tuple[list[GuardReport], list[Ruling], list[Remark]]:
    """What the guard reported, what people decided, what was said, each in order of time."""
    reports: Select[Any] = select(GuardReport).where(GuardReport.job_id == job.id)
    rulings: Select[Any] = select(Ruling).where(Ruling.job_id == job.id)
    remarks: Select[Any] = select(Remark).where(Remark.job_id == job.id)
    return (
        list(session.scalars(reports.order_by(GuardReport.sequence).limit(500))),
        list(session.scalars(rulings.order_by(Ruling.at))),
        list(session.scalars(remarks.order_by(Remark.at))),
    )


def similar(session: Session, job: Job, *, count: int = 10) -> list[Job]:
    """Earlier jobs of the same bytes first, then those of the same name; with their states."""
    found: list[Job] = []
    for same in _same(job):
        if len(found) < count:
            known = [job.id, *(row.id for row in found)]
            query = select(Job).where(Job.site_id == job.site_id, same, Job.id.not_in(known))
            found += session.scalars(query.order_by(Job.at.desc()).limit(count - len(found)))
    return found


def printers(session: Session, site_id: str) -> list[Printer]:
    """The printers of a site whose guards still hold their keys."""
    query = select(Printer).join(Guard).where(Printer.site_id == site_id)
    return list(session.scalars(query.where(Guard.revoked_at.is_(None)).order_by(Printer.name)))


def _own(job: Job | None, who: Actor) -> Job:
    if job is None or job.site_id != who.site_id:
        detail = "no such job" if job is None else "another site's job"
        raise NotFound("There is no such job.", event="foreign-id", detail=detail)
    return job


def _conditions(site_id: str, wanted: Filter) -> list[ColumnElement[bool]]:
    rows: list[tuple[Any, ColumnElement[bool]]] = [
        (True, Job.site_id == site_id),
        (wanted.states, Job.state.in_(wanted.states)),
        (wanted.verdicts, Job.verdict.in_(wanted.verdicts)),
        (wanted.printer, Job.printer == wanted.printer),
        (wanted.guard_id, Job.guard_id == wanted.guard_id),
        (wanted.submitter, Job.submitter == wanted.submitter),
        (wanted.text, _mentions(wanted.text)),
        (wanted.since is not None, Job.at >= (wanted.since or 0.0)),
        (wanted.until is not None, Job.at < (wanted.until or 0.0)),
    ]
    if wanted.before is not None:
        at, job_id = wanted.before
        rows.append((True, or_(Job.at < at, and_(Job.at == at, Job.id < job_id))))
    return [condition for given, condition in rows if given]


def _mentions(text: str) -> ColumnElement[bool]:
    """Names that hold *text*; a digest is found by its beginning."""
    by_name = Job.name.icontains(text, autoescape=True)
    if len(text) >= 8 and all(c in "0123456789abcdef" for c in text):
        return or_(Job.sha256.startswith(text, autoescape=True), by_name)
    return by_name


def _same(job: Job) -> list[ColumnElement[bool]]:
    same_name = Job.name == job.name
    return [same_name] if job.sha256 is None else [Job.sha256 == job.sha256, same_name]
