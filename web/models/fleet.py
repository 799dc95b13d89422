"""Guards, their printers, and what is pushed to guards."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from web.models.base import Base, Bytes, Digest, Id, Name, SiteId, Time, Word


class Guard(Base):
    """A guard with its own key. One that enrols again is another row; the old one stays."""

    __tablename__ = "guard"
    __table_args__ = (Index("ix_guard_site_name", "site_id", "name"),)

    id: Mapped[Id]
    site_id: Mapped[SiteId]
    name: Mapped[Name]
    key_hash: Mapped[Digest] = mapped_column(unique=True)
    enrolled_at: Mapped[Time]
    seen_at: Mapped[Time | None]
    revoked_at: Mapped[Time | None]
    version: Mapped[Name] = mapped_column(default="")
    bundle: Mapped[str | None] = mapped_column(String(255))
    policy: Mapped[str | None] = mapped_column(String(255))
    printers: Mapped[list[Printer]] = relationship(back_populates="guard")


class Printer(Base):
    """A printer as its guard names it."""

    __tablename__ = "printer"
    __table_args__ = (UniqueConstraint("guard_id", "name"),)

    id: Mapped[Id]
    site_id: Mapped[SiteId]
    guard_id: Mapped[str] = mapped_column(ForeignKey("guard.id"))
    name: Mapped[Name]
    state: Mapped[Word] = mapped_column(default="unknown")
    seen_at: Mapped[Time]
    guard: Mapped[Guard] = relationship(back_populates="printers")


class Update(Base):
    """A signed policy or model as it was uploaded; guards check the signature, not we."""

    __tablename__ = "fleet_update"
    __table_args__ = (UniqueConstraint("site_id", "kind", "version"),)

    id: Mapped[Id]
    site_id: Mapped[SiteId]
    kind: Mapped[Word]
    version: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[Digest]
    size_bytes: Mapped[int]
    body: Mapped[Bytes] = mapped_column(deferred=True)
    created_by: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[Time]


class Rollout(Base):
    """Which guards are offered an update. The newest rollout of a kind that names a guard holds."""

    __tablename__ = "rollout"

    id: Mapped[Id]
    site_id: Mapped[SiteId]
    kind: Mapped[Word]
    update_id: Mapped[str] = mapped_column(ForeignKey("fleet_update.id"))
    guard_ids: Mapped[list[str] | None] = mapped_column(JSON)
    """None: all guards of the site."""
    created_by: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[Time]
    update: Mapped[Update] = relationship()
