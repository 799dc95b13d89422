"""What a guard says and asks: enrolment, reports, decisions, evidence, live state, updates."""

from __future__ import annotations

from typing import Annotated, Any

from flask import Response, request
from pydantic import BaseModel, Field, TypeAdapter, WithJsonSchema

from printer_guard import wire
from web import events
from web.api.endpoint import MIB, Endpoint, Model, Query, Who
from web.api.identity import Caller
from web.db import database
from web.decisions import appeals, delivery
from web.evidence import store
from web.evidence.unpacking import MOST_BYTES
from web.fleet import enrolment, live, updates
from web.jobs import intake
from web.jobs.queries import by_attempt
from web.models.fleet import Guard

LONGEST_WAIT_S = 30
Token = Annotated[str, Field(min_length=1, max_length=200)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
ReportBody = Annotated[
    dict[str, Any], WithJsonSchema({"$ref": "#/components/schemas/Report"}, mode="validation")
]
DecisionBody = Annotated[
    dict[str, Any], WithJsonSchema({"$ref": "#/components/schemas/Decision"}, mode="serialization")
]
WIRE: dict[str, TypeAdapter[Any]] = {
    "Report": TypeAdapter(wire.Report),
    "Decision": TypeAdapter(wire.Decision),
}
"""Messages that wire.py owns; their schemas are made from its dataclasses."""


class Enrolment(Model):
    """A one-time token and the name that the guard reports under."""

    token: Token
    guard: Name


class Enrolled(BaseModel):
    """The key is shown this once."""

    guard: str
    key: str


class Reports(Model):
    """Reports as `wire.to_json` writes them, the oldest first."""

    reports: list[ReportBody] = Field(min_length=1, max_length=intake.MOST)


class ReportResult(BaseModel):
    """stored and repeated are acknowledged; refused will never be taken. appeal: for people."""

    sequence: int | None
    outcome: intake.Outcome
    why: str = ""


class ReportResults(BaseModel):
    """One for each report, in the same order."""

    results: list[ReportResult]


class Wait(Query):
    """How many seconds to wait for the first one."""

    wait: float = Field(default=0, ge=0, le=LONGEST_WAIT_S, allow_inf_nan=False)


class Decisions(BaseModel):
    """Decisions without a receipt, the oldest first."""

    decisions: list[DecisionBody]


class Receipt(Model):
    """Whether the guard could do it, and what it has to say."""

    applied: bool
    detail: str = Field(default="", max_length=500)


class PrinterState(Model):
    """A printer as its guard sees it now."""

    name: Annotated[str, Field(min_length=1, max_length=255)]
    state: Annotated[str, Field(min_length=1, max_length=32)]


class LiveState(Model):
    """All printers of the guard, and the guard's own version."""

    printers: list[PrinterState] = Field(max_length=100)
    version: str = Field(default="", max_length=64)


class AppealLink(BaseModel):
    """The address where the submitter of a job can object."""

    path: str


class Offer(BaseModel):
    """An update to fetch from *url*; the guard checks its signature."""

    id: str
    kind: str
    version: int
    sha256: str
    size_bytes: int
    url: str


class Offers(BaseModel):
    """The update of each kind that this guard should have."""

    updates: list[Offer]


def enrol(_caller: Caller, body: Enrolment) -> Enrolled:
    """Turn a one-time token into a key of the guard's own."""
    with database().writing() as session:
        return Enrolled(guard=body.guard, key=enrolment.enrol(session, body.token, body.guard))


def report(caller: Caller, body: Reports) -> ReportResults:
    """Take reports, each once; they are on the disk when this answers."""
    with database().writing() as session:
        guard = session.get_one(Guard, caller.guard_id)
        results = intake.take(session, guard, body.reports)
    return ReportResults(
        results=[ReportResult(sequence=r.sequence, outcome=r.outcome, why=r.why) for r in results]
    )


def decisions(caller: Caller, query: Wait) -> Decisions:
    """What people decided about this guard's jobs, as soon as they do."""
    guard_id, base = caller.guard_id, database()

    def look() -> list[wire.Decision]:
        with base.session() as session:
            return delivery.waiting(session, guard_id)

    found = events.first(f"guard:{guard_id}", look, query.wait)
    return Decisions(decisions=[wire.to_mapping(decision) for decision in found])


def receive(caller: Caller, body: Receipt, ruling_id: str) -> None:
    """Say that a decision arrived, and whether it could be carried out."""
    with database().writing() as session:
        delivery.receipt(
            session,
            caller.actor,
            caller.guard_id,
            ruling_id,
            applied=body.applied,
            detail=body.detail,
        )


def evidence(caller: Caller, attempt: str) -> None:
    """Pictures of a held job, as one ZIP (docs/evidence.md)."""
    parts = store.read(request.get_data())
    with database().writing() as session:
        job = by_attempt(session, caller.guard_id, attempt)
        store.put(session, caller.actor, job, parts)


def appeal(caller: Caller, attempt: str) -> AppealLink:
    """Where the submitter of a held job can object: for the printer's host to show."""
    with database().session() as session:
        job = by_attempt(session, caller.guard_id, attempt)
        return AppealLink(path=f"/appeal/{appeals.token(job)}")


def printers(caller: Caller, body: LiveState) -> None:
    """The state of the guard's printers now."""
    states = {printer.name: printer.state for printer in body.printers}
    with database().writing() as session:
        live.note(session, caller.guard_id, states, body.version)


def offers(caller: Caller) -> Offers:
    """The policies and models that this guard should have."""
    with database().session() as session:
        rows = updates.offered_to(session, caller.guard_id)
        return Offers(
            updates=[
                Offer(
                    id=row.id,
                    kind=row.kind,
                    version=row.version,
                    sha256=row.sha256,
                    size_bytes=row.size_bytes,
                    url=f"/api/v1/updates/{row.id}",
                )
                for row in rows
            ]
        )


def update(caller: Caller, update_id: str) -> Response:
    """The signed file, byte for byte as it was uploaded."""
    with database().session() as session:
        body = updates.body_for(session, caller.guard_id, update_id)
    return Response(body, mimetype="application/octet-stream")


BYTES = "application/octet-stream"
ENDPOINTS = (
    Endpoint(
        method="POST", path="/enrolments", who=Who.ANYBODY, words="Enrol a guard",
        view=enrol, body=Enrolment, answer=Enrolled, status=201, refusals=(410, 409),
    ),
    Endpoint(
        method="POST", path="/reports", who=Who.GUARD, words="Report jobs",
        view=report, body=Reports, answer=ReportResults, most_bytes=2 * MIB, in_turn=True,
    ),
    Endpoint(
        method="GET", path="/decisions", who=Who.GUARD, words="Wait for decisions",
        view=decisions, query=Wait, answer=Decisions,
    ),
    Endpoint(
        method="POST", path="/decisions/<hex:ruling_id>/receipt", who=Who.GUARD,
        words="Acknowledge a decision", view=receive, body=Receipt, status=204, refusals=(404,),
    ),
    Endpoint(
        method="PUT", path="/jobs/<attempt:attempt>/evidence", who=Who.GUARD,
        words="Store the pictures of a held job", view=evidence, raw="application/zip",
        status=204, most_bytes=MOST_BYTES, refusals=(404, 409),
    ),
    Endpoint(
        method="GET", path="/jobs/<attempt:attempt>/appeal", who=Who.GUARD,
        words="Where the submitter can object", view=appeal, answer=AppealLink, refusals=(404,),
    ),
    Endpoint(
        method="PUT", path="/printers", who=Who.GUARD, words="Tell the state of printers",
        view=printers, body=LiveState, status=204,
    ),
    Endpoint(
        method="GET", path="/updates", who=Who.GUARD, words="List offered updates",
        view=offers, answer=Offers,
    ),
    Endpoint(
        method="GET", path="/updates/<hex:update_id>", who=Who.GUARD, words="Fetch an update",
        view=update, answer_type=BYTES, refusals=(404,),
    ),
)  # fmt: skip
