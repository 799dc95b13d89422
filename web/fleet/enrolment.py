"""Guards come and go: a token that an administrator makes, a key that only the guard has."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from web.actor import Actor
from web.audit.chain import append
from web.auth import one_time
from web.auth.secret import hashed, new_secret
from web.clock import now
from web.errors import Conflict, NotFound
from web.models.fleet import Guard
from web.models.people import Purpose
from web.wording import shown_name

PREFIX = "pwg_"


def make_token(session: Session, by: Actor, name: str = "") -> str:
    """A token that enrols one guard within minutes. name: only under this name, if given."""
    subject = shown_name(name) if name else ""
    secret = one_time.issue(session, by.site_id, Purpose.GUARD, subject=subject, by=by.ref)
    append(session, by, "guard-invited", subject)
    return secret


def enrol(session: Session, token: str, name: str) -> str:
    """The key of a new guard. Raises Gone for a token that does not work, Conflict for a name
    that another guard reports under: that one is revoked first.
    """
    used = one_time.use(session, Purpose.GUARD, token)
    if used.subject and used.subject != name:
        raise Conflict(f"This token is for a guard named {used.subject!r}.")
    taken = select(Guard.id).where(
        Guard.site_id == used.site_id, Guard.name == name, Guard.revoked_at.is_(None)
    )
    if session.scalar(taken) is not None:
        raise Conflict("Another guard has this name. Revoke it first, or take another name.")
    key = new_secret(PREFIX)
    guard = Guard(site_id=used.site_id, name=name, key_hash=hashed(key), enrolled_at=now())
    session.add(guard)
    session.flush()
    append(session, Actor(used.site_id, f"guard:{guard.id}"), "guard-enrolled", guard.id)
    return key


def revoke(session: Session, by: Actor, guard_id: str) -> None:
    """The guard's key works no longer; what it reported stays."""
    guard = get(session, by.site_id, guard_id)
    if guard.revoked_at is None:
        guard.revoked_at = now()
        append(session, by, "guard-revoked", guard.id)


def get(session: Session, site_id: str, guard_id: str) -> Guard:
    """A guard of the site. Raises NotFound, for those of other sites too."""
    guard = session.get(Guard, guard_id)
    if guard is None or guard.site_id != site_id:
        raise NotFound("There is no such guard.", event="foreign-id", detail="guard")
    return guard
