"""The address of a list of jobs <-> what it shows. Every filter lives in the address bar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from web.clock import DAY_S, now
from web.jobs.queries import Filter
from web.models.jobs import OPEN, State

ALL = "all"
STATES: Mapping[str, Sequence[str]] = {
    "": OPEN,
    **{state.value: (state.value,) for state in State},
    ALL: (),
}
"""Word in the address -> the states that it means; none is what waits for a person."""
VERDICTS = ("review", "flagged", "unreadable", "clear")
DAYS = ("1", "7", "30")
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the address says; a word that cannot be meant counts as not said."""

    state: str = ""
    verdict: str = ""
    printer: str = ""
    by: str = ""
    days: str = ""
    q: str = ""
    before: str = ""

    @classmethod
    def of(cls, args: MultiDict[str, str]) -> Chosen:
        """From the query of a request."""
        words = {name: args.get(name, "")[:LONGEST].strip() for name in cls.__slots__}
        known = {"state": STATES, "verdict": VERDICTS, "days": DAYS}
        for name, choices in known.items():
            if words[name] not in choices:
                words[name] = ""
        return cls(**words)

    def filter(self, **more: Any) -> Filter:
        """What to look for."""
        return Filter(
            states=STATES[self.state],
            verdicts=(self.verdict,) if self.verdict else (),
            printer=self.printer,
            submitter=self.by,
            text=self.q,
            since=now() - float(self.days) * DAY_S if self.days else None,
            before=_place(self.before),
            **more,
        )

    def url(self, path: str, **changes: str) -> str:
        """The address of the same list with *changes*; it begins at its first page."""
        query = urlencode(replace(self, before="", **changes).said())
        return f"{path}?{query}" if query else path

    def older(self, path: str, more: tuple[float, str]) -> str:
        """The address of the next page."""
        query = urlencode(replace(self, before=f"{more[0]!r}~{more[1]}").said())
        return f"{path}?{query}"

    def said(self) -> list[tuple[str, str]]:
        """(name, word) of what is not left out."""
        rows = [(name, getattr(self, name)) for name in self.__slots__]
        return [(name, word) for name, word in rows if word]


def _place(text: str) -> tuple[float, str] | None:
    at, _, job_id = text.partition("~")
    try:
        return (float(at), job_id) if job_id else None
    except ValueError:
        return None
