"""Made-up jobs of a made-up site, for tests and load: no bytes, no pictures, the same each time."""

from __future__ import annotations

import hashlib
import random
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from printer_guard.wire import new_id
from web.auth.secret import hashed
from web.clock import MINUTE_S, now
from web.models.fleet import Guard, Printer
from web.models.jobs import Job, State

NAMES = ("cup", "bracket", "vase", "gear", "box", "hook", "clip", "lamp", "tray", "knob")
PEOPLE = ("ann", "ben", "cho", "dee", "eve", None)
ROWS = (  # verdict, state, share of all jobs
    ("clear", State.PASSED, 0.93),
    ("review", State.HELD, 0.01),
    ("review", State.RELEASED, 0.03),
    ("flagged", State.BLOCKED, 0.005),
    ("flagged", State.DENIED, 0.015),
    ("unreadable", State.HELD, 0.01),
)
REASONS = {
    "clear": "The object does not look weapon-shaped (highest score 0.04, review from 0.30)",
    "review": "Object 1 may look handgun-like; not sure (weapon-shape score 0.41)",
    "flagged": "Object 1 looks handgun-like (weapon-shape score 0.93, flagged from 0.80)",
    "unreadable": "The end of the job is missing",
}
SCORES = {"clear": (0.0, 0.2), "review": (0.3, 0.7), "flagged": (0.8, 1.0)}
AT_ONCE = 5000


def guards(
    session: Session, site_id: str, count: int, prefix: str = "guard"
) -> list[tuple[Guard, str]]:
    """Enrolled guards with a printer each, and the keys they hold."""
    made = []
    for number in range(count):
        key = f"pwg_made-up-{site_id}-{prefix}-{number}"
        guard = Guard(
            id=new_id(),
            site_id=site_id,
            name=f"{prefix}-{number}",
            key_hash=hashed(key),
            enrolled_at=now(),
            seen_at=now(),
        )
        session.add(guard)
        session.flush()
        name = f"printer-{number}"
        session.add(Printer(site_id=site_id, guard_id=guard.id, name=name, seen_at=now()))
        made.append((guard, key))
    session.flush()
    return made


def fill(session: Session, site_id: str, jobs: int, *, seed: int = 7) -> None:
    """Add *jobs* jobs, a minute apart, the last one now."""
    dice = random.Random(seed)
    owners = [guard for guard, _ in guards(session, site_id, 20)]
    start = now() - jobs * MINUTE_S
    rows: list[dict[str, Any]] = []
    for number in range(jobs):
        owner = dice.choice(owners)
        rows.append(_job(dice, owner, number, start + number * MINUTE_S))
        if len(rows) == AT_ONCE or number == jobs - 1:
            session.execute(insert(Job), rows)
            rows.clear()


def _job(dice: random.Random, guard: Guard, number: int, at: float) -> dict[str, Any]:
    ((verdict, state, _share),) = dice.choices(ROWS, weights=[row[2] for row in ROWS])
    name = dice.choice(NAMES)
    low_high = SCORES.get(verdict)
    decided = state in (State.RELEASED, State.DENIED)
    return {
        "id": new_id(),
        "site_id": guard.site_id,
        "guard_id": guard.id,
        "attempt": f"attempt-{number}",
        "printer": guard.name.replace("guard", "printer"),
        "name": f"{name}-{dice.randrange(2000)}.gcode",
        "submitter": dice.choice(PEOPLE),
        "route": "file",
        # Files come again: similar jobs are to be found.
        "sha256": _digest(f"{name}-{dice.randrange(number // 5 + 1)}"),
        "size_bytes": dice.randrange(10_000, 50_000_000),
        "state": state,
        "verdict": verdict,
        "weapon_score": round(dice.uniform(*low_high), 3) if low_high else None,
        "reason": REASONS[verdict],
        "action": "release" if state is State.PASSED else "hold",
        "verified": True,
        "at": at,
        "changed_at": at,
        "last_sequence": number + 1,
        "decided_at": at + 300 if decided else None,
    }


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
