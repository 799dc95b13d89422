"""Reviewed jobs as a labelled set: what people decided, one JSON object a line, pictures included.

The job itself is on its guard; `sha256` finds it there. What was released although a machine
doubted it is a false alarm, and the next hard negative.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from web.decisions.rules import overrules
from web.models.decisions import Choice, Ruling
from web.models.jobs import EvidencePart, Job, State

SCHEMA = "printwarden.reviewed/1"
AT_ONCE = 200
DECIDED = (State.RELEASED, State.DENIED)


def lines(session: Session, site_id: str, *, pictures: bool) -> Iterator[str]:
    """One line a job that a person decided, the oldest first."""
    last: tuple[float, str] = (0.0, "")
    while rows := _after(session, site_id, last):
        for job in rows:
            yield json.dumps(_told(session, job, pictures=pictures), sort_keys=True) + "\n"
        last = (rows[-1].at, rows[-1].id)


def _after(session: Session, site_id: str, last: tuple[float, str]) -> list[Job]:
    at, job_id = last
    query = select(Job).where(Job.site_id == site_id, Job.state.in_(DECIDED))
    query = query.where((Job.at > at) | ((Job.at == at) & (Job.id > job_id)))
    return list(session.scalars(query.order_by(Job.at, Job.id).limit(AT_ONCE)))


def _told(session: Session, job: Job, *, pictures: bool) -> dict[str, Any]:
    query = select(Ruling).where(Ruling.job_id == job.id).order_by(Ruling.at.desc()).limit(1)
    ruling = session.scalar(query)
    overruled = ruling is not None and overrules(Choice(ruling.choice), job.verdict)
    return {
        "schema": SCHEMA,
        "sha256": job.sha256,
        "verdict": job.verdict,
        "weapon_score": job.weapon_score,
        "bundle": job.bundle,
        "decided": job.state,
        "choice": ruling.choice if ruling else None,
        "false_alarm": job.state == State.RELEASED and job.verdict in ("review", "flagged"),
        "overruled": overruled,
        "pictures": _pictures(session, job) if pictures else {},
    }


def _pictures(session: Session, job: Job) -> dict[str, str]:
    """Name -> WebP in base64."""
    query = select(EvidencePart.name, EvidencePart.body).where(
        EvidencePart.job_id == job.id, EvidencePart.name.startswith("object-")
    )
    return {name: base64.b64encode(body).decode() for name, body in session.execute(query)}
