"""Passkeys (WebAuthn) as a second factor: py_webauthn checks what an authenticator says.

A challenge is a one-time secret of one person, kept like a link (one_time.py): it counts once and
for five minutes. The private key never leaves the authenticator; what is kept here opens nothing.
Source: W3C Web Authentication, level 3, sections 7.1 and 7.2.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from web.actor import Actor
from web.audit.chain import append
from web.auth import one_time
from web.auth.people import named
from web.clock import now
from web.errors import Conflict, NotAuthentic, NotFound, NotMeant
from web.models.people import Passkey, Purpose, User

MOST = 10  # of one person
ON_TOP = AuthenticatorSelectionCriteria(
    resident_key=ResidentKeyRequirement.DISCOURAGED,
    user_verification=UserVerificationRequirement.PREFERRED,
)
"""A second factor: the password says who it is, so the key need not know."""
# What a forged or broken answer makes py_webauthn raise; it reads fields before it checks types.
BROKEN = (WebAuthnException, ValueError, KeyError, TypeError, AttributeError)


def possible(public_url: str) -> bool:
    """Whether browsers make passkeys for that address: they want a name, and no number."""
    host = urlsplit(public_url).hostname or ""
    return not host.replace(".", "").isdigit() and ":" not in host


def of_person(session: Session, user_id: str) -> list[Passkey]:
    """The passkeys of a person, the oldest first."""
    query = select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.created_at)
    return list(session.scalars(query))


def has_any(session: Session, user_id: str) -> bool:
    """Whether a person has one."""
    return session.scalar(select(Passkey.id).where(Passkey.user_id == user_id).limit(1)) is not None


def begin_adding(session: Session, user: User, public_url: str) -> str:
    """What the browser is asked, as JSON."""
    options = generate_registration_options(
        rp_id=_host(public_url),
        rp_name="Printwarden",
        user_id=user.id.encode(),
        user_name=user.login,
        user_display_name=user.name,
        challenge=_challenge(session, user),
        authenticator_selection=ON_TOP,
        exclude_credentials=_descriptors(session, user.id),
    )
    return options_to_json(options)


def add(session: Session, user: User, answer: Any, name: str, public_url: str) -> Passkey:
    """Keep a new passkey. Raises NotMeant, Conflict, or Gone for a challenge of before."""
    try:
        credential = parse_registration_credential_json(answer)
        challenge = _answered(session, user, credential.response.client_data_json)
        proved = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=_host(public_url),
            expected_origin=public_url,
        )
    except BROKEN as error:
        raise NotMeant("This passkey could not be taken. Try again.", detail=str(error)) from error
    if len(of_person(session, user.id)) >= MOST:
        raise Conflict("An account has %(most)s passkeys at most.", most=MOST)
    row = Passkey(
        user_id=user.id,
        credential_id=bytes_to_base64url(proved.credential_id),
        public_key=proved.credential_public_key,
        sign_count=proved.sign_count,
        name=named(name) or "passkey",
        created_at=now(),
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        raise Conflict("This passkey is known already.") from error
    append(session, _actor(user), "passkey-added", row.id)
    return row


def remove(session: Session, user: User, passkey_id: str) -> None:
    """Forget a passkey of one's own."""
    row = session.get(Passkey, passkey_id)
    if row is None or row.user_id != user.id:
        raise NotFound("There is no such passkey.", event="foreign-id", detail="passkey")
    session.delete(row)
    append(session, _actor(user), "passkey-removed", passkey_id)


def forget_all(session: Session, user_id: str) -> None:
    """With a new password by a link, or a forgotten person, all second factors go."""
    session.execute(delete(Passkey).where(Passkey.user_id == user_id))


def begin_sign_in(session: Session, user: User, public_url: str) -> str:
    """What the browser of who has shown the password is asked, as JSON."""
    options = generate_authentication_options(
        rp_id=_host(public_url),
        challenge=_challenge(session, user),
        allow_credentials=_descriptors(session, user.id),
    )
    return options_to_json(options)


def accept(session: Session, user: User, answer: Any, public_url: str) -> None:
    """Check the answer of a passkey of *user*. Raises NotAuthentic, or Gone for a second use."""
    try:
        credential = parse_authentication_credential_json(answer)
        challenge = _answered(session, user, credential.response.client_data_json)
        row = _of_credential(session, user, bytes_to_base64url(credential.raw_id))
        proved = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=_host(public_url),
            expected_origin=public_url,
            credential_public_key=row.public_key,
            credential_current_sign_count=row.sign_count,
        )
    except BROKEN as error:
        raise NotAuthentic(
            "This passkey was not accepted. Try again.", event="passkey-wrong", detail=str(error)
        ) from error
    row.sign_count, row.used_at = proved.new_sign_count, now()


def _of_credential(session: Session, user: User, credential_id: str) -> Passkey:
    row = session.scalar(select(Passkey).where(Passkey.credential_id == credential_id))
    if row is None or row.user_id != user.id:
        raise ValueError("a passkey of nobody, or of somebody else")
    return row


def _challenge(session: Session, user: User) -> bytes:
    return one_time.issue(session, user.site_id, Purpose.PASSKEY, subject=user.id).encode()


def _answered(session: Session, user: User, client_data: bytes) -> bytes:
    """The challenge that an answer names, if it was given to *user* and is unused; it is now used.

    Raises Gone, or ValueError.
    """
    challenge = parse_client_data_json(client_data).challenge
    token = one_time.use(session, Purpose.PASSKEY, challenge.decode("ascii"))
    if token.subject != user.id:
        raise ValueError("a challenge of somebody else")
    return challenge


def _descriptors(session: Session, user_id: str) -> list[PublicKeyCredentialDescriptor]:
    rows = of_person(session, user_id)
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(r.credential_id)) for r in rows]


def _host(public_url: str) -> str:
    return urlsplit(public_url).hostname or ""


def _actor(user: User) -> Actor:
    return Actor(user.site_id, f"user:{user.id}", user.name)
