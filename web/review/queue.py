"""What the queue shows besides jobs: their pictures, how many, and how it usually ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from flask import url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from web.models.decisions import Ruling
from web.models.jobs import EvidencePart, Job, State

THUMB = "thumb.webp"
LATELY = 200
MOSTLY = 0.8


class Row(NamedTuple):
    """thumb: address of a small picture, None without one."""

    job: Job
    thumb: str | None


class BaseRate(NamedTuple):
    """How the last decisions went: what is held is innocent more often than not."""

    decided: int
    released: int

    @property
    def mostly_innocent(self) -> bool:
        """Whether to say so."""
        return self.decided > 0 and self.released / self.decided >= MOSTLY


def rows(session: Session, jobs: Sequence[Job]) -> list[Row]:
    """*jobs* with their pictures."""
    query = select(EvidencePart.job_id).where(
        EvidencePart.job_id.in_([job.id for job in jobs]), EvidencePart.name == THUMB
    )
    drawn = set(session.scalars(query))
    return [
        Row(job, url_for("evidence.part", job_id=job.id, name=THUMB) if job.id in drawn else None)
        for job in jobs
    ]


def base_rate(session: Session, site_id: str) -> BaseRate:
    """The last jobs that people decided, standing approvals left out."""
    lately = (
        select(Job.state)
        .join(Ruling, Ruling.job_id == Job.id)
        .where(Ruling.site_id == site_id, Ruling.by.startswith("user:"))
        .where(Job.state.in_((State.RELEASED, State.DENIED)))
        .order_by(Ruling.at.desc())
        .limit(LATELY)
        .subquery()
    )
    query = select(lately.c.state, func.count()).group_by(lately.c.state)
    counts: dict[str, int] = {key: count for key, count in session.execute(query)}  # noqa: C416 (rows are typed)
    return BaseRate(sum(counts.values()), counts.get(State.RELEASED, 0))
