"""Whose key a request carries: a guard's or a program's. Cookies are not looked at."""

from __future__ import annotations

from dataclasses import dataclass

from flask import g, request
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from web.actor import NOBODY, Actor
from web.api.keys import PREFIX
from web.auth.secret import hashed
from web.clock import MINUTE_S, now
from web.db import database
from web.errors import NotAllowed, NotAuthentic
from web.models.fleet import Guard
from web.models.people import ApiKey

ANYBODY, GUARD = "anybody", "guard"
LONGEST_KEY = 200


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. guard_id: of a guard; scopes: of a key."""

    actor: Actor
    guard_id: str = ""
    scopes: frozenset[str] = frozenset()


def require(who: str) -> Caller:
    """The caller, if it is one that *who* names. Raises NotAuthentic or NotAllowed."""
    if who == ANYBODY:
        return Caller(NOBODY)
    caller = _caller()
    g.actor = caller.actor
    if who == GUARD and not caller.guard_id:
        raise NotAllowed("This is for guards.", event="not-allowed")
    if who not in (GUARD, *caller.scopes):
        raise NotAllowed(f"This key is not good for {who}.", event="not-allowed")
    return caller


def _caller() -> Caller:
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not secret or len(secret) > LONGEST_KEY:
        raise NotAuthentic("A key is needed: Authorization: Bearer KEY.", event="key-missing")
    digest = hashed(secret)
    with database().session() as session:
        found = (
            _of_key(session, digest) if secret.startswith(PREFIX) else _of_guard(session, digest)
        )
    if found is None:
        raise NotAuthentic("This key is not known, or was revoked.", event="key-wrong")
    return found


def _of_guard(session: Session, digest: str) -> Caller | None:
    row = session.scalar(select(Guard).where(Guard.key_hash == digest))
    if row is None or row.revoked_at is not None:
        _blame(row)
        return None
    return Caller(Actor(row.site_id, f"guard:{row.id}", row.name), guard_id=row.id)


def _of_key(session: Session, digest: str) -> Caller | None:
    row = session.scalar(select(ApiKey).where(ApiKey.secret_hash == digest))
    if row is None or row.revoked_at is not None:
        _blame(row)
        return None
    if row.used_at is None or now() - row.used_at > MINUTE_S:
        with database().writing() as writing:
            writing.execute(update(ApiKey).where(ApiKey.id == row.id).values(used_at=now()))
    return Caller(Actor(row.site_id, f"key:{row.id}", row.name), scopes=frozenset(row.scopes))


def _blame(row: Guard | ApiKey | None) -> None:
    """A revoked key is noted in the log of the site that revoked it."""
    if row is not None:
        word = "guard" if isinstance(row, Guard) else "key"
        g.actor = Actor(row.site_id, f"revoked-{word}:{row.id}", row.name)
