"""A person's choice about a job: checked, written, logged, and on its way to the guard."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from printer_guard.wire import new_id
from web.actor import Actor
from web.audit.chain import append, sealed
from web.clock import now
from web.decisions import standing
from web.decisions.rules import AGREED, EFFECTS, Effect, needs_second, overrules, reasoned
from web.decisions.standing import Permit
from web.errors import Conflict, NotAllowed, NotMeant, Refused
from web.events import announce
from web.jobs.queries import one_for_update
from web.models.decisions import Choice, Kind, Remark, Ruling
from web.models.jobs import Job, State
from web.models.people import Site, User
from web.webhooks.outbox import tell
from web.wording import shown_text

LONGEST_TEXT = 2000
MOST_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody chooses. permit: what PERMIT needs besides."""

    choice: Choice
    why: str = ""
    permit: Permit | None = None


def decide(session: Session, by: Actor, job_id: str, wish: Wish) -> Ruling:
    """Carry out *wish*. Raises NotFound, Conflict, NotAllowed or NotMeant, and changes nothing."""
    job = one_for_update(session, by, job_id)
    if not job.open:
        raise Conflict("This job is decided already.", detail=job.state)
    why = reasoned(wish.choice, job.verdict, shown_text(wish.why, LONGEST_TEXT))
    _may(session, by, job)
    first = _first_agreement(session, job)
    effect = EFFECTS[wish.choice]
    site = session.get_one(Site, by.site_id)
    if needs_second(wish.choice, job.verdict, two_persons=site.two_persons):
        _person(by)
        if first is None:
            effect = AGREED
        elif first.by == by.ref:
            raise NotAllowed("A second person has to agree; you were the first.")
    ruling = _write(session, by, job, wish.choice, why, effect)
    ruling.second_of = first.id if first is not None and effect.releases else None
    if effect.stands and effect is not AGREED:
        standing.establish(session, by, job, ruling, wish.permit)
    return ruling


def decide_many(
    session: Session, by: Actor, job_ids: list[str], wish: Wish
) -> list[tuple[str, Refused | None]]:
    """The same for several jobs, each alone: (job id, why not) for each."""
    if len(job_ids) > MOST_AT_ONCE:
        raise NotMeant("At most %(most)s jobs at once.", most=MOST_AT_ONCE)
    results: list[tuple[str, Refused | None]] = []
    for job_id in dict.fromkeys(job_ids):
        try:
            with session.begin_nested():
                decide(session, by, job_id, wish)
            results.append((job_id, None))
        except (Conflict, NotAllowed, NotMeant) as error:
            results.append((job_id, error))
    return results


def rule_by_standing(session: Session, job: Job) -> None:
    """Release a job that has just been held, if an approval or a permit covers it."""
    found = standing.covering(session, job)
    if found is None:
        return
    by = Actor(job.site_id, f"standing:{found.id}", found.by_name)
    why = f"{found.choice}: {found.what or found.why}"[:LONGEST_TEXT]
    _write(session, by, job, Choice(found.choice), why, EFFECTS[Choice.APPROVE_ONCE])


def remark(session: Session, by: Actor, job_id: str, text: str, kind: Kind = Kind.NOTE) -> Remark:
    """Say something about a job."""
    job = one_for_update(session, by, job_id)
    return add_remark(session, by, job, text, kind)


def add_remark(session: Session, by: Actor, job: Job, text: str, kind: Kind) -> Remark:
    """The same for a job at hand. Raises NotMeant without words."""
    words = shown_text(text, LONGEST_TEXT).strip()
    if not words:
        raise NotMeant("There are no words in it.")
    row = Remark(
        site_id=job.site_id,
        job_id=job.id,
        kind=kind,
        by=by.ref,
        by_name=by.name,
        text=words,
        at=now(),
    )
    session.add(row)
    append(session, by, f"{kind}-written", job.id)
    announce(session, f"site:{job.site_id}")
    return row


def _write(
    session: Session, by: Actor, job: Job, choice: Choice, why: str, effect: Effect
) -> Ruling:
    ruling = Ruling(
        id=new_id(),
        site_id=job.site_id,
        job_id=job.id,
        guard_id=job.guard_id,
        choice=choice,
        wire_choice=effect.told,
        by=by.ref,
        by_name=by.name,
        why=why,
        salt=new_id(),
        at=now(),
    )
    session.add(ruling)
    job.state, job.changed_at = effect.state, now()
    job.decided_at = now() if effect.told else None
    append(
        session,
        by,
        "decided" if effect.told else "decision-begun",
        job.id,
        choice=choice,
        ruling=ruling.id,
        sha256=job.sha256,
        verdict=job.verdict,
        overrules=overrules(choice, job.verdict),
        why_sealed=sealed(ruling.salt, why),
    )
    tell(session, job.site_id, "job.decided", job=job.id, choice=choice, state=job.state)
    announce(session, f"site:{job.site_id}", f"guard:{job.guard_id}")
    return ruling


def _first_agreement(session: Session, job: Job) -> Ruling | None:
    """The ruling that waits for a second person."""
    if job.state != State.SECOND:
        return None
    query = select(Ruling).where(Ruling.job_id == job.id).order_by(Ruling.at.desc()).limit(1)
    return session.scalar(query)


def _person(by: Actor) -> None:
    if not by.ref.startswith("user:"):
        raise NotAllowed("A flagged job is released by two people here, not by a program.")


def _may(session: Session, by: Actor, job: Job) -> None:
    """Nobody decides about a job of their own."""
    user = session.get(User, by.ref.removeprefix("user:"))
    if user is not None and job.submitter and job.submitter in (user.login, user.name):
        raise NotAllowed("This job is your own: somebody else decides about it.")
