"""Who does something: a person, a program, a guard, a standing rule, or nobody known."""

from __future__ import annotations

from dataclasses import dataclass

CONSOLE_SITE = "console"
"""The chain of what belongs to no site, as a wrong key does."""


@dataclass(frozen=True, slots=True)
class Actor:
    """ref: `user:ID`, `key:ID`, `guard:ID` or a word; the log keeps it and never the name."""

    site_id: str
    ref: str
    name: str = ""


NOBODY = Actor(CONSOLE_SITE, "anonymous")
CONSOLE = Actor(CONSOLE_SITE, "console", "the console")
