"""Guards, printers and updates for programs."""

from __future__ import annotations

from typing import Annotated, Literal

from flask import request
from pydantic import BaseModel, Field

from web.api.endpoint import Endpoint, Model, Query
from web.api.for_guards import Name
from web.api.identity import Caller
from web.db import database
from web.fleet import enrolment, live, updates
from web.models.fleet import Guard, Rollout, Update

Id = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


class PrinterRow(BaseModel):
    """A printer as its guard sees it."""

    name: str
    state: str
    seen_at: float


class GuardRow(BaseModel):
    """A guard and its printers. silent: it has not been heard of for five minutes."""

    id: str
    name: str
    version: str
    bundle: str | None
    policy: str | None
    enrolled_at: float
    seen_at: float | None
    revoked_at: float | None
    silent: bool
    printers: list[PrinterRow]


class Guards(BaseModel):
    """All guards, revoked ones last, and what the last 30 days come to."""

    guards: list[GuardRow]
    jobs: int
    held_per_1000: float
    median_review_s: float | None


class TokenBody(Model):
    """The name that the new guard has to take; empty: it may choose."""

    guard: Name | Literal[""] = ""


class Token(BaseModel):
    """Works once, for 15 minutes."""

    token: str


class UpdateRow(BaseModel):
    """A signed file."""

    id: str
    kind: str
    version: int
    sha256: str
    size_bytes: int
    created_at: float


class Updates(BaseModel):
    """The newest first."""

    updates: list[UpdateRow]


class UpdateQuery(Query):
    """What the body is."""

    kind: Literal["policy", "model"]
    version: int = Field(ge=1, le=updates.LARGEST_VERSION)


class RolloutBody(Model):
    """To the guards named, or to a share of all, chosen by chance: 1 is everybody."""

    guards: list[Id] | None = Field(default=None, max_length=1000)
    share: float = Field(default=1.0, gt=0, le=1, allow_inf_nan=False)


class RolloutRow(BaseModel):
    """guards: null for all."""

    id: str
    update_id: str
    guards: list[str] | None
    created_at: float


def guards(caller: Caller) -> Guards:
    """All guards with their printers."""
    site_id = caller.actor.site_id
    with database().session() as session:
        rows = [_guard(guard) for guard in live.guards(session, site_id)]
        return Guards(guards=rows, **live.figures(session, site_id)._asdict())


def invite(caller: Caller, body: TokenBody) -> Token:
    """A one-time token with which a guard enrols."""
    with database().writing() as session:
        return Token(token=enrolment.make_token(session, caller.actor, body.guard))


def revoke(caller: Caller, guard_id: str) -> None:
    """Revoke a guard's key."""
    with database().writing() as session:
        enrolment.revoke(session, caller.actor, guard_id)


def all_updates(caller: Caller) -> Updates:
    """Signed policies and models."""
    with database().session() as session:
        rows = updates.of_site(session, caller.actor.site_id)
        return Updates(updates=[_update(row) for row in rows])


def add_update(caller: Caller, query: UpdateQuery) -> UpdateRow:
    """Keep a signed file; the body is the file."""
    body = request.get_data()
    with database().writing() as session:
        return _update(updates.add(session, caller.actor, query.kind, query.version, body))


def roll_out(caller: Caller, body: RolloutBody, update_id: str) -> RolloutRow:
    """Offer an update to guards."""
    chosen = list(body.guards) if body.guards is not None else None
    with database().writing() as session:
        row = updates.roll_out(session, caller.actor, update_id, guard_ids=chosen, share=body.share)
        return _rollout(row)


def _guard(guard: Guard) -> GuardRow:
    plain = {"silent", "printers"}
    values = {name: getattr(guard, name) for name in GuardRow.model_fields if name not in plain}
    printers = [
        PrinterRow(name=each.name, state=each.state, seen_at=each.seen_at)
        for each in guard.printers
    ]
    return GuardRow(silent=live.silent(guard), printers=printers, **values)


def _update(row: Update) -> UpdateRow:
    return UpdateRow(**{name: getattr(row, name) for name in UpdateRow.model_fields})


def _rollout(row: Rollout) -> RolloutRow:
    return RolloutRow(
        id=row.id, update_id=row.update_id, guards=row.guard_ids, created_at=row.created_at
    )


READ, WRITE = "fleet:read", "fleet:write"
ENDPOINTS = (
    Endpoint(
        method="GET", path="/guards", who=READ, words="List guards and printers",
        view=guards, answer=Guards,
    ),
    Endpoint(
        method="POST", path="/guards/tokens", who=WRITE, words="Invite a guard",
        view=invite, body=TokenBody, answer=Token, status=201,
    ),
    Endpoint(
        method="DELETE", path="/guards/<hex:guard_id>", who=WRITE, words="Revoke a guard's key",
        view=revoke, status=204, refusals=(404,),
    ),
    Endpoint(
        method="GET", path="/fleet/updates", who=READ, words="List signed policies and models",
        view=all_updates, answer=Updates,
    ),
    Endpoint(
        method="POST", path="/fleet/updates", who=WRITE, words="Keep a signed policy or model",
        view=add_update, query=UpdateQuery, raw="application/octet-stream", answer=UpdateRow,
        status=201, most_bytes=updates.MOST_BYTES, refusals=(409,),
    ),
    Endpoint(
        method="POST", path="/fleet/updates/<hex:update_id>/rollouts", who=WRITE,
        words="Offer it to guards", view=roll_out, body=RolloutBody, answer=RolloutRow,
        status=201, refusals=(404,),
    ),
)  # fmt: skip
