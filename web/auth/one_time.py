"""One-time secrets: made, shown once, used once, forgotten after their time."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from web.auth.secret import hashed, new_secret
from web.clock import DAY_S, MINUTE_S, now
from web.errors import Gone
from web.models.people import OneTime, Purpose

LIFE_S: Mapping[Purpose, float] = {
    Purpose.FIRST_ADMINISTRATOR: DAY_S,
    Purpose.INVITATION: 3 * DAY_S,
    Purpose.PASSWORD: DAY_S,
    Purpose.PASSKEY: 5 * MINUTE_S,
    Purpose.GUARD: 15 * MINUTE_S,
}


def issue(
    session: Session, site_id: str, purpose: Purpose, *, subject: str = "", by: str = "console"
) -> str:
    """A new secret; an older one for the same purpose and subject works no longer."""
    session.execute(
        update(OneTime)
        .where(
            OneTime.site_id == site_id,
            OneTime.purpose == purpose,
            OneTime.subject == subject,
            OneTime.used_at.is_(None),
            # Two reviewers are two people, two guards two hosts: these stand side by side.
            OneTime.purpose.not_in((Purpose.INVITATION, Purpose.GUARD)),
        )
        .values(used_at=now())
    )
    secret = new_secret()
    session.add(
        OneTime(
            site_id=site_id,
            purpose=purpose,
            subject=subject,
            secret_hash=hashed(secret),
            created_by=by,
            created_at=now(),
            expires_at=now() + LIFE_S[purpose],
        )
    )
    return secret


def look(session: Session, purpose: Purpose, secret: str) -> OneTime:
    """The unused token of *secret*. Raises Gone: used, late and unknown look alike."""
    token = session.scalar(
        select(OneTime)
        .where(OneTime.secret_hash == hashed(secret), OneTime.purpose == purpose)
        .with_for_update()
    )
    if token is None or token.used_at is not None or token.expires_at < now():
        raise Gone(
            "This link or token does not work (any more). Ask for a new one.",
            event="one-time-refused",
            detail=purpose,
        )
    return token


def use(session: Session, purpose: Purpose, secret: str) -> OneTime:
    """The same, and it is used up with the caller's transaction."""
    token = look(session, purpose, secret)
    token.used_at = now()
    return token
