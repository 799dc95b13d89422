"""What a report does to a job: a new one, or the next state of a known one."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from printer_guard.wire import Job as WireJob
from printer_guard.wire import Report, new_id
from web.clock import MINUTE_S, now
from web.decisions.service import rule_by_standing
from web.models.decisions import Ruling
from web.models.fleet import Guard, Printer
from web.models.jobs import Job, State
from web.webhooks.outbox import tell
from web.wording import shown_name, shown_text

STATES: Mapping[str, State] = {
    "release": State.PASSED,
    "hold": State.HELD,
    "refuse": State.BLOCKED,
}
"""What a guard did -> where the job stands. A word that is not here counts as held."""
STOPPED = (State.HELD, State.BLOCKED)
LONGEST_REASON = 4096
WORD = 32


class Impossible(Exception):
    """A report that contradicts what is known; the words are for the guard's log."""


def follow(session: Session, guard: Guard, report: Report) -> Job:
    """The job of *report*, as it stands after it. Raises Impossible when its bytes changed."""
    query = select(Job).where(Job.guard_id == guard.id, Job.attempt == report.job.id)
    job = session.scalar(query.with_for_update())
    if job is None:
        job = _new(guard, report.job)
        session.add(job)
    elif report.job.sha256 and job.sha256 and report.job.sha256 != job.sha256:
        raise Impossible("a changed byte is a new job, with an id of its own")
    _see(session, guard, job.printer)
    if report.sequence > job.last_sequence:  # a late one is kept, and changes nothing
        _apply(session, guard, job, report)
    return job


def consequences(session: Session, job: Job, report: Report) -> None:
    """What follows when a guard has just stopped a job."""
    if report.action is None or job.state not in STOPPED or report.sequence != job.last_sequence:
        return
    if job.state == State.HELD:
        rule_by_standing(session, job)
    if job.state in STOPPED:
        tell(session, job.site_id, "job.held", job=job.id, verdict=job.verdict, state=job.state)


def word(text: str) -> str:
    """A word of the wire, as long as a column."""
    return shown_name(text)[:WORD]


def _new(guard: Guard, told: WireJob) -> Job:
    return Job(
        id=new_id(),
        site_id=guard.site_id,
        guard_id=guard.id,
        attempt=told.id,
        printer=shown_name(told.printer),
        name=shown_name(told.name),
        route=told.route,
        state=State.JUDGING,
        at=now(),
        changed_at=now(),
        last_sequence=0,
    )


def _apply(session: Session, guard: Guard, job: Job, report: Report) -> None:
    job.last_sequence, job.changed_at = report.sequence, now()
    job.sha256 = job.sha256 or report.job.sha256
    job.size_bytes = report.job.size_bytes if job.size_bytes is None else job.size_bytes
    if report.job.submitter:
        job.submitter = shown_name(report.job.submitter)
    if report.verdict is not None:
        job.verdict, job.weapon_score = word(report.verdict), report.weapon_score
        job.bundle, job.policy = _named(report.bundle), _named(report.policy)
        guard.bundle, guard.policy = job.bundle, job.policy
    if report.reason:
        job.reason = shown_text(report.reason, LONGEST_REASON)
    if report.action is not None:
        job.action, job.verified = word(report.action), report.verified
        job.state = _next(session, job, STATES.get(report.action, State.HELD))


def _next(session: Session, job: Job, told: State) -> State:
    """Where the job stands when its guard did *told*; a person's word is not undone by an echo."""
    if job.state in (State.JUDGING, State.PASSED):
        return told
    if told is State.PASSED:
        job.decided_at = job.decided_at or now()
        return State.DENIED if job.state == State.DENIED else State.RELEASED
    if job.state == State.RELEASED and _was_applied(session, job):
        job.decided_at = None
        return told  # released and begun, then stopped again: another look is due
    return State.BLOCKED if job.state == State.HELD and told is State.BLOCKED else State(job.state)


def _was_applied(session: Session, job: Job) -> bool:
    query = select(Ruling).where(Ruling.job_id == job.id, Ruling.wire_choice.is_not(None))
    last = session.scalar(query.order_by(Ruling.at.desc()).limit(1))
    return last is None or last.receipt_at is not None


def _see(session: Session, guard: Guard, name: str) -> None:
    """Note that guard and printer are there; a minute is exact enough."""
    if guard.seen_at is None or now() - guard.seen_at > MINUTE_S:
        guard.seen_at = now()
    row = session.scalar(select(Printer).where(Printer.guard_id == guard.id, Printer.name == name))
    if row is None:
        session.add(Printer(site_id=guard.site_id, guard_id=guard.id, name=name, seen_at=now()))
    elif now() - row.seen_at > MINUTE_S:
        row.seen_at = now()


def _named(text: str | None) -> str | None:
    return None if text is None else shown_name(text)
