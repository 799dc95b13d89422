"""Write the audit log: each site has a chain of hashes, and a line is never changed.

    hash of line n = SHA-256(0x00 | hash of line n - 1 | length of the body, 8 bytes | body)

The hash before the first line is 32 zero bytes. A body is canonical JSON (keys in order, no spaces)
and holds no name of a person: ids that the other tables can forget. `verify.py` reads the chain
and shares no code with this file.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from web.actor import Actor
from web.clock import now
from web.models.records import AuditLine, ChainHead

START = "0" * 64
LONGEST_DETAIL = 500


def append(
    session: Session, actor: Actor, event: str, subject: str = "", **details: Any
) -> AuditLine:
    """Add a line to the chain of the actor's site, in the caller's transaction."""
    head = _head(session, actor.site_id)
    at = now()
    body = json.dumps(
        {
            "site": actor.site_id,
            "sequence": head.sequence + 1,
            "at": at,
            "actor": actor.ref,
            "event": event,
            "subject": subject,
            "details": {key: _short(value) for key, value in details.items()},
        },
        sort_keys=True,
        separators=(",", ":"),
        allow_nan=False,
    )
    head.sequence += 1
    head.hash = link(head.hash, body)
    line = AuditLine(
        site_id=actor.site_id, sequence=head.sequence, at=at, body=body, hash=head.hash
    )
    session.add(line)
    session.flush()
    return line


def link(previous: str, body: str) -> str:
    """The hash of a line from the one before it."""
    data = body.encode()
    framed = b"\0" + bytes.fromhex(previous) + len(data).to_bytes(8, "big") + data
    return hashlib.sha256(framed).hexdigest()


def sealed(salt: str, text: str) -> str:
    """A digest that proves *text* to whoever still has the salt, and tells nobody else."""
    return hashlib.sha256(f"{salt}\0{text}".encode()).hexdigest()


def _head(session: Session, site_id: str) -> ChainHead:
    """The site's last link, locked: writers of one chain take turns."""
    query = select(ChainHead).where(ChainHead.site_id == site_id).with_for_update()
    head = session.scalar(query)
    if head is None:
        head = ChainHead(site_id=site_id, sequence=0, hash=START)
        session.add(head)
        session.flush()
    return head


def _short(value: Any) -> Any:
    return value[:LONGEST_DETAIL] if isinstance(value, str) else value
