"""Rules of passwords, second factors and sign-ins of one account."""

from __future__ import annotations

from flask import current_app
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from web.actor import NOBODY, Actor
from web.audit.chain import append
from web.auth import one_time, passkeys, passwords, people, totp
from web.auth.sign_ins import Person
from web.clock import now
from web.errors import NotAuthentic, NotFound, NotMeant
from web.models.people import Purpose, SignIn, User

PENDING_S = 300  # between password and code


def check_link(session: Session, purpose: Purpose, secret: str) -> None:
    """Raise Gone unless the link works; looking does not use it up."""
    one_time.look(session, purpose, secret)


def by_password(session: Session, login: str, password: str) -> User | None:
    """The person of name and password; a line in the log when they do not match."""
    user = session.scalar(select(User).where(User.login == login, User.active))
    if passwords.right(user.password_hash if user else None, password):
        return user
    who = Actor(user.site_id, "anonymous") if user else NOBODY
    append(session, who, "sign-in-failed", user.id if user else "", known=user is not None)
    return None


def has_second_factor(session: Session, user: User) -> bool:
    """Whether a password alone does not open this account."""
    return user.totp_secret is not None or passkeys.has_any(session, user.id)


def pending(user_id: str) -> str:
    """Proof, for the cookie, that the password was right a moment ago."""
    return _signer().dumps(user_id)


def who_is_pending(proof: str) -> str | None:
    """The id of the person whose password was right a moment ago."""
    try:
        found: str = _signer().loads(proof, max_age=PENDING_S)
    except BadData:
        return None
    return found


def password_by_link(session: Session, secret: str, password: str) -> None:
    """A new password by an administrator's link. Second factors are set up anew as well."""
    token = one_time.use(session, Purpose.PASSWORD, secret)
    user = session.get_one(User, token.subject)
    user.totp_secret = None
    passkeys.forget_all(session, user.id)
    people.set_password(session, user, password)


def change_password(session: Session, who: Person, old: str, new: str) -> None:
    """A new password for who knows the old one."""
    user = _confirmed(session, who, old)
    people.set_password(session, user, new, keep_sign_in=who.sign_in_id)


def confirm(session: Session, who: Person, password: str) -> None:
    """Note that the person has just shown the password."""
    _confirmed(session, who, password)
    session.execute(update(SignIn).where(SignIn.id == who.sign_in_id).values(confirmed_at=now()))


def enrol_totp(session: Session, who: Person, secret: str, code: str) -> None:
    """Take *secret* into use once a code shows that the authenticator has it."""
    step = totp.step_of(secret, code) if secret else None
    if step is None:
        raise NotMeant("This code is wrong. Begin again.")
    user = session.get_one(User, who.id)
    user.totp_secret, user.totp_step = secret, step
    append(session, who.actor, "totp-enrolled", who.id)


def open_sign_ins(session: Session, user_id: str) -> list[SignIn]:
    """The sign-ins of a person that have not ended, the latest first."""
    return list(
        session.scalars(
            select(SignIn)
            .where(SignIn.user_id == user_id, SignIn.ended_at.is_(None))
            .order_by(SignIn.seen_at.desc())
            .limit(50)
        )
    )


def own_sign_in(session: Session, user_id: str, sign_in_id: str) -> None:
    """Raise NotFound unless the sign-in is that person's."""
    row = session.get(SignIn, sign_in_id)
    if row is None or row.user_id != user_id:
        raise NotFound("There is no such sign-in.", event="foreign-id", detail="sign-in")


def _confirmed(session: Session, who: Person, password: str) -> User:
    user = session.get_one(User, who.id)
    if not passwords.right(user.password_hash, password):
        raise NotAuthentic("The password is wrong.", event="password-wrong")
    return user


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="pending-sign-in")
