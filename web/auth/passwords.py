"""Passwords: what is taken, how they are kept (argon2id), how they are checked."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from web.errors import NotMeant

SHORTEST, LONGEST = 12, 256
COMMON = ("password", "printwarden", "123456", "qwerty", "letmein", "administrator")
HASHER = PasswordHasher()  # argon2id with the parameters of RFC 9106


def accepted(password: str, login: str) -> str:
    """*password*, if it may be one. Raises NotMeant saying what is wrong with it."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise NotMeant(
            "A password has %(least)s to %(most)s characters.", least=SHORTEST, most=LONGEST
        )
    plain = password.casefold()
    if login.casefold() in plain or len(set(plain)) < 5:
        raise NotMeant("This password is easy to guess: it holds the name, or few characters.")
    if any(plain.replace(word, "").strip("0123456789!.-_ ") == "" for word in COMMON):
        raise NotMeant("This password is on every list of common ones.")
    return password


def keep(password: str) -> str:
    """What is kept of *password*."""
    return HASHER.hash(password)


def right(kept: str | None, password: str) -> bool:
    """Whether *password* is the one; it takes as long for an account that does not exist."""
    try:
        HASHER.verify(kept or _nobodys(), password)
    except (Argon2Error, InvalidHashError):
        return False
    return kept is not None


@cache
def _nobodys() -> str:
    return HASHER.hash("the password of nobody")
