"""What people decided, what stands from then on, and what was said about a job."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from web.models.base import Base, Digest, Id, LongText, Name, SiteId, Time, Word
from web.models.jobs import Job


class Choice(StrEnum):
    """What a person can choose for a job."""

    APPROVE_ONCE = "approve-once"
    APPROVE_FILE = "approve-file"
    PERMIT = "permit"
    DENY = "deny"
    ASK = "ask-owner"


class Ruling(Base):
    """One choice of one person (or the rule that stood) about one job."""

    __tablename__ = "ruling"
    __table_args__ = (Index("ix_ruling_guard_receipt", "guard_id", "receipt_at"),)

    id: Mapped[Id]
    site_id: Mapped[SiteId]
    job_id: Mapped[str] = mapped_column(ForeignKey("job.id"), index=True)
    guard_id: Mapped[str] = mapped_column(ForeignKey("guard.id"))
    choice: Mapped[Word]
    wire_choice: Mapped[str | None] = mapped_column(String(32))
    """What the guard is told; None: nothing, as of a question or while a second one is missing."""
    by: Mapped[str] = mapped_column(String(64))
    """`user:ID`, `key:ID` or `standing:ID`."""
    by_name: Mapped[Name]
    why: Mapped[LongText] = mapped_column(default="")
    salt: Mapped[str] = mapped_column(String(32))
    """The log holds SHA-256(salt, why): it proves the words without keeping them for ever."""
    at: Mapped[Time]
    second_of: Mapped[str | None] = mapped_column(String(32))
    """The ruling of the first person, when this one agrees to it."""
    receipt_at: Mapped[Time | None]
    applied: Mapped[bool | None]
    receipt: Mapped[LongText] = mapped_column(default="")
    job: Mapped[Job] = relationship()


class Standing(Base):
    """What holds from now on: an approved file, or a permit for a person until a day."""

    __tablename__ = "standing"
    __table_args__ = (Index("ix_standing_site_digest", "site_id", "sha256"),)

    id: Mapped[Id]
    site_id: Mapped[SiteId]
    choice: Mapped[Word]
    sha256: Mapped[Digest | None]
    """The bytes it holds for; None: whatever the holder sends that was not flagged."""
    holder: Mapped[Name] = mapped_column(default="")
    what: Mapped[Name] = mapped_column(default="")
    until: Mapped[Time | None]
    why: Mapped[LongText] = mapped_column(default="")
    by: Mapped[str] = mapped_column(String(64))
    by_name: Mapped[Name]
    ruling_id: Mapped[str | None] = mapped_column(String(32))
    created_at: Mapped[Time]
    ended_at: Mapped[Time | None]


class Kind(StrEnum):
    """What a remark is."""

    NOTE = "note"
    QUESTION = "question"
    APPEAL = "appeal"


class Remark(Base):
    """Something said about a job."""

    __tablename__ = "remark"

    id: Mapped[Id]
    site_id: Mapped[SiteId]
    job_id: Mapped[str] = mapped_column(ForeignKey("job.id"), index=True)
    kind: Mapped[Word]
    by: Mapped[str] = mapped_column(String(64))
    by_name: Mapped[Name]
    text: Mapped[LongText]
    at: Mapped[Time]
