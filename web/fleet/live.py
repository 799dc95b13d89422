"""What guards and printers are doing now, and what they come to over time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, selectinload

from web.clock import DAY_S, MINUTE_S, now
from web.events import announce
from web.models.fleet import Guard, Printer
from web.models.jobs import Job, State
from web.wording import shown_name

SILENT_S = 5 * MINUTE_S  # from here on a guard counts as not there


class Figures(NamedTuple):
    """Of the last days of a site: holds per 1,000 jobs, and the median time to a decision."""

    jobs: int
    held_per_1000: float
    median_review_s: float | None


def note(session: Session, guard_id: str, states: Mapping[str, str], version: str) -> None:
    """The printers of a guard are in *states* now; news only when something changed."""
    guard = session.get_one(Guard, guard_id)
    guard.seen_at = now()
    guard.version = shown_name(version) if version else guard.version
    known = {printer.name: printer for printer in guard.printers}
    changed = False
    for told, state in states.items():
        name = shown_name(told)
        printer = known.get(name) or Printer(site_id=guard.site_id, guard_id=guard_id, name=name)
        changed |= printer.state != shown_name(state)
        printer.state, printer.seen_at = shown_name(state)[:32], now()
        session.add(printer)
        known[name] = printer
    if changed:
        announce(session, f"site:{guard.site_id}")


def guards(session: Session, site_id: str) -> list[Guard]:
    """All guards of a site with their printers, those that still hold a key first."""
    query = select(Guard).where(Guard.site_id == site_id).options(selectinload(Guard.printers))
    return list(session.scalars(query.order_by(Guard.revoked_at.is_not(None), Guard.name)))


def silent(guard: Guard) -> bool:
    """Whether a guard has not been heard of for too long."""
    return guard.seen_at is None or now() - guard.seen_at > SILENT_S


def figures(session: Session, site_id: str, *, days: float = 30, guard_id: str = "") -> Figures:
    """What the jobs of the last *days* come to, of one guard or of all."""
    recent = [Job.site_id == site_id, Job.at >= now() - days * DAY_S]
    if guard_id:
        recent.append(Job.guard_id == guard_id)
    stopped = case((Job.state.not_in((State.PASSED, State.JUDGING)), 1))
    jobs, held = session.execute(select(func.count(), func.count(stopped)).where(*recent)).one()
    reviewed = select(Job.decided_at - Job.at).where(*recent, Job.decided_at.is_not(None))
    waits = sorted(float(wait) for wait in session.scalars(reviewed) if wait is not None)
    median = waits[len(waits) // 2] if waits else None
    return Figures(jobs, 1000 * held / jobs if jobs else 0.0, median)
