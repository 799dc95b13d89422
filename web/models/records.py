"""The audit log, what is to be delivered to others, and scans by hand."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from web.models.base import Base, Digest, Id, LongText, Name, SiteId, Time, Word


class AuditLine(Base):
    """One link of a site's chain; triggers refuse every change. See audit/chain.py."""

    __tablename__ = "audit_line"
    __table_args__ = (Index("ix_audit_line_site_at", "site_id", "at"),)

    site_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[Time]
    body: Mapped[LongText]
    """Canonical JSON: at, actor, event, subject and what belongs to the event."""
    hash: Mapped[Digest]


class ChainHead(Base):
    """The last link of a site's chain, so that writers take turns."""

    __tablename__ = "chain_head"

    site_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    sequence: Mapped[int]
    hash: Mapped[Digest]


class Webhook(Base):
    """An address that is told of events, with the secret that signs what it is told."""

    __tablename__ = "webhook"

    id: Mapped[Id]
    site_id: Mapped[SiteId]
    url: Mapped[LongText]
    secret: Mapped[str] = mapped_column(String(64))
    events: Mapped[list[str]] = mapped_column(JSON)
    created_by: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[Time]
    ended_at: Mapped[Time | None]


class Delivery(Base):
    """A message that still has to go out, or went; written together with what it tells of."""

    __tablename__ = "delivery"
    __table_args__ = (Index("ix_delivery_due", "done_at", "due_at"),)

    id: Mapped[Id]
    site_id: Mapped[SiteId]
    webhook_id: Mapped[str | None] = mapped_column(ForeignKey("webhook.id"))
    """None: a notification by Apprise."""
    event: Mapped[Word]
    body: Mapped[LongText]
    created_at: Mapped[Time]
    due_at: Mapped[Time]
    tries: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[Time | None]
    answer: Mapped[Name] = mapped_column(default="")
    webhook: Mapped[Webhook | None] = relationship()


class Scan(Base):
    """A file that somebody gave to be judged by hand: the verdict, never the file."""

    __tablename__ = "scan"

    id: Mapped[Id]
    site_id: Mapped[SiteId]
    name: Mapped[Name]
    by: Mapped[str] = mapped_column(String(64))
    at: Mapped[Time]
    verdict: Mapped[Word]
    record: Mapped[dict[str, Any]] = mapped_column(JSON)
