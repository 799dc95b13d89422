"""The keys of programs: what each may do, made once, revoked at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask_babel import LazyString
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from web.actor import Actor
from web.audit.chain import append
from web.auth.people import named
from web.auth.secret import hashed, new_secret
from web.clock import now
from web.errors import Conflict, NotFound, NotMeant
from web.models.people import ApiKey

PREFIX = "pwk_"
SCOPES: Mapping[str, LazyString] = {
    "jobs:read": _("see jobs, their evidence and decisions"),
    "jobs:decide": _("decide about jobs"),
    "reviewed:read": _("take reviewed jobs, to learn from them"),
    "fleet:read": _("see guards, printers and updates"),
    "fleet:write": _("enrol and revoke guards, push updates"),
    "audit:read": _("read and prove the audit log"),
    "scan": _("have files judged"),
    "webhooks": _("manage webhooks"),
    "people:read": _("see who has an account"),
    "metrics": _("read /metrics"),
}
"""What a key can be good for, in words."""


def make(session: Session, by: Actor, name: str, scopes: Sequence[str]) -> str:
    """A new key; what is returned is shown once and kept nowhere."""
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown or not scopes:
        raise NotMeant("A key is for one or more of: %(scopes)s.", scopes=", ".join(SCOPES))
    if not named(name):
        raise NotMeant("A key needs a name, to be told from others.")
    secret = new_secret(PREFIX)
    row = ApiKey(
        site_id=by.site_id,
        name=named(name),
        secret_hash=hashed(secret),
        scopes=sorted(set(scopes)),
        created_by=by.ref,
        created_at=now(),
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        raise Conflict("There is or was a key of this name.") from error
    append(session, by, "key-made", row.id, scopes=row.scopes)
    return secret


def of_site(session: Session, site_id: str) -> list[ApiKey]:
    """The keys of a site, the newest first."""
    query = select(ApiKey).where(ApiKey.site_id == site_id).order_by(ApiKey.created_at.desc())
    return list(session.scalars(query))


def revoke(session: Session, by: Actor, key_id: str) -> None:
    """The key works no longer."""
    row = session.get(ApiKey, key_id)
    if row is None or row.site_id != by.site_id:
        raise NotFound("There is no such key.", event="foreign-id", detail="key")
    row.revoked_at = row.revoked_at or now()
    append(session, by, "key-revoked", row.id)
