"""Filters with counts, as links: each leads to the list with it, or without it if it is chosen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from flask_babel import LazyString
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from web.jobs.queries import printers
from web.models.jobs import OPEN, Job, State
from web.review.filters import ALL, DAYS, VERDICTS, Chosen
from web.shown import state_look, verdict_look

Words: TypeAlias = LazyString | str
MOST_PRINTERS = 40


@dataclass(frozen=True, slots=True)
class Entry:
    """count: None where counting would cost more than it tells."""

    words: Words
    url: str
    current: bool
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Facet:
    """One group of filters. open: shown at once."""

    words: Words
    entries: list[Entry]
    open: bool = True


def facets(session: Session, site_id: str, chosen: Chosen, path: str) -> list[Facet]:
    """All groups for the list at *path*."""
    counts = _by_state(session, site_id)
    found = [
        Facet(_("State"), _states(chosen, path, counts)),
        Facet(_("Verdict"), _verdicts(session, site_id, chosen, path)),
        Facet(_("When"), _days(chosen, path), bool(chosen.days)),
    ]
    names = sorted({printer.name for printer in printers(session, site_id)})[:MOST_PRINTERS]
    if names:
        entries = _toggles(chosen, path, "printer", ((name, name, None) for name in names))
        found.append(Facet(_("Printer"), entries, bool(chosen.printer)))
    return found


def _by_state(session: Session, site_id: str) -> dict[str, int]:
    """All in one index: no row is looked at."""
    query = select(Job.state, func.count()).where(Job.site_id == site_id).group_by(Job.state)
    return {key: count for key, count in session.execute(query)}  # noqa: C416 (rows are typed)


def _states(chosen: Chosen, path: str, counts: dict[str, int]) -> list[Entry]:
    """With counts where nothing else is chosen: they would not be what a click leads to."""
    counted = _only(chosen, "state")

    def entry(word: str, words: Words, count: int) -> Entry:
        url = chosen.url(path, state=word)
        return Entry(words, url, chosen.state == word, count if counted else None)

    waiting = sum(counts.get(state, 0) for state in OPEN)
    return [
        entry("", _("Everything that waits"), waiting),
        *(
            entry(state, state_look(state).words, counts.get(state, 0))
            for state in State
            if counts.get(state) or chosen.state == state
        ),
        entry(ALL, _("All"), sum(counts.values())),
    ]


def _verdicts(session: Session, site_id: str, chosen: Chosen, path: str) -> list[Entry]:
    """Counted while what waits is shown: that is never much."""
    counts: Counter[str | None] = Counter()
    if _only(chosen, "verdict"):
        # By state too: an index holds both, and no row has to be looked at.
        query = select(Job.state, Job.verdict, func.count()).where(Job.site_id == site_id)
        query = query.where(Job.state.in_(OPEN)).group_by(Job.state, Job.verdict)
        for _state, verdict, count in session.execute(query):
            counts[verdict] += count
    rows = ((word, verdict_look(word).words, counts.get(word)) for word in VERDICTS)
    return _toggles(chosen, path, "verdict", rows)


def _only(chosen: Chosen, name: str) -> bool:
    """Whether nothing but *name* is chosen."""
    return {said for said, _word in chosen.said()} <= {name, "before"}


def _days(chosen: Chosen, path: str) -> list[Entry]:
    words = {"1": _("since yesterday"), "7": _("in seven days"), "30": _("in thirty days")}
    return _toggles(chosen, path, "days", ((day, words[day], None) for day in DAYS))


def _toggles(
    chosen: Chosen, path: str, name: str, rows: Iterable[tuple[str, Words, int | None]]
) -> list[Entry]:
    current = getattr(chosen, name)
    return [
        Entry(
            words,
            chosen.url(path, **{name: "" if word == current else word}),
            word == current,
            count,
        )
        for word, words, count in rows
    ]
