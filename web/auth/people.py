"""The people of a site: the first administrator, invitations, roles, closing and erasing."""

from __future__ import annotations

import re

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from web.actor import Actor
from web.audit.chain import append
from web.auth import one_time, passwords, sign_ins
from web.clock import now
from web.errors import Conflict, NotFound, NotMeant
from web.models.people import Passkey, Purpose, Role, Site, User
from web.wording import LANGUAGES

LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}", re.ASCII)


def found_site(session: Session, name: str) -> tuple[Site, str]:
    """A new site, and the secret of the link that makes its administrator."""
    site = Site(name=name, created_at=now())
    session.add(site)
    session.flush()
    append(session, Actor(site.id, "console"), "site-founded", site.id)
    return site, one_time.issue(session, site.id, Purpose.FIRST_ADMINISTRATOR)


def without_administrator(session: Session) -> list[Site]:
    """The sites that nobody can administrate yet."""
    has_one = select(User.site_id).where(User.role == Role.ADMINISTRATOR)
    return list(session.scalars(select(Site).where(Site.id.not_in(has_one))))


def join(
    session: Session, purpose: Purpose, secret: str, *, login: str, name: str, password: str
) -> User:
    """Use a link that makes an account. Raises Gone, NotMeant or Conflict, and changes nothing."""
    token = one_time.use(session, purpose, secret)
    first = purpose is Purpose.FIRST_ADMINISTRATOR
    user = User(
        site_id=token.site_id,
        login=_login(login),
        name=named(name) or login,
        role=Role.ADMINISTRATOR if first else Role(token.subject),
        password_hash=passwords.keep(passwords.accepted(password, login)),
        created_at=now(),
    )
    add(session, user)
    append(session, Actor(user.site_id, f"user:{user.id}"), "joined", user.id, role=user.role)
    return user


def add(session: Session, user: User) -> None:
    """Add *user*. Raises Conflict when the name to sign in with is taken."""
    try:
        with session.begin_nested():
            session.add(user)
    except IntegrityError as error:
        raise Conflict("This name to sign in with is taken.") from error


def invite(session: Session, by: Actor, role: Role) -> str:
    """The secret of a link with which somebody joins as *role*."""
    secret = one_time.issue(session, by.site_id, Purpose.INVITATION, subject=role, by=by.ref)
    append(session, by, "invited", role=role)
    return secret


def of_site(session: Session, site_id: str) -> list[User]:
    """The people of a site, by name."""
    return list(session.scalars(select(User).where(User.site_id == site_id).order_by(User.login)))


def get(session: Session, site_id: str, user_id: str) -> User:
    """A person of the site. Raises NotFound, for those of other sites too."""
    user = session.get(User, user_id)
    if user is None or user.site_id != site_id:
        raise NotFound("There is no such person here.", event="foreign-id", detail="user")
    return user


def change_role(session: Session, by: Actor, user_id: str, role: Role) -> None:
    """Give a person another role."""
    user = get(session, by.site_id, user_id)
    if Role(user.role) is Role.ADMINISTRATOR and role is not Role.ADMINISTRATOR:
        _keep_one(session, by.site_id)
    append(session, by, "role-changed", user.id, before=user.role, role=role)
    user.role = role


def close(session: Session, by: Actor, user_id: str) -> None:
    """Close an account: all sign-ins end at once."""
    user = get(session, by.site_id, user_id)
    if user.active and Role(user.role) is Role.ADMINISTRATOR:
        _keep_one(session, by.site_id)
    user.active = False
    sign_ins.end_all(session, user.id)
    append(session, by, "account-closed", user.id)


def erase(session: Session, by: Actor, user_id: str) -> None:
    """Close an account and forget who it was; the log keeps an id that leads nowhere."""
    close(session, by, user_id)
    user = get(session, by.site_id, user_id)
    user.login = f"erased-{user.id}"
    user.name = "erased"
    user.password_hash = user.totp_secret = user.oidc_subject = None
    session.execute(delete(Passkey).where(Passkey.user_id == user.id))
    append(session, by, "person-erased", user.id)


def reset_password(session: Session, by: Actor, user_id: str) -> str:
    """The secret of a link with which a person sets a new password, and a new second factor."""
    user = get(session, by.site_id, user_id)
    secret = one_time.issue(session, by.site_id, Purpose.PASSWORD, subject=user.id, by=by.ref)
    append(session, by, "password-link-made", user.id)
    return secret


def reset_by_login(session: Session, login: str) -> str | None:
    """The same by the name to sign in with, from this host's command line."""
    user = session.scalar(select(User).where(User.login == login))
    if user is None:
        return None
    user.active = True
    return reset_password(session, Actor(user.site_id, "command-line"), user.id)


def set_password(session: Session, user: User, password: str, *, keep_sign_in: str = "") -> None:
    """A new password; all other sign-ins end."""
    user.password_hash = passwords.keep(passwords.accepted(password, user.login))
    sign_ins.end_all(session, user.id, but=keep_sign_in)
    append(session, Actor(user.site_id, f"user:{user.id}"), "password-changed", user.id)


def choose_language(session: Session, user_id: str, language: str) -> None:
    """The language of pages for a person; empty: what the browser prefers."""
    if language and language not in LANGUAGES:
        raise NotMeant("There are the languages %(languages)s.", languages=", ".join(LANGUAGES))
    session.get_one(User, user_id).language = language or None


def set_two_persons(session: Session, by: Actor, *, on: bool) -> None:
    """Whether a flagged job of the site is released by two people."""
    session.get_one(Site, by.site_id).two_persons = on
    append(session, by, "two-persons-set", on=on)


def named(text: str) -> str:
    """A name as it is shown: one line, at most 100 characters."""
    return " ".join(text.split())[:100]


def _login(text: str) -> str:
    if not LOGIN.fullmatch(text):
        raise NotMeant("The name to sign in with has 1 to 64 letters, digits or . _ @ + -")
    return text


def _keep_one(session: Session, site_id: str) -> None:
    count = session.scalar(
        select(func.count())
        .select_from(User)
        .where(User.site_id == site_id, User.role == Role.ADMINISTRATOR, User.active)
    )
    if (count or 0) < 2:
        raise Conflict("This is the last administrator: make another one first.")
