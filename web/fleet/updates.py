"""Signed policies and models: kept as they were signed, offered to guards in stages.

The console cannot sign: the key is elsewhere. A guard takes only what is signed and newer than what
it has, so a way back is the old content under a newer version, signed like any other.
"""

from __future__ import annotations

import hashlib
import random

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from printer_guard.wire import new_id
from web.actor import Actor
from web.audit.chain import append
from web.clock import now
from web.errors import Conflict, NotFound, NotMeant
from web.events import announce
from web.fleet import enrolment
from web.models.fleet import Guard, Rollout, Update
from web.webhooks.outbox import tell

KINDS = ("policy", "model")
MOST_BYTES = 64 * 1024 * 1024
LARGEST_VERSION = 2**53


def add(session: Session, by: Actor, kind: str, version: int, body: bytes) -> Update:
    """Keep a signed file. Raises Conflict when the version is taken."""
    if kind not in KINDS or not 0 < version <= LARGEST_VERSION:
        raise NotMeant(
            "An update is of a kind (%(kinds)s) and has a version from 1.", kinds=", ".join(KINDS)
        )
    if not body:
        raise NotMeant("The file is empty.")
    row = Update(
        id=new_id(),
        site_id=by.site_id,
        kind=kind,
        version=version,
        sha256=hashlib.sha256(body).hexdigest(),
        size_bytes=len(body),
        body=body,
        created_by=by.ref,
        created_at=now(),
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        raise Conflict("There is version %(version)s already.", version=version) from error
    append(session, by, "update-added", row.id, kind=kind, version=version, sha256=row.sha256)
    return row


def roll_out(
    session: Session, by: Actor, update_id: str, *, guard_ids: list[str] | None, share: float = 1.0
) -> Rollout:
    """Offer an update to the guards named, or to a random *share* of all."""
    update = _of_site(session, by.site_id, update_id)
    chosen = guard_ids
    if guard_ids is not None:
        chosen = sorted({enrolment.get(session, by.site_id, each).id for each in guard_ids})
    elif share < 1.0:
        chosen = _some(session, by.site_id, share)
    row = Rollout(
        id=new_id(),
        site_id=by.site_id,
        kind=update.kind,
        update_id=update.id,
        guard_ids=chosen,
        created_by=by.ref,
        created_at=now(),
    )
    session.add(row)
    count = "all" if chosen is None else str(len(chosen))
    append(
        session, by, "update-offered", update.id, kind=update.kind, version=update.version, to=count
    )
    tell(session, by.site_id, "update.offered", update=update.id, kind=update.kind)
    announce(session, f"site:{by.site_id}")
    return row


def of_site(session: Session, site_id: str) -> list[Update]:
    """All updates, the newest first."""
    query = select(Update).where(Update.site_id == site_id)
    return list(session.scalars(query.order_by(Update.created_at.desc()).limit(200)))


def rollouts(session: Session, site_id: str) -> list[Rollout]:
    """All rollouts, the newest first."""
    query = select(Rollout).where(Rollout.site_id == site_id)
    return list(session.scalars(query.order_by(Rollout.created_at.desc()).limit(200)))


def offered_to(session: Session, guard_id: str) -> list[Update]:
    """The update of each kind whose newest rollout names the guard."""
    guard = session.get_one(Guard, guard_id)
    found: dict[str, Update] = {}
    for row in rollouts(session, guard.site_id):
        if row.kind not in found and (row.guard_ids is None or guard_id in row.guard_ids):
            found[row.kind] = row.update
    return list(found.values())


def body_for(session: Session, guard_id: str, update_id: str) -> bytes:
    """The file, for a guard that it is offered to. Raises NotFound."""
    for update in offered_to(session, guard_id):
        if update.id == update_id:
            return update.body
    raise NotFound("This update is not offered to you.", event="foreign-id", detail="update")


def _of_site(session: Session, site_id: str, update_id: str) -> Update:
    row = session.get(Update, update_id)
    if row is None or row.site_id != site_id:
        raise NotFound("There is no such update.", event="foreign-id", detail="update")
    return row


def _some(session: Session, site_id: str, share: float) -> list[str]:
    """At least one guard, so that a first stage is one."""
    query = select(Guard.id).where(Guard.site_id == site_id, Guard.revoked_at.is_(None))
    everybody = list(session.scalars(query.order_by(Guard.id)))
    count = min(len(everybody), max(1, round(share * len(everybody))))
    return sorted(random.sample(everybody, count))
