"""Sites, the people of a site, how they sign in, and the keys of programs."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import JSON, BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from web.models.base import Base, Bytes, Digest, Id, LongText, Name, SiteId, Time, Word


class Role(StrEnum):
    """What a person may do; each may all that those before it may."""

    VIEWER = "viewer"
    REVIEWER = "reviewer"
    ADMINISTRATOR = "administrator"

    def covers(self, other: Role) -> bool:
        """Whether who has this role may do what *other* may."""
        order = list(Role)
        return order.index(self) >= order.index(other)


class Site(Base):
    """A makerspace, a farm, a library: nothing of one is ever shown to another."""

    __tablename__ = "site"

    id: Mapped[Id]
    name: Mapped[Name]
    created_at: Mapped[Time]
    two_persons: Mapped[bool] = mapped_column(default=False)
    """A flagged job is released by two people, never by one."""


class User(Base):
    """A person. The audit log knows the id only, so that a name can be erased."""

    __tablename__ = "user_account"

    id: Mapped[Id]
    site_id: Mapped[SiteId]
    login: Mapped[Name] = mapped_column(unique=True)
    name: Mapped[Name]
    role: Mapped[Word]
    password_hash: Mapped[LongText | None]
    totp_secret: Mapped[str | None] = mapped_column(String(64))
    totp_step: Mapped[int] = mapped_column(default=0)
    """The last time step whose code was used: a code counts once."""
    oidc_subject: Mapped[str | None] = mapped_column(String(255), unique=True)
    language: Mapped[str | None] = mapped_column(String(8))
    """Of pages; what the browser prefers unless chosen."""
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[Time]
    site: Mapped[Site] = relationship()

    def may(self, role: Role) -> bool:
        """Whether this person may do what *role* may."""
        return self.active and Role(self.role).covers(role)


class Passkey(Base):
    """A key of a person's authenticator: its public half, and how often it was used."""

    __tablename__ = "passkey"

    id: Mapped[Id]
    user_id: Mapped[str] = mapped_column(ForeignKey("user_account.id"), index=True)
    credential_id: Mapped[str] = mapped_column(String(1400), unique=True)
    """In base64url; at most 1023 bytes, says the standard."""
    public_key: Mapped[Bytes]
    sign_count: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[Name]
    created_at: Mapped[Time]
    used_at: Mapped[Time | None]


class SignIn(Base):
    """One sign-in of a person, from its start to its end; the cookie holds its secret."""

    __tablename__ = "sign_in"

    id: Mapped[Id]
    user_id: Mapped[str] = mapped_column(ForeignKey("user_account.id"), index=True)
    secret_hash: Mapped[Digest] = mapped_column(unique=True)
    created_at: Mapped[Time]
    seen_at: Mapped[Time]
    confirmed_at: Mapped[Time]
    """When the person last showed the password or a code."""
    ended_at: Mapped[Time | None]
    address: Mapped[str] = mapped_column(String(64))
    agent: Mapped[Name]
    user: Mapped[User] = relationship()


class Purpose(StrEnum):
    """What a one-time token is good for."""

    FIRST_ADMINISTRATOR = "first-administrator"
    INVITATION = "invitation"
    PASSWORD = "password"
    PASSKEY = "passkey"
    GUARD = "guard"


class OneTime(Base):
    """A secret that works once and not for long; only its hash is kept."""

    __tablename__ = "one_time"

    id: Mapped[Id]
    site_id: Mapped[SiteId]
    purpose: Mapped[Word]
    subject: Mapped[Name]
    """The guard's name, the invited person's role, or the id of whose password or passkey it is."""
    secret_hash: Mapped[Digest] = mapped_column(unique=True)
    created_by: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[Time]
    expires_at: Mapped[Time]
    used_at: Mapped[Time | None]


class ApiKey(Base):
    """The key of a program."""

    __tablename__ = "api_key"
    __table_args__ = (UniqueConstraint("site_id", "name"),)

    id: Mapped[Id]
    site_id: Mapped[SiteId]
    name: Mapped[Name]
    secret_hash: Mapped[Digest] = mapped_column(unique=True)
    scopes: Mapped[list[str]] = mapped_column(JSON)
    created_by: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[Time]
    used_at: Mapped[Time | None]
    revoked_at: Mapped[Time | None]
    site: Mapped[Site] = relationship()
