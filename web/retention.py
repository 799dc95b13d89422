"""Delete what is kept too long, for good: rows are overwritten, the log of the database is cut.

Never deleted: the audit log, which holds ids and digests only, and jobs that wait for a person.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from web.actor import CONSOLE
from web.audit.chain import append
from web.clock import DAY_S, now
from web.db import Database
from web.models.decisions import Remark, Ruling
from web.models.jobs import EvidencePart, GuardReport, Job, State
from web.models.people import OneTime, SignIn
from web.models.records import Delivery, Scan
from web.settings import Settings

AT_ONCE = 50
PAUSE_S = 0.05  # between batches, so that guards are answered while months are deleted
PASSED = (State.PASSED, State.JUDGING)
DECIDED = (State.RELEASED, State.DENIED)
OF_A_JOB = (EvidencePart, GuardReport, Ruling, Remark)


def purge(database: Database, settings: Settings) -> Mapping[str, int]:
    """Delete what is too old; how much of what. Writers wait for a moment only, batch by batch."""
    counts = {
        "jobs": _jobs(database, settings),
        "evidence": _evidence(database, settings),
        "sign_ins": _old(database, SignIn, SignIn.created_at, settings.keep_sign_ins_days),
        "links": _old(database, OneTime, OneTime.expires_at, settings.keep_sign_ins_days),
        "scans": _old(database, Scan, Scan.at, settings.keep_passed_days),
        "deliveries": _old(database, Delivery, Delivery.done_at, settings.keep_passed_days),
    }
    if any(counts.values()):
        with database.writing() as session:
            append(session, CONSOLE, "purged", counts=counts)
        _cut_log(database)
    return counts


def _jobs(database: Database, settings: Settings) -> int:
    passed = [Job.state.in_(PASSED), Job.changed_at < _before(settings.keep_passed_days)]
    decided = [Job.state.in_(DECIDED), Job.changed_at < _before(settings.keep_decided_days)]
    return sum(_batches(database, conditions) for conditions in (passed, decided))


def _batches(database: Database, conditions: list[Any]) -> int:
    count = 0
    while True:
        with database.writing() as session:
            ids = list(session.scalars(select(Job.id).where(*conditions).limit(AT_ONCE)))
            for table in OF_A_JOB:
                session.execute(delete(table).where(table.job_id.in_(ids)))
            session.execute(delete(Job).where(Job.id.in_(ids)))
        count += len(ids)
        if len(ids) < AT_ONCE:
            return count
        time.sleep(PAUSE_S)


def _evidence(database: Database, settings: Settings) -> int:
    """Pictures of decided jobs; those of a job that waits are needed."""
    before = _before(settings.keep_evidence_days)
    decided = select(Job.id).where(Job.state.in_(DECIDED), Job.changed_at < before)
    with database.writing() as session:
        return _count(session, delete(EvidencePart).where(EvidencePart.job_id.in_(decided)))


def _old(database: Database, table: Any, at: Any, days: float) -> int:
    with database.writing() as session:
        return _count(session, delete(table).where(at < _before(days)))


def _count(session: Session, statement: Any) -> int:
    done: Any = session.execute(statement)
    return int(done.rowcount)


def _before(days: float) -> float:
    return now() - days * DAY_S


def _cut_log(database: Database) -> None:
    """Deleted pages still stand in SQLite's write-ahead log until it is emptied."""
    if database.lite:
        with database.engine.connect() as connection:
            connection.rollback()
            raw: Any = connection.connection.driver_connection
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    else:
        with database.engine.execution_options(
            isolation_level="AUTOCOMMIT"
        ).connect() as connection:
            connection.execute(text("VACUUM job, evidence_part, guard_report"))
