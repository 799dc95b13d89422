"""A sign-in from start to end: kept here, so that it can be listed, ended, and runs out.

The browser's cookie (signed by Flask) holds a random secret that names a row; Flask-Login calls
that the alternative user id. Nothing about the person is in the cookie.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from flask import current_app, request
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from web.actor import Actor
from web.audit.chain import append
from web.auth.secret import hashed, new_secret
from web.clock import HOUR_S, MINUTE_S, now
from web.db import Database, database
from web.models.people import Role, SignIn, User
from web.settings import Settings

UNATTENDED = ("review.events",)  # what an open page asks for by itself, with nobody before it
TOUCH_S = 60.0  # a sign-in's last use is noted this often, not at every picture


class Ended(StrEnum):
    """Why a sign-in that was good is not any more."""

    IDLE = "idle"
    OLD = "old"
    SIGNED_OUT = "signed-out"
    CLOSED = "account-closed"


@dataclass(frozen=True, slots=True)
class Person:
    """Who is signed in, as pages see it: values only, no row."""

    id: str
    site_id: str
    login: str
    name: str
    role: Role
    has_totp: bool
    language: str | None
    sign_in_id: str
    secret: str
    confirmed_at: float

    is_authenticated: ClassVar[bool] = True  # what Flask-Login asks of a person
    is_active: ClassVar[bool] = True
    is_anonymous: ClassVar[bool] = False

    def get_id(self) -> str:
        """What Flask-Login puts into the cookie: the secret of the sign-in."""
        return self.secret

    def may(self, role: Role | str) -> bool:
        """Whether this person may do what *role* may."""
        return self.role.covers(Role(role))

    @property
    def actor(self) -> Actor:
        """As the log names this person."""
        return Actor(self.site_id, f"user:{self.id}", self.name)


def begin(session: Session, user: User) -> Person:
    """A new sign-in of *user*, and its line in the log."""
    secret = new_secret()
    row = SignIn(
        user_id=user.id,
        secret_hash=hashed(secret),
        created_at=now(),
        seen_at=now(),
        confirmed_at=now(),
        address=coarse(request.remote_addr),
        agent=(request.user_agent.string or "")[:255],
    )
    session.add(row)
    session.flush()
    person = _person(row, user, secret)
    append(session, person.actor, "signed-in", row.id, address=row.address)
    return person


def find(secret: str) -> Person | None:
    """The person of a cookie, if the sign-in still holds."""
    with database().session() as session:
        row = session.scalar(select(SignIn).where(SignIn.secret_hash == hashed(secret)))
        if row is None:
            return None
        why = _ended(row, current_app.config["PRINTWARDEN"])
        person = _person(row, row.user, secret)
        seen_at = row.seen_at
        over_before = row.ended_at is not None
    if why is not None:
        if not over_before:
            end(person.sign_in_id, person.actor, why)
        return None
    if now() - seen_at > TOUCH_S and request.endpoint not in UNATTENDED:
        _touch(person.sign_in_id)
    return person


def holds(base: Database, settings: Settings, secret: str, role: Role) -> bool:
    """Whether a sign-in is still good for *role*. Looking is no use of it: it stays as idle."""
    with base.session() as session:
        row = session.scalar(select(SignIn).where(SignIn.secret_hash == hashed(secret)))
        return row is not None and _ended(row, settings) is None and row.user.may(role)


def end(sign_in_id: str, who: Actor, why: Ended) -> None:
    """End a sign-in, with a line in the log."""
    with database().writing() as session:
        row = session.get_one(SignIn, sign_in_id)
        if row.ended_at is None:
            row.ended_at = now()
            append(session, who, "sign-in-ended", sign_in_id, why=why)


def end_all(session: Session, user_id: str, *, but: str = "") -> None:
    """End all sign-ins of a person: the password changed, or the account was closed."""
    session.execute(
        update(SignIn)
        .where(SignIn.user_id == user_id, SignIn.id != but, SignIn.ended_at.is_(None))
        .values(ended_at=now())
    )


def coarse(address: str | None) -> str:
    """An address without its last part: enough to see what is unusual, not who it was."""
    if not address:
        return ""
    if ":" in address:
        return ":".join(address.split(":")[:3]) + "::"
    return ".".join([*address.split(".")[:3], "0"])


def _ended(row: SignIn, settings: Settings) -> Ended | None:
    if row.ended_at is not None:
        return Ended.SIGNED_OUT
    if not row.user.active:
        return Ended.CLOSED
    if now() - row.seen_at > settings.session_idle_min * MINUTE_S:
        return Ended.IDLE
    if now() - row.created_at > settings.session_most_h * HOUR_S:
        return Ended.OLD
    return None


def _touch(sign_in_id: str) -> None:
    with database().writing() as session:
        session.execute(update(SignIn).where(SignIn.id == sign_in_id).values(seen_at=now()))


def _person(row: SignIn, user: User, secret: str) -> Person:
    return Person(
        id=user.id,
        site_id=user.site_id,
        login=user.login,
        name=user.name,
        role=Role(user.role),
        has_totp=user.totp_secret is not None,
        language=user.language,
        sign_in_id=row.id,
        secret=secret,
        confirmed_at=row.confirmed_at,
    )
