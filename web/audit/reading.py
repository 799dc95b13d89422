"""Read the audit log: a page of it, an export, and the chain for who wants proof."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from web.audit.verify import Finding, Link, verify
from web.models.records import AuditLine

AT_ONCE = 1000
COLUMNS = ("sequence", "at", "actor", "event", "subject", "details", "hash")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def lines(
    session: Session, site_id: str, *, before: int | None = None, count: int = 100, event: str = ""
) -> list[AuditLine]:
    """The newest lines first. before: only those of a lower sequence."""
    query = select(AuditLine).where(AuditLine.site_id == site_id)
    if before is not None:
        query = query.where(AuditLine.sequence < before)
    if event:
        # Bodies are canonical, so that this finds the event and nothing that merely speaks of it.
        query = query.where(
            AuditLine.body.contains(f',"event":{json.dumps(event)},"', autoescape=True)
        )
    return list(session.scalars(query.order_by(AuditLine.sequence.desc()).limit(count)))


def links(session: Session, site_id: str) -> Iterator[Link]:
    """The whole chain in order, a thousand lines at a time."""
    last = 0
    while rows := session.execute(_after(site_id, last)).all():
        for sequence, body, digest in rows:
            yield Link(sequence, body, digest)
        last = rows[-1][0]


def sites(session: Session) -> list[str]:
    """The sites that have a chain."""
    return list(session.scalars(select(AuditLine.site_id).distinct().order_by(AuditLine.site_id)))


def heads(session: Session) -> dict[str, dict[str, Any]]:
    """The last record of each site: what a witness notes."""
    found = {}
    for site_id in sites(session):
        (last,) = lines(session, site_id, count=1)
        found[site_id] = {"sequence": last.sequence, "hash": last.hash}
    return found


def check(session: Session, site_id: str, witnesses: dict[int, str] | None = None) -> Finding:
    """What the chain of a site is worth."""
    return verify(links(session, site_id), witnesses, site=site_id)


def as_json_lines(chain: Iterator[Link]) -> Iterator[str]:
    """One record a line, as `printwarden audit verify FILE` reads it."""
    for link in chain:
        yield json.dumps(link._asdict(), sort_keys=True) + "\n"


def from_json_lines(text: Iterator[str]) -> Iterator[Link]:
    """The records of an export. Raises ValueError for what is none."""
    for line in text:
        try:
            yield Link(**json.loads(line))
        except (TypeError, ValueError) as error:
            raise ValueError(f"no record of an audit log: {line[:60]!r}") from error


def as_csv(chain: Iterator[Link]) -> Iterator[str]:
    """For a spreadsheet; a cell that would be taken for a formula is quoted."""
    yield _row(COLUMNS)
    for link in chain:
        told: dict[str, Any] = json.loads(link.body)
        told["details"] = json.dumps(told["details"], sort_keys=True)
        yield _row(told.get(name, link.hash if name == "hash" else "") for name in COLUMNS)


def _row(cells: Any) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(_cell(cell) for cell in cells)
    return text.getvalue()


def _cell(value: object) -> str:
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _after(site_id: str, sequence: int) -> Any:
    return (
        select(AuditLine.sequence, AuditLine.body, AuditLine.hash)
        .where(AuditLine.site_id == site_id, AuditLine.sequence > sequence)
        .order_by(AuditLine.sequence)
        .limit(AT_ONCE)
    )
