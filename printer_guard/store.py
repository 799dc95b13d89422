"""What a guard must know again after a restart: jobs, verdicts, releases and stops.

Functions over an open transaction, so that a caller changes several things in one.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from printer_guard.wire import Decision, Job, from_json, to_json


class Stage(StrEnum):
    """How far a job has come; the last four are the ends of a life."""

    OFFERED = "offered"  # waits, and is being judged
    HELD = "held"  # waits for a person
    RELEASED = "released"  # may start
    PRINTING = "printing"
    STOPPING = "stopping"  # told to stop, not yet seen to
    PAUSED = "paused"  # stopped, can be resumed
    REFUSED = "refused"
    CANCELLED = "cancelled"  # by the guard, or for it
    ENDED = "ended"
    GONE = "gone"  # the guard was away when it ended


OVER = frozenset({Stage.REFUSED, Stage.CANCELLED, Stage.ENDED, Stage.GONE})


@dataclass(frozen=True, slots=True)
class JobRow:
    """The last that is known of one job. seq: of the journal's entry that said so."""

    job: Job
    stage: Stage
    finding: str | None
    reason: str
    seq: int


class Release(NamedTuple):
    """An owner's word for some bytes on one printer, or for one attempt."""

    id: str
    printer: str
    sha256: str | None
    job: str
    who: str
    why: str


def put_job(connection: sqlite3.Connection, row: JobRow) -> None:
    """Keep *row* in place of what was known of its job."""
    connection.execute(
        "INSERT OR REPLACE INTO jobs VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            row.job.id,
            row.job.printer,
            to_json(row.job),
            row.stage,
            row.finding,
            row.reason,
            row.seq,
        ),
    )


def find_job(connection: sqlite3.Connection, job_id: str) -> JobRow | None:
    """What is known of the job *job_id*, given whole or by its first digits if they suffice."""
    pattern = job_id.replace("%", "").replace("_", "") + "%"
    rows = connection.execute(f"{JOB_ROW} WHERE id LIKE ? LIMIT 2", (pattern,)).fetchall()
    return _job_row(rows[0]) if len(rows) == 1 else None


def open_jobs(connection: sqlite3.Connection, printer: str | None = None) -> list[JobRow]:
    """Jobs whose life is not over, oldest first; of one printer, or of all."""
    over = ",".join(f"'{stage}'" for stage in sorted(OVER))
    query = f"{JOB_ROW} WHERE stage NOT IN ({over}) AND (? IS NULL OR printer = ?) ORDER BY seq"
    return [_job_row(row) for row in connection.execute(query, (printer, printer))]


def last_jobs(connection: sqlite3.Connection, count: int) -> list[JobRow]:
    """The *count* jobs that something happened to last, newest first."""
    rows = connection.execute(f"{JOB_ROW} ORDER BY seq DESC LIMIT ?", (count,))
    return [_job_row(row) for row in rows]


JOB_ROW = "SELECT body, stage, finding, reason, seq FROM jobs"


def _job_row(row: tuple[str, str, str | None, str, int]) -> JobRow:
    body, stage, finding, reason, seq = row
    return JobRow(from_json(Job, body), Stage(stage), finding, reason, seq)


def put_verdict(
    connection: sqlite3.Connection, sha256: str, judge: str, record: dict[str, Any]
) -> None:
    """Remember what *judge* said of the bytes *sha256*."""
    row = (sha256, judge, json.dumps(record, allow_nan=False))
    connection.execute("INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?)", row)


def find_verdict(connection: sqlite3.Connection, sha256: str, judge: str) -> dict[str, Any] | None:
    """What *judge* said of the bytes *sha256*, if it was asked."""
    query = "SELECT record FROM verdicts WHERE sha256 = ? AND judge = ?"
    row = connection.execute(query, (sha256, judge)).fetchone()
    return dict(json.loads(row[0])) if row else None


def put_release(connection: sqlite3.Connection, decision: Decision) -> bool:
    """Keep an owner's release; False when it was kept before."""
    row = Release(
        decision.id, decision.printer, decision.sha256, decision.job_id, decision.by, decision.why
    )
    done = connection.execute("INSERT OR IGNORE INTO releases VALUES (?, ?, ?, ?, ?, ?)", row)
    return done.rowcount == 1


def find_release(connection: sqlite3.Connection, job: Job) -> Release | None:
    """The owner's word that holds for *job*: for its very bytes on its printer, or itself."""
    query = "SELECT * FROM releases WHERE printer = ? AND (sha256 = ? OR job = ?) LIMIT 1"
    row = connection.execute(query, (job.printer, job.sha256, job.id)).fetchone()
    return Release(*row) if row else None


def claim_stop(connection: sqlite3.Connection, job_id: str, evidence: str) -> bool:
    """True once for each job and evidence: whoever gets it carries the stop out."""
    query = "INSERT OR IGNORE INTO stops (job, evidence) VALUES (?, ?)"
    return connection.execute(query, (job_id, evidence)).rowcount == 1


def verify_stop(connection: sqlite3.Connection, job_id: str) -> None:
    """The printer's own state has shown that *job_id* is stopped."""
    connection.execute("UPDATE stops SET verified = 1 WHERE job = ?", (job_id,))


def is_stop_open(connection: sqlite3.Connection, job_id: str) -> bool:
    """Whether a stop of *job_id* was begun and not seen to succeed."""
    query = "SELECT 1 FROM stops WHERE job = ? AND verified = 0 LIMIT 1"
    return connection.execute(query, (job_id,)).fetchone() is not None


def get_fact(connection: sqlite3.Connection, name: str) -> str | None:
    """The value of the fact *name*."""
    row = connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
    return str(row[0]) if row else None


def put_fact(connection: sqlite3.Connection, name: str, value: str) -> None:
    """Keep the fact *name*."""
    connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))
