"""What `printwarden demo` left behind -> a console that holds those jobs, as a guard had sent them.

Each ZIP is evidence (docs/evidence.md). A site of its own, no account but the one that the first
link makes, no key that works: nothing of it is of use outside the demonstration.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from printer_guard.wire import new_id
from web.actor import Actor
from web.clock import MINUTE_S, now
from web.db import Database
from web.errors import Refused
from web.evidence import store
from web.evidence.index import Index, read_index
from web.evidence.unpacking import INDEX
from web.models.fleet import Guard, Printer
from web.models.jobs import Job, State
from web.models.people import Site

PACKAGES = "evidence"  # the folder within that of the demo
NAME = "demo"
STATES: Mapping[str, State] = {
    "clear": State.PASSED,
    "review": State.HELD,
    "flagged": State.BLOCKED,
    "unreadable": State.HELD,
}


def fill(database: Database, folder: Path) -> int:
    """Put the jobs of *folder* into the console's first site; how many came in.

    What is there already stays and is not doubled.
    """
    with database.writing() as session:
        site_id = session.scalars(select(Site.id).order_by(Site.created_at).limit(1)).one()
        guard = _guard(session, site_id)
        known = set(session.scalars(select(Job.attempt).where(Job.guard_id == guard.id)))
        count = 0
        for path, parts in _packages(folder / PACKAGES):
            attempt = hashlib.sha256(path.name.encode()).hexdigest()[:32]
            if attempt not in known:
                _add(session, guard, attempt, read_index(parts[INDEX]), parts, count)
                count += 1
    return count


def _packages(folder: Path) -> Iterator[tuple[Path, dict[str, bytes]]]:
    for path in sorted(folder.glob("*.zip")):
        try:
            yield path, store.read(path.read_bytes())
        except Refused as error:
            raise ValueError(f"{path}: {error.message}") from error


def _guard(session: Session, site_id: str) -> Guard:
    query = select(Guard).where(Guard.site_id == site_id, Guard.name == NAME)
    guard = session.scalar(query)
    if guard is None:
        guard = Guard(
            id=new_id(),
            site_id=site_id,
            name=NAME,
            key_hash=hashlib.sha256(new_id().encode()).hexdigest(),  # of a key that nobody has
            enrolled_at=now(),
            seen_at=now(),
        )
        session.add(guard)
        session.flush()
        printer = Printer(
            site_id=site_id, guard_id=guard.id, name=NAME, state="waiting", seen_at=now()
        )
        session.add(printer)
    return guard


def _add(
    session: Session,
    guard: Guard,
    attempt: str,
    index: Index,
    parts: Mapping[str, bytes],
    place: int,
) -> None:
    record, at = index.record, now() - place * MINUTE_S
    state = STATES.get(record.verdict, State.HELD)
    job = Job(
        id=new_id(),
        site_id=guard.site_id,
        guard_id=guard.id,
        attempt=attempt,
        printer=NAME,
        name=record.job,
        route="file",
        sha256=record.sha256,
        state=state,
        verdict=record.verdict,
        weapon_score=record.weapon_score,
        reason=record.reason,
        action="release" if state is State.PASSED else "hold",
        bundle=record.model.name,
        policy=record.policy.name,
        at=at,
        changed_at=at,
        last_sequence=place + 1,
    )
    session.add(job)
    session.flush()
    if state is not State.PASSED:  # of what was let pass nothing but numbers leaves a guard
        store.put(session, Actor(guard.site_id, f"guard:{guard.id}", NAME), job, parts)
