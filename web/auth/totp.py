"""Codes of an authenticator (RFC 6238): each counts once."""

from __future__ import annotations

import pyotp

from web.clock import now
from web.models.people import User

STEP_S = 30
DRIFT = 1  # steps that a telephone's clock may be off


def new_secret() -> str:
    """A secret to show once."""
    return pyotp.random_base32()


def address(secret: str, login: str) -> str:
    """What an authenticator reads."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name="Printwarden")


def step_of(secret: str, code: str) -> int | None:
    """The time step that *code* belongs to, if it is near."""
    current = int(now() // STEP_S)
    totp = pyotp.TOTP(secret)
    digits = code.replace(" ", "")
    for step in range(current - DRIFT, current + DRIFT + 1):
        if totp.verify(digits, for_time=step * STEP_S):
            return step
    return None


def accept(user: User, code: str) -> bool:
    """Whether *code* is right and new; it is used up then."""
    step = step_of(user.totp_secret, code) if user.totp_secret else None
    if step is None or step <= user.totp_step:
        return False
    user.totp_step = step
    return True
