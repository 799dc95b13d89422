"""The audit log, people, scans by hand and webhooks for programs."""

from __future__ import annotations

import json
from typing import Annotated, Any

from flask import Response, current_app, request
from pydantic import BaseModel, Field

from web.api.endpoint import MIB, Endpoint, Model, Query
from web.api.identity import Caller
from web.audit import reading
from web.auth import people
from web.db import database
from web.models.records import Scan
from web.scans import service as scans
from web.webhooks import service as webhooks

NDJSON = "application/x-ndjson"


class LineQuery(Query):
    """before: lines older than this one."""

    before: int | None = Field(default=None, ge=1, le=2**53)
    count: int = Field(default=100, ge=1, le=1000)
    event: str = Field(default="", pattern=r"^[a-z-]{0,40}$")


class Line(BaseModel):
    """A line of the audit log. body: the exact words that the hash is over."""

    sequence: int
    at: float
    actor: str
    event: str
    subject: str
    details: dict[str, Any]
    body: str
    hash: str


class Lines(BaseModel):
    """The newest first."""

    lines: list[Line]


class Proof(BaseModel):
    """broken: the first record that does not hold; null when all do."""

    records: int
    last_hash: str
    broken: int | None
    why: str
    remarks: list[str]


class Person(BaseModel):
    """Somebody with an account."""

    id: str
    login: str
    name: str
    role: str
    active: bool


class People(BaseModel):
    """By name."""

    people: list[Person]


class ScanQuery(Query):
    """The file's name, for its ending and for people."""

    name: str = Field(min_length=1, max_length=255)


class ScanRow(BaseModel):
    """record: the verdict as `printwarden scan --json` prints it."""

    id: str
    name: str
    at: float
    verdict: str
    record: dict[str, Any]


class Scans(BaseModel):
    """The newest first."""

    scans: list[ScanRow]


class WebhookBody(Model):
    """Where to, and what of."""

    url: str = Field(min_length=8, max_length=webhooks.LONGEST_URL)
    events: list[Annotated[str, Field(max_length=40)]] = Field(min_length=1, max_length=10)


class WebhookRow(BaseModel):
    """secret: when it was just made."""

    id: str
    url: str
    events: list[str]
    created_at: float
    secret: str | None = None


class Webhooks(BaseModel):
    """Those that still get messages."""

    webhooks: list[WebhookRow]


def lines(caller: Caller, query: LineQuery) -> Lines:
    """A page of the audit log."""
    with database().session() as session:
        rows = reading.lines(
            session,
            caller.actor.site_id,
            before=query.before,
            count=query.count,
            event=query.event,
        )
        return Lines(lines=[_line(row.body, row.hash) for row in rows])


def export(caller: Caller) -> Response:
    """The whole chain as JSON Lines, for `printwarden audit verify FILE`."""
    base, site_id = database(), caller.actor.site_id

    def text() -> Any:
        with base.session() as session:
            yield from reading.as_json_lines(reading.links(session, site_id))

    return Response(text(), mimetype=NDJSON)


def proof(caller: Caller) -> Proof:
    """Whether the chain holds."""
    with database().session() as session:
        found = reading.check(session, caller.actor.site_id)
    return Proof(
        records=found.records,
        last_hash=found.last_hash,
        broken=found.broken,
        why=found.why,
        remarks=list(found.remarks),
    )


def everybody(caller: Caller) -> People:
    """Who has an account."""
    with database().session() as session:
        rows = people.of_site(session, caller.actor.site_id)
        named = [{name: getattr(row, name) for name in Person.model_fields} for row in rows]
    return People(people=[Person(**values) for values in named])


def scan(caller: Caller, query: ScanQuery) -> ScanRow:
    """Judge a file; the body is the file."""
    settings = current_app.config["PRINTWARDEN"]
    request.max_content_length = settings.upload_bytes
    row = scans.scan(database(), settings, caller.actor, request.stream, query.name)
    return _scan(row)


def all_scans(caller: Caller) -> Scans:
    """The latest scans."""
    with database().session() as session:
        rows = scans.of_site(session, caller.actor.site_id)
        return Scans(scans=[_scan(row) for row in rows])


def make_webhook(caller: Caller, body: WebhookBody) -> WebhookRow:
    """Make a webhook; its secret is shown once."""
    private = current_app.config["PRINTWARDEN"].webhooks_to_private
    with database().writing() as session:
        row, secret = webhooks.make(session, caller.actor, body.url, body.events, private=private)
        return WebhookRow(
            id=row.id, url=row.url, events=row.events, created_at=row.created_at, secret=secret
        )


def all_webhooks(caller: Caller) -> Webhooks:
    """The webhooks of the site."""
    with database().session() as session:
        rows = webhooks.of_site(session, caller.actor.site_id)
        return Webhooks(
            webhooks=[
                WebhookRow(id=row.id, url=row.url, events=row.events, created_at=row.created_at)
                for row in rows
            ]
        )


def end_webhook(caller: Caller, webhook_id: str) -> None:
    """End a webhook."""
    with database().writing() as session:
        webhooks.end(session, caller.actor, webhook_id)


def _line(body: str, digest: str) -> Line:
    told = json.loads(body)
    return Line(**{k: v for k, v in told.items() if k != "site"}, body=body, hash=digest)


def _scan(row: Scan) -> ScanRow:
    return ScanRow(**{name: getattr(row, name) for name in ScanRow.model_fields})


ENDPOINTS = (
    Endpoint(
        method="GET", path="/audit", who="audit:read", words="Read the audit log",
        view=lines, query=LineQuery, answer=Lines,
    ),
    Endpoint(
        method="GET", path="/audit/export", who="audit:read", words="The whole log",
        view=export, answer_type=NDJSON,
    ),
    Endpoint(
        method="GET", path="/audit/proof", who="audit:read", words="Prove the log",
        view=proof, answer=Proof,
    ),
    Endpoint(
        method="GET", path="/people", who="people:read", words="Who has an account",
        view=everybody, answer=People,
    ),
    Endpoint(
        method="POST", path="/scans", who="scan", words="Judge a file",
        view=scan, query=ScanQuery, raw="application/octet-stream", answer=ScanRow, status=201,
        most_bytes=MIB, refusals=(413, 429),
    ),
    Endpoint(
        method="GET", path="/scans", who="scan", words="The latest scans",
        view=all_scans, answer=Scans,
    ),
    Endpoint(
        method="POST", path="/webhooks", who="webhooks", words="Make a webhook",
        view=make_webhook, body=WebhookBody, answer=WebhookRow, status=201,
    ),
    Endpoint(
        method="GET", path="/webhooks", who="webhooks", words="List webhooks",
        view=all_webhooks, answer=Webhooks,
    ),
    Endpoint(
        method="DELETE", path="/webhooks/<hex:webhook_id>", who="webhooks", words="End a webhook",
        view=end_webhook, status=204, refusals=(404,),
    ),
)  # fmt: skip
