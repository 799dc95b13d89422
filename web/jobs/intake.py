"""Reports of a guard -> rows, each once: what was answered with `stored` is on the disk.

A report is known by (guard, sequence). The same words again are `repeated`; other words under a
used number, another guard's name, or what is not of the schema are `refused`, each for good.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from printer_guard.wire import SCHEMA, Report, WireError, from_mapping, new_id, to_json
from web.actor import Actor
from web.audit.chain import append
from web.clock import now
from web.events import announce
from web.jobs import progress
from web.models.fleet import Guard
from web.models.jobs import GuardReport

MOST = 100
LARGEST_SEQUENCE = 2**53
LATEST_S = 32503680000.0  # the year 3000
ATTEMPT = re.compile(r"[A-Za-z0-9._~-]{1,255}", re.ASCII)  # it stands in addresses


class Outcome(StrEnum):
    """What became of a report."""

    STORED = "stored"
    REPEATED = "repeated"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Result:
    """The answer to one report."""

    sequence: int | None
    outcome: Outcome
    why: str = ""


class _Unwanted(Exception):
    """A report that is refused; the words are for the guard's log."""


def take(session: Session, guard: Guard, bodies: Sequence[Mapping[str, Any]]) -> list[Result]:
    """Take *bodies*, in order, in the caller's transaction."""
    who = Actor(guard.site_id, f"guard:{guard.id}", guard.name)
    results = [_take_one(session, who, guard, body) for body in bodies]
    if any(result.outcome is Outcome.STORED for result in results):
        announce(session, f"site:{guard.site_id}")
    return results


def _take_one(session: Session, who: Actor, guard: Guard, body: Mapping[str, Any]) -> Result:
    claimed = body.get("sequence")
    sequence = claimed if isinstance(claimed, int) and not isinstance(claimed, bool) else None
    try:
        report = _read(guard, body)
        if _is_known(session, guard, report):
            return Result(report.sequence, Outcome.REPEATED)
        with session.begin_nested():
            _store(session, who, guard, report)
    except (_Unwanted, progress.Impossible) as error:
        append(session, who, "report-refused", guard.id, sequence=sequence, why=str(error))
        return Result(sequence, Outcome.REFUSED, str(error))
    return Result(report.sequence, Outcome.STORED)


def _read(guard: Guard, body: Mapping[str, Any]) -> Report:
    """The report in *body*. Raises _Unwanted for what nobody could mean."""
    fields = dict(body)
    if fields.pop("schema", SCHEMA) != SCHEMA or fields.pop("kind", "report") != "report":
        raise _Unwanted(f"not a report of {SCHEMA}")
    try:
        report = from_mapping(Report, fields)
    except (WireError, RecursionError) as error:
        raise _Unwanted(str(error)) from error
    if report.guard != guard.name:
        raise _Unwanted(f"it speaks for {report.guard!r:.80}, but the key is {guard.name!r}'s")
    if not 0 < report.sequence <= LARGEST_SEQUENCE:
        raise _Unwanted("a sequence counts from 1")
    if not (math.isfinite(report.at) and 0 < report.at < LATEST_S):
        raise _Unwanted("its time is none")
    score = report.weapon_score
    if score is not None and not 0 <= score <= 1:
        raise _Unwanted("a score is from 0 to 1")
    if not ATTEMPT.fullmatch(report.job.id):
        raise _Unwanted("the id of the job is none")
    return report


def _is_known(session: Session, guard: Guard, report: Report) -> bool:
    """Whether the same words came before. Raises _Unwanted when other words did."""
    query = select(GuardReport.digest).where(
        GuardReport.guard_id == guard.id, GuardReport.sequence == report.sequence
    )
    known = session.scalar(query)
    if known is not None and known != _digest(report):
        raise _Unwanted(f"sequence {report.sequence} was used for other words")
    return known is not None


def _store(session: Session, who: Actor, guard: Guard, report: Report) -> None:
    job = progress.follow(session, guard, report)
    session.flush()  # the job before what refers to it
    session.add(
        GuardReport(
            id=new_id(),
            guard_id=guard.id,
            sequence=report.sequence,
            job_id=job.id,
            at=report.at,
            received_at=now(),
            event=progress.word(report.event),
            digest=_digest(report),
            body=to_json(report).replace("\\u0000", " "),
        )
    )
    append(
        session,
        who,
        "reported",
        job.id,
        sequence=report.sequence,
        digest=_digest(report),
        sha256=job.sha256,
        verdict=job.verdict,
        action=job.action,
        state=job.state,
    )
    progress.consequences(session, job, report)


def _digest(report: Report) -> str:
    return hashlib.sha256(to_json(report).encode()).hexdigest()
