"""Webhooks of a site: made, listed, ended. An address inside this network is refused."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from printer_guard.wire import new_id
from web.actor import Actor
from web.audit.chain import append
from web.auth.secret import new_secret
from web.clock import now
from web.errors import NotFound, NotMeant
from web.models.records import Webhook
from web.webhooks.outbox import EVENTS

PREFIX = "whsec_"
PORTS = {"http": 80, "https": 443}
LONGEST_URL = 2000
MOST_HOOKS = 20


def make(
    session: Session, by: Actor, url: str, events: Sequence[str], *, private: bool
) -> tuple[Webhook, str]:
    """A new webhook and the secret that signs its messages, shown once."""
    if not events or any(event not in EVENTS for event in events):
        raise NotMeant(f"There are the events {', '.join(EVENTS)}.")
    if len(of_site(session, by.site_id)) >= MOST_HOOKS:
        raise NotMeant(f"A site has at most {MOST_HOOKS} webhooks.")
    target(url, private=private)
    row = Webhook(
        id=new_id(),
        site_id=by.site_id,
        url=url,
        secret=new_secret(PREFIX),
        events=sorted(set(events)),
        created_by=by.ref,
        created_at=now(),
    )
    session.add(row)
    append(session, by, "webhook-made", row.id, events=row.events)
    return row, row.secret


def of_site(session: Session, site_id: str) -> list[Webhook]:
    """The webhooks that still get messages."""
    query = select(Webhook).where(Webhook.site_id == site_id, Webhook.ended_at.is_(None))
    return list(session.scalars(query.order_by(Webhook.created_at)))


def end(session: Session, by: Actor, webhook_id: str) -> None:
    """It gets no more messages."""
    row = session.get(Webhook, webhook_id)
    if row is None or row.site_id != by.site_id:
        raise NotFound("There is no such webhook.", event="foreign-id", detail="webhook")
    if row.ended_at is None:
        row.ended_at = now()
        append(session, by, "webhook-ended", row.id)


def target(url: str, *, private: bool) -> str:
    """The numeric address behind *url*. Raises NotMeant for one that nobody outside could mean.

    Looked up once, and that address is connected to: a name cannot change its mind in between.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS[parts.scheme]
        fine = bool(parts.hostname) and not parts.username and len(url) <= LONGEST_URL
    except (KeyError, ValueError):
        fine = False
    if not fine or not url.isascii() or not url.isprintable() or " " in url:
        raise NotMeant("A webhook has an address such as https://example.org/hook.")
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotMeant("The host of this address cannot be found.") from error
    addresses = [str(row[4][0]) for row in found]
    if not private and not all(_public(address) for address in addresses):
        raise NotMeant("This address leads into this network; that is not allowed here.")
    return addresses[0]


def _public(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    return ip.is_global and not ip.is_multicast
