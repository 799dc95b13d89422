# Copyright (C) 2026 the Printwarden authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""What goes to the printer, as other plugins have left it, on its way to the guard.

The hook appends and returns: every microsecond there slows the print. `drain`, in a thread of its
own, turns what lies in the queue into one message.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, NamedTuple, Optional

MOST_WAITING = 50_000
"""Lines that may wait for a guard that is away: two minutes at 400 a second, about 10 MB."""
MOST_AT_ONCE = 5_000  # lines in one message, about 150 kB
FILE_LINE = "fileline:"
Entry = tuple[Optional[str], str, Optional[Iterable[str]]]


class Told(NamedTuple):
    """A line. source: "file", "added" to it by another plugin, or "other". number: in the file."""

    job: str | None
    source: str
    number: int
    line: str


class Outgoing:
    """Lines in the order they were sent. `append` takes (attempt id or None, line, tags)."""

    def __init__(self) -> None:
        self._waiting: deque[Entry] = deque()
        self.append = self._waiting.append
        self._unsent: list[Told] = []
        self._last: tuple[str | None, int] = (None, 0)  # job and number of a line of a file

    def overdue(self) -> bool:
        """Whether so much waits that memory is at stake."""
        return len(self._waiting) + len(self._unsent) > MOST_WAITING

    def drain(self) -> list[dict[str, Any]]:
        """All that waits, or the most a message may hold; the same again until `delivered`."""
        while self._waiting and len(self._unsent) < MOST_AT_ONCE:
            self._unsent.append(self._told(*self._waiting.popleft()))
        return [run for run in _runs(self._unsent) if run["lines"]]

    def delivered(self) -> bool:
        """The guard has what `drain` gave; whether more waits."""
        self._unsent = []
        return bool(self._waiting)

    def _told(self, job: str | None, line: str, tags: Iterable[str] | None) -> Told:
        """A plugin may make several lines of one: only the first of a number is the file's."""
        if job is None:
            return Told(None, "other", 0, line)
        number = _file_line(tags)
        before = self._last[1] if self._last[0] == job else 0
        if number is None or number <= before:
            return Told(job, "added", 0, line)
        self._last = (job, number)
        return Told(job, "file", number, line)


def _runs(lines: list[Told]) -> Iterator[dict[str, Any]]:
    """Neighbours of one attempt and one source; in a file their numbers follow each other."""
    for (job, source, _), group in groupby(enumerate(lines), _neighbours):
        run = [told for _, told in group]
        chosen = [told.line for told in run if job is not None or _moves(told.line)]
        yield {"job": job, "source": source, "first": run[0].number, "lines": chosen}


def _neighbours(at_line: tuple[int, Told]) -> tuple[str | None, str, int]:
    at, told = at_line
    return told.job, told.source, told.number - at if told.source == "file" else 0


def _file_line(tags: Iterable[str] | None) -> int | None:
    """Which line of the file, comments and blank lines not counted."""
    for tag in tags or ():
        if tag.startswith(FILE_LINE):
            return int(tag[len(FILE_LINE) :])
    return None


def _moves(line: str) -> bool:
    """Whether a line that is of no file could lay something down, or change where. Polls do not."""
    return line[:1] in "Gg" or line[:3].upper() in {"M82", "M83"}
