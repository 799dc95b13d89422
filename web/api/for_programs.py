"""Jobs and decisions for programs: what the pages show and do, in JSON."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from flask import Response
from pydantic import BaseModel, Field

from web.api.endpoint import Endpoint, Model, Query
from web.api.identity import Caller
from web.db import database
from web.decisions import service, standing
from web.decisions.service import Wish
from web.decisions.standing import Permit
from web.evidence import store
from web.evidence.routes import served
from web.jobs import queries
from web.jobs.queries import Filter
from web.models.decisions import Choice, Remark, Ruling, Standing
from web.models.jobs import OPEN, GuardReport, Job, State
from web.wording import shown_name

Id = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Time = Annotated[float, Field(ge=0, le=4e9, allow_inf_nan=False)]
CURSOR = r"^[0-9]{1,10}(\.[0-9]{1,9})?-[0-9a-f]{32}$"


class JobQuery(Query):
    """Filters; none: all jobs that wait for a person."""

    state: Literal["open", "all"] | State = "open"
    verdict: str = Field(default="", max_length=32)
    printer: str = Field(default="", max_length=255)
    submitter: str = Field(default="", max_length=255)
    text: str = Field(default="", max_length=255)
    since: Time | None = None
    until: Time | None = None
    before: str = Field(default="", pattern=rf"^$|{CURSOR}")
    count: int = Field(default=50, ge=1, le=200)


class JobRow(BaseModel):
    """A job. attempt: the guard's own id of it."""

    id: str
    attempt: str
    guard: str
    printer: str
    name: str
    submitter: str | None
    route: str
    sha256: str | None
    size_bytes: int | None
    state: State
    verdict: str | None
    weapon_score: float | None
    reason: str
    action: str | None
    verified: bool | None
    bundle: str | None
    policy: str | None
    at: float
    changed_at: float
    decided_at: float | None


class JobPage(BaseModel):
    """Jobs, the newest first. next: the `before` of the next page."""

    jobs: list[JobRow]
    next: str | None


class Said(BaseModel):
    """A report, a decision or a remark, as far as people see it."""

    kind: str
    at: float
    by: str
    words: str
    details: dict[str, Any] = {}


class JobDetail(BaseModel):
    """A job, what happened to it, its evidence, and others like it."""

    job: JobRow
    history: list[Said]
    evidence: list[str]
    similar: list[JobRow]


class PermitBody(Model):
    """Who may print what until when; these bytes only, or all that was not flagged."""

    holder: str = Field(min_length=1, max_length=255)
    what: str = Field(min_length=1, max_length=255)
    until: Time
    this_file: bool = True


class DecisionBody(Model):
    """A choice; a reason is needed to overrule the machine."""

    choice: Annotated[Choice, Field(strict=False)]
    why: str = Field(default="", max_length=2000)
    permit: PermitBody | None = None


class BulkBody(DecisionBody):
    """The same for several jobs."""

    jobs: list[Id] = Field(min_length=1, max_length=service.MOST_AT_ONCE)


class BulkResult(BaseModel):
    """Why a job was not decided; empty when it was."""

    job: str
    refused: str


class BulkResults(BaseModel):
    """One for each job."""

    results: list[BulkResult]


class Note(Model):
    """Words about a job."""

    text: str = Field(min_length=1, max_length=2000)


class Stands(BaseModel):
    """An approved file or a permit."""

    id: str
    choice: str
    sha256: str | None
    holder: str
    what: str
    until: float | None
    why: str
    by: str
    created_at: float
    ended_at: float | None


class AllStanding(BaseModel):
    """The newest first."""

    standing: list[Stands]


def jobs(caller: Caller, query: JobQuery) -> JobPage:
    """A page of jobs."""
    wanted = Filter(
        states={"open": OPEN, "all": ()}.get(query.state, (query.state,)),
        verdicts=(shown_name(query.verdict),) if query.verdict else (),
        printer=shown_name(query.printer) if query.printer else "",
        submitter=shown_name(query.submitter) if query.submitter else "",
        text=shown_name(query.text) if query.text else "",
        since=query.since,
        until=query.until,
        before=_cursor(query.before),
        count=query.count,
    )
    with database().session() as session:
        page = queries.find(session, caller.actor.site_id, wanted)
        more = f"{page.more[0]:.9f}-{page.more[1]}" if page.more else None
        return JobPage(jobs=[_row(job) for job in page.jobs], next=more)


