"""What others are told: written with the change itself, so that a crash loses neither or both."""

from __future__ import annotations

import json
from collections.abc import Mapping

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from printer_guard.wire import new_id
from web.clock import now
from web.events import announce
from web.models.records import Delivery, Webhook

EVENTS: Mapping[str, str] = {
    "job.held": "a job was held or blocked",
    "job.decided": "somebody decided, or began to",
    "update.offered": "a policy or a model was offered to guards",
}
NOTIFIED = ("job.held",)
TOPIC = "outbox"


def tell(session: Session, site_id: str, event: str, **facts: object) -> None:
    """Queue *event* for every webhook of the site that wants it, and for people by Apprise.

    Facts are ids and words of ours: no name from outside leaves the console this way.
    """
    hooks = session.execute(
        select(Webhook.id, Webhook.events).where(
            Webhook.site_id == site_id, Webhook.ended_at.is_(None)
        )
    )
    targets: list[str | None] = [hook_id for hook_id, events in hooks if event in events]
    if event in NOTIFIED and current_app.config["PRINTWARDEN"].notify:
        targets.append(None)
    body = json.dumps({"type": event, "timestamp": now(), "data": facts}, sort_keys=True)
    for target in targets:
        session.add(
            Delivery(
                id=new_id(),
                site_id=site_id,
                webhook_id=target,
                event=event,
                body=body,
                created_at=now(),
                due_at=now(),
            )
        )
    if targets:
        announce(session, TOPIC)
