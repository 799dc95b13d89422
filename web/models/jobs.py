"""Jobs as guards report them, each report, and the evidence of held jobs. Never a job's bytes."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from web.models.base import Base, Bytes, Digest, Id, LongText, Name, SiteId, Time, Word
from web.models.fleet import Guard


class State(StrEnum):
    """Where a job stands for the people of the console."""

    JUDGING = "judging"  # the guard has not said yet what becomes of it
    HELD = "held"  # waits for a person
    BLOCKED = "blocked"  # was refused or halted, and nobody has looked yet
    SECOND = "second"  # one of two persons has agreed
    ASKED = "asked"  # the owner or submitter was asked
    RELEASED = "released"
    DENIED = "denied"
    PASSED = "passed"  # the guard let it pass at once


OPEN = (State.HELD, State.BLOCKED, State.SECOND, State.ASKED)
"""The states in which a person can still decide."""


class Job(Base):
    """One attempt to print some bytes on one printer."""

    __tablename__ = "job"
    __table_args__ = (
        UniqueConstraint("guard_id", "attempt"),
        # The queue: newest first, in some states, and the same by printer or verdict.
        Index("ix_job_newest", "site_id", "at", "id"),
        Index("ix_job_state", "site_id", "state", "at", "id"),
        Index("ix_job_verdict", "site_id", "verdict", "at", "id"),
        Index("ix_job_printer", "site_id", "printer", "at", "id"),
        # What was decided about the same bytes, or under the same name; counts beside filters.
        Index("ix_job_digest", "site_id", "sha256", "at"),
        Index("ix_job_name", "site_id", "name", "at"),
        Index("ix_job_counts", "site_id", "state", "verdict"),
    )

    id: Mapped[Id]
    site_id: Mapped[SiteId]
    guard_id: Mapped[str] = mapped_column(ForeignKey("guard.id"))
    attempt: Mapped[Name]
    """The guard's id of this attempt: unique within that guard only."""
    printer: Mapped[Name]
    name: Mapped[Name]
    submitter: Mapped[str | None] = mapped_column(String(255))
    route: Mapped[Word]
    sha256: Mapped[str | None] = mapped_column(String(64))
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    state: Mapped[Word]
    verdict: Mapped[str | None] = mapped_column(String(32))
    weapon_score: Mapped[float | None]
    reason: Mapped[LongText] = mapped_column(default="")
    action: Mapped[str | None] = mapped_column(String(32))
    verified: Mapped[bool | None]
    bundle: Mapped[str | None] = mapped_column(String(255))
    policy: Mapped[str | None] = mapped_column(String(255))
    at: Mapped[Time]
    """When the console first heard of it."""
    changed_at: Mapped[Time]
    last_sequence: Mapped[int] = mapped_column(BigInteger)
    decided_at: Mapped[Time | None]
    guard: Mapped[Guard] = relationship()

    @property
    def open(self) -> bool:
        """Whether a person can still decide."""
        return self.state in OPEN


class GuardReport(Base):
    """One report of a guard, as it came."""

    __tablename__ = "guard_report"
    __table_args__ = (UniqueConstraint("guard_id", "sequence"),)

    id: Mapped[Id]
    guard_id: Mapped[str] = mapped_column(ForeignKey("guard.id"))
    sequence: Mapped[int] = mapped_column(BigInteger)
    job_id: Mapped[str] = mapped_column(ForeignKey("job.id"), index=True)
    at: Mapped[Time]
    received_at: Mapped[Time]
    event: Mapped[Name]
    digest: Mapped[Digest]
    body: Mapped[LongText]


class EvidencePart(Base):
    """One picture or file that was drawn of a held job."""

    __tablename__ = "evidence_part"

    job_id: Mapped[str] = mapped_column(ForeignKey("job.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    media_type: Mapped[str] = mapped_column(String(64))
    size_bytes: Mapped[int]
    sha256: Mapped[Digest]
    stored_at: Mapped[Time]
    body: Mapped[Bytes] = mapped_column(deferred=True)