def job(caller: Caller, job_id: str) -> JobDetail:
    """One job with all that is known of it."""
    with database().session() as session:
        found = queries.one(session, caller.actor, job_id)
        reports, rulings, remarks = queries.history(session, found)
        rows: list[GuardReport | Ruling | Remark] = [*reports, *rulings, *remarks]
        said = [_said(row) for row in rows]
        return JobDetail(
            job=_row(found),
            history=sorted(said, key=lambda row: row.at),
            evidence=store.names(session, found),
            similar=[_row(other) for other in queries.similar(session, found)],
        )


def picture(caller: Caller, job_id: str, name: str) -> Response:
    """A part of the evidence."""
    with database().session() as session:
        return served(store.get(session, caller.actor, job_id, name))


def decide(caller: Caller, body: DecisionBody, job_id: str) -> JobRow:
    """Decide about a job."""
    with database().writing() as session:
        service.decide(session, caller.actor, job_id, _wish(body))
        return _row(queries.one(session, caller.actor, job_id))


def decide_many(caller: Caller, body: BulkBody) -> BulkResults:
    """Decide about several jobs, each alone."""
    with database().writing() as session:
        results = service.decide_many(session, caller.actor, list(body.jobs), _wish(body))
    told = [(job_id, why.message if why else "") for job_id, why in results]
    return BulkResults(results=[BulkResult(job=job_id, refused=why) for job_id, why in told])


def note(caller: Caller, body: Note, job_id: str) -> None:
    """Write a note about a job."""
    with database().writing() as session:
        service.remark(session, caller.actor, job_id, body.text)


def all_standing(caller: Caller) -> AllStanding:
    """Approved files and permits."""
    with database().session() as session:
        rows = standing.of_site(session, caller.actor.site_id)
        return AllStanding(standing=[_stands(row) for row in rows])


def end_standing(caller: Caller, standing_id: str) -> None:
    """End an approval or a permit."""
    with database().writing() as session:
        standing.end(session, caller.actor, standing_id)


def _wish(body: DecisionBody) -> Wish:
    permit = body.permit
    return Wish(body.choice, body.why, Permit(**permit.model_dump()) if permit else None)


def _cursor(text: str) -> tuple[float, str] | None:
    at, _, job_id = text.partition("-")
    return (float(at), job_id) if job_id else None


def _row(job: Job) -> JobRow:
    values = {name: getattr(job, name) for name in JobRow.model_fields if name != "guard"}
    return JobRow(guard=job.guard.name, **values)


def _stands(row: Standing) -> Stands:
    values = {name: getattr(row, name) for name in Stands.model_fields if name != "by"}
    return Stands(by=row.by_name, **values)


def _said(row: GuardReport | Ruling | Remark) -> Said:
    if isinstance(row, GuardReport):
        return Said(kind="report", at=row.received_at, by="guard", words=row.event)
    if isinstance(row, Remark):
        return Said(kind=row.kind, at=row.at, by=row.by_name, words=row.text)
    details = {"choice": row.choice, "received_at": row.receipt_at, "applied": row.applied}
    return Said(kind="decision", at=row.at, by=row.by_name, words=row.why, details=details)


READ, DECIDE = "jobs:read", "jobs:decide"
ENDPOINTS = (
    Endpoint(
        method="GET", path="/jobs", who=READ, words="List jobs",
        view=jobs, query=JobQuery, answer=JobPage,
    ),
    Endpoint(
        method="GET", path="/jobs/<hex:job_id>", who=READ, words="One job",
        view=job, answer=JobDetail, refusals=(404,),
    ),
    Endpoint(
        method="GET", path="/jobs/<hex:job_id>/evidence/<part:name>", who=READ,
        words="A picture of the evidence", view=picture, answer_type="*/*", refusals=(404,),
    ),
    Endpoint(
        method="POST", path="/jobs/<hex:job_id>/decisions", who=DECIDE, words="Decide about a job",
        view=decide, body=DecisionBody, answer=JobRow, status=201, refusals=(404, 409),
    ),
    Endpoint(
        method="POST", path="/jobs/decisions", who=DECIDE, words="Decide about several jobs",
        view=decide_many, body=BulkBody, answer=BulkResults,
    ),
    Endpoint(
        method="POST", path="/jobs/<hex:job_id>/notes", who=DECIDE, words="Write a note",
        view=note, body=Note, status=204, refusals=(404,),
    ),
    Endpoint(
        method="GET", path="/standing", who=READ, words="Approved files and permits",
        view=all_standing, answer=AllStanding,
    ),
    Endpoint(
        method="DELETE", path="/standing/<hex:standing_id>", who=DECIDE, words="End one of them",
        view=end_standing, status=204, refusals=(404,),
    ),
)  # fmt: skip
