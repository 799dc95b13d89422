"""Random secrets and how they are kept: as a hash, since nobody can guess 256 bits."""

from __future__ import annotations

import hashlib
import secrets


def new_secret(prefix: str = "") -> str:
    """256 random bits as text that fits into an address. prefix: says what it is, to scanners."""
    return prefix + secrets.token_urlsafe(32)


def hashed(secret: str) -> str:
    """What is kept of a secret. Passwords are weaker, and are kept otherwise: passwords.py."""
    return hashlib.sha256(secret.encode()).hexdigest()
