"""What happens to a job -> one transaction: journal, the job's state and the report, or none.

`note` raises RecordsError when nothing could be kept: a job that waits then stays held. `note_late`
is for what happens anyway, such as a stop: it is written as soon as that is possible again.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from printer_guard import journal, outbox, store
from printer_guard.database import Database
from printer_guard.errors import RecordsError
from printer_guard.store import JobRow, Stage
from printer_guard.wire import Job, Report

T = TypeVar("T")

MOST_LATE = 1000  # notes kept in memory while the disk is full: a stop makes two or three


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something that happened to a job. verdict: the record of the judge, where there is one."""

    event: str
    job: Job
    stage: Stage
    finding: str | None = None
    reason: str = ""
    action: str | None = None
    verified: bool | None = None
    verdict: dict[str, Any] | None = None
    facts: dict[str, Any] | None = None

    def facts_to_keep(self) -> dict[str, Any]:
        """What the journal is told beside the event; fields that say nothing are left out."""
        verdict = self.verdict or {}
        told = {
            "job": self.job.id,
            "printer": self.job.printer,
            "name": self.job.name,
            "route": self.job.route,
            "sha256": self.job.sha256,
            "stage": self.stage,
            "finding": self.finding,
            "reason": self.reason,
            "action": self.action,
            "verified": self.verified,
            "score": verdict.get("weapon_score"),
            "bundle": _name(verdict, "model"),
            "policy": _name(verdict, "policy"),
        }
        kept = {key: value for key, value in told.items() if value not in (None, "")}
        return kept | (self.facts or {})


class Records:
    """All writing of a guard. reporting: whether a console wants to know."""

    def __init__(self, database: Database, guard: str, *, reporting: bool) -> None:
        self.database = database
        self.guard = guard
        self.reporting = reporting
        self.problem: RecordsError | None = None  # while the last write could not be kept
        self._late: deque[Note | tuple[str, dict[str, Any]]] = deque(maxlen=MOST_LATE)
        self.news = asyncio.Event()  # set when a report is waiting
        self._catching_up = asyncio.Lock()  # so that nothing is written twice

    async def note(self, note: Note) -> None:
        """Keep *note* after all that waits; it is on the disk on return. Raises RecordsError."""
        if not await self.catch_up() and self.problem is not None:
            raise self.problem
        await self._write(note)

    async def note_late(self, note: Note) -> None:
        """Keep *note* now, or as soon as that is possible."""
        self._late.append(note)
        await self.catch_up()

    async def event(self, event: str, **facts: Any) -> None:
        """Keep what happened to the guard itself, now or as soon as that is possible."""
        self._late.append((event, facts))
        await self.catch_up()

    async def catch_up(self) -> bool:
        """Write what waits in memory; False while that is not possible."""
        async with self._catching_up:
            while self._late:
                try:
                    await self._write(self._late[0])
                except RecordsError:
                    return False
                self._late.popleft()
        return True

    async def call(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run *work* in one transaction. Raises RecordsError."""
        try:
            answer = await self.database.call(work)
        except RecordsError as error:
            self.problem = error
            raise
        self.problem = None
        return answer

    async def _write(self, what: Note | tuple[str, dict[str, Any]]) -> None:
        if isinstance(what, Note):
            await self.call(lambda connection: self._keep(connection, what))
            self.news.set()
        else:
            event, facts = what
            await self.call(lambda connection: journal.append(connection, event, **facts))

    def _keep(self, connection: sqlite3.Connection, note: Note) -> None:
        entry = journal.append(connection, note.event, **note.facts_to_keep())
        row = JobRow(note.job, note.stage, note.finding, note.reason, entry.seq)
        store.put_job(connection, row)
        if self.reporting:
            outbox.put(connection, self._report(note, entry))

    def _report(self, note: Note, entry: journal.Entry) -> Report:
        verdict = note.verdict or {}
        return Report(
            guard=self.guard,
            sequence=0,  # the outbox counts
            at=entry.body["at"],
            event=note.event,
            job=note.job,
            verdict=verdict.get("verdict"),
            weapon_score=verdict.get("weapon_score"),
            reason=note.reason,
            action=note.action,
            verified=note.verified,
            bundle=_name(verdict, "model"),
            policy=_name(verdict, "policy"),
            chain=entry.hash,
        )


def _name(verdict: dict[str, Any], part: str) -> str | None:
    table = verdict.get(part)
    return str(table["name"]) if table else None
