"""Send what waits in the outbox: webhooks, signed, and notifications by Apprise.

Signed as the Standard Webhooks specification says (standardwebhooks.com): HMAC-SHA256 over id, time
and body. What fails is tried again, ever later, for about a day; the same id counts once.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import apprise
import requests
from requests.adapters import HTTPAdapter
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from web.clock import now
from web.db import Database
from web.errors import Refused
from web.models.records import Delivery, Webhook
from web.settings import Settings
from web.webhooks.service import PREFIX, target

log = logging.getLogger(__name__)
TIMEOUT_S = 5
FIRST_PAUSE_S, LONGEST_PAUSE_S = 10.0, 3600.0
MOST_TRIES = 30
AT_ONCE = 50
WORDS = {
    "job.held": "A print job waits for a decision in the review console.",
}


class PinnedHost(HTTPAdapter):
    """Connects to an address that was checked, under the name that the certificate has."""

    def __init__(self, host: str) -> None:
        self.host = host
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        """Let TLS ask for the name, though the address is numeric."""
        more |= {"server_hostname": self.host, "assert_hostname": self.host}
        super().init_poolmanager(*args, **more)


def send_due(database: Database, settings: Settings) -> int:
    """Send what is due; how many were tried. Only one thread of one process may do so."""
    with database.session() as session:
        rows = _due(session)
    for row in rows:
        answer, done = _send(row, settings)
        with database.writing() as session:
            _note(session.get_one(Delivery, row.id), answer, done=done)
    return len(rows)


def signature(secret: str, message_id: str, at: int, body: str) -> str:
    """What the receiver compares."""
    key = secret.removeprefix(PREFIX).encode()
    signed = f"{message_id}.{at}.{body}".encode()
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def _due(session: Session) -> list[Delivery]:
    query = select(Delivery).where(Delivery.done_at.is_(None), Delivery.due_at <= now())
    query = query.options(joinedload(Delivery.webhook)).order_by(Delivery.due_at).limit(AT_ONCE)
    rows = list(session.scalars(query))
    session.expunge_all()
    return rows


def _send(row: Delivery, settings: Settings) -> tuple[str, bool]:
    """The answer in words, and whether it counts as delivered."""
    if row.webhook is None:
        return _notify(row, settings)
    if row.webhook.ended_at is not None:
        return "the webhook has ended", True
    try:
        return _post(row, row.webhook, settings)
    except (Refused, requests.RequestException, OSError) as error:
        return type(error).__name__, False


def _post(row: Delivery, hook: Webhook, settings: Settings) -> tuple[str, bool]:
    numeric = target(hook.url, private=settings.webhooks_to_private)
    parts = urlsplit(hook.url)
    place = f"[{numeric}]" if ":" in numeric else numeric
    url = urlunsplit(parts._replace(netloc=f"{place}:{parts.port}" if parts.port else place))
    at = int(now())
    headers = {
        "Content-Type": "application/json",
        "Host": parts.netloc,
        "User-Agent": "printwarden",
        "webhook-id": row.id,
        "webhook-timestamp": str(at),
        "webhook-signature": signature(hook.secret, row.id, at, row.body),
    }
    with requests.Session() as client:
        client.trust_env = False  # no proxy of the environment: the address was checked
        if parts.scheme == "https":
            client.mount("https://", PinnedHost(parts.hostname or ""))
        with client.post(
            url,
            data=row.body.encode(),
            headers=headers,
            timeout=TIMEOUT_S,
            allow_redirects=False,
            stream=True,  # what it answers is not read
        ) as answer:
            return f"status {answer.status_code}", 200 <= answer.status_code < 300


def _notify(row: Delivery, settings: Settings) -> tuple[str, bool]:
    channels = apprise.Apprise()
    for url in settings.notify:
        channels.add(url)
    sent = channels.notify(
        title="Printwarden", body=f"{WORDS.get(row.event, row.event)} {settings.public_url}/jobs"
    )
    return ("notified", True) if sent else ("not every channel took it", False)


def _note(row: Delivery, answer: str, *, done: bool) -> None:
    row.tries += 1
    row.answer = answer[:255]
    if done or row.tries >= MOST_TRIES:
        row.done_at = now()
    else:
        row.due_at = now() + min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0**row.tries)
        log.warning("delivery %s: %s; again later", row.id, answer)
