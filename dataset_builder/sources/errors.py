"""What can be wrong with where objects come from.

    SourceError
    `-- UnknownLabel      a folder or a row is called what no label is

Raised before anything is built. What is wrong with one object alone is `Skipped`, not raised.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class SourceError(ValueError):
    """A source cannot be used; the message says where, what and what to do next."""


class UnknownLabel(SourceError):
    """*name*, met at *where*, is neither one of the *known* labels nor an alias of one."""

    def __init__(self, where: str, name: str, known: Iterable[str]) -> None:
        super().__init__(
            f"{where}: {name!r} is no label here. Rename it to one of {', '.join(known)}, "
            "or say what it means in a file given with --labels (columns folder,label)."
        )


@dataclass(frozen=True, slots=True)
class Skipped:
    """One object that a dataset goes without. location: its path. reason: a sentence."""

    location: str
    reason: str
