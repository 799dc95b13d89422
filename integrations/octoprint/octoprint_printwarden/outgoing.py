# Copyright (C) 2026 the Printwarden authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""What was sent to the printer, on its way to the guard.

The hook appends and returns: every microsecond there slows the print. `drain`, in a thread of its
own, turns what lies in the queue into one message.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from itertools import groupby
from typing import Any, Optional

MOST_WAITING = 50_000
"""Lines that may wait for a guard that is away: two minutes at 400 a second, about 10 MB."""
MOST_AT_ONCE = 5_000  # lines in one message, about 150 kB
FILE_LINE = "fileline:"
Entry = tuple[Optional[str], str, Optional[Iterable[str]]]


class Outgoing:
    """Lines in the order they were sent. `append` takes (attempt id or None, line, tags)."""

    def __init__(self) -> None:
        self._waiting: deque[Entry] = deque()
        self.append = self._waiting.append
        self._unsent: list[Entry] = []

    def overdue(self) -> bool:
        """Whether so much waits that memory is at stake."""
        return len(self._waiting) + len(self._unsent) > MOST_WAITING

    def drain(self) -> list[dict[str, Any]]:
        """All that waits, or the most a message may hold; the same again until `delivered`."""
        while self._waiting and len(self._unsent) < MOST_AT_ONCE:
            self._unsent.append(self._waiting.popleft())
        return [run for run in map(_run, *_runs(self._unsent)) if run["lines"]]

    def delivered(self) -> bool:
        """The guard has what `drain` gave; whether more waits."""
        self._unsent = []
        return bool(self._waiting)


def _runs(entries: list[Entry]) -> tuple[list[Any], list[list[Entry]]]:
    """Neighbours of one attempt and one source: (their keys, the entries of each)."""
    groups = [(key, list(group)) for key, group in groupby(entries, _source)]
    return [key for key, _ in groups], [group for _, group in groups]


def _source(entry: Entry) -> tuple[str | None, str]:
    """(attempt, "file" or "other")."""
    job, _, tags = entry
    if tags is None or "source:file" not in tags:
        return None, "other"
    return job, "file"


def _run(key: tuple[str | None, str], entries: list[Entry]) -> dict[str, Any]:
    job, source = key
    chosen = entries if job is not None else [entry for entry in entries if _moves(entry[1])]
    first = _file_line(entries[0][2]) if job is not None else None
    return {"job": job, "source": source, "first": first, "lines": [line for _, line, _ in chosen]}


def _file_line(tags: Iterable[str] | None) -> int | None:
    """Which line of the file, comments and blank lines not counted."""
    for tag in tags or ():
        if tag.startswith(FILE_LINE):
            return int(tag[len(FILE_LINE) :])
    return None


def _moves(line: str) -> bool:
    """Whether a line that is of no file could lay something down, or change where. Polls do not."""
    return line[:1] in "Gg" or line[:3].upper() in {"M82", "M83"}
