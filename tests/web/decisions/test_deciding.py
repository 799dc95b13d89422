"""Who may decide what, and what comes of it."""

import pytest

from printer_guard.wire import Choice as Told
from tests.web.reporting import guard_of, job, report, take
from web.actor import Actor
from web.clock import DAY_S, now
from web.decisions import appeals, delivery, service, standing
from web.decisions.service import Wish
from web.decisions.standing import Permit
from web.errors import Conflict, NotAllowed, NotFound, NotMeant
from web.jobs.queries import Filter, find
from web.models.decisions import Choice
from web.models.jobs import Job, State
from web.models.people import Role, Site


class Desk:
    """A site with a guard; reports come in, people decide."""

    def __init__(self, app, database, site):
        self.app, self.database, self.site = app, database, site
        self.guard, _ = guard_of(database, site)

    def held(self, told=None, **more):
        take(self.app, self.database, self.guard, report(told, **more))
        with self.database.session() as session:
            return find(session, self.site, Filter(states=())).jobs[0].id

    def decide(self, by, job_id, choice, why="", permit=None):
        with self.app.app_context(), self.database.writing() as session:
            service.decide(session, by, job_id, Wish(choice, why, permit))

    def state(self, job_id):
        with self.database.session() as session:
            return session.get(Job, job_id).state

    def waiting(self):
        with self.database.session() as session:
            return delivery.waiting(session, self.guard)


@pytest.fixture
def desk(app, database, site):
    return Desk(app, database, site)


@pytest.fixture
def ann(person, site):
    return Actor(site, f"user:{person('ann')}", "Ann")


@pytest.fixture
def ben(person, site):
    return Actor(site, f"user:{person('ben')}", "Ben")


@pytest.mark.parametrize(
    ("choice", "state", "told"),
    [
        (Choice.APPROVE_ONCE, State.RELEASED, Told.RELEASE),
        (Choice.APPROVE_FILE, State.RELEASED, Told.RELEASE),
        (Choice.DENY, State.DENIED, Told.CANCEL),
        (Choice.ASK, State.ASKED, None),
    ],
)
def test_a_choice_changes_the_job_and_tells_the_guard(desk, ann, choice, state, told):
    job_id = desk.held()
    desk.decide(ann, job_id, choice, "it is a prop")
    assert desk.state(job_id) == state
    assert [decision.choice for decision in desk.waiting()] == ([told] if told else [])


def test_who_overrules_says_why(desk, ann):
    job_id = desk.held(verdict="flagged")
    with pytest.raises(NotMeant, match="needs a reason"):
        desk.decide(ann, job_id, Choice.APPROVE_ONCE, "  ")
    desk.decide(ann, desk.held(verdict="review"), Choice.APPROVE_ONCE)


def test_the_second_of_two_reviewers_sees_the_first(desk, ann, ben):
    job_id = desk.held()
    desk.decide(ann, job_id, Choice.DENY)
    with pytest.raises(Conflict, match="decided already"):
        desk.decide(ben, job_id, Choice.APPROVE_ONCE, "no")


def test_two_persons_release_what_was_flagged(desk, database, site, ann, ben):
    with database.writing() as session:
        session.get(Site, site).two_persons = True
    job_id = desk.held()
    desk.decide(ann, job_id, Choice.APPROVE_ONCE, "a toy")
    assert (desk.state(job_id), desk.waiting()) == (State.SECOND, [])
    with pytest.raises(NotAllowed, match="second person"):
        desk.decide(ann, job_id, Choice.APPROVE_ONCE, "a toy")
    with pytest.raises(NotAllowed, match="not by a program"):
        desk.decide(Actor(site, "key:1", "robot"), job_id, Choice.APPROVE_ONCE, "a toy")
    desk.decide(ben, job_id, Choice.APPROVE_ONCE, "a toy indeed")
    assert desk.state(job_id) == State.RELEASED
    assert len(desk.waiting()) == 1


def test_one_person_is_enough_to_deny(desk, database, site, ann):
    with database.writing() as session:
        session.get(Site, site).two_persons = True
    job_id = desk.held()
    desk.decide(ann, job_id, Choice.DENY)
    assert desk.state(job_id) == State.DENIED


def test_nobody_decides_about_a_job_of_their_own(desk, ann):
    job_id = desk.held(job(submitter="ann"))
    with pytest.raises(NotAllowed, match="your own"):
        desk.decide(ann, job_id, Choice.APPROVE_ONCE, "mine")


def test_another_sites_job_does_not_exist(desk, other_site, person):
    stranger = Actor(other_site, f"user:{person('eve', of=other_site)}", "Eve")
    with pytest.raises(NotFound):
        desk.decide(stranger, desk.held(), Choice.DENY)


def test_an_approved_file_is_released_from_then_on_and_no_other(desk, ann, database, site):
    desk.decide(ann, desk.held(), Choice.APPROVE_FILE, "a clamp")
    again, other = desk.held(), desk.held(job(sha256="b" * 64))
    assert (desk.state(again), desk.state(other)) == (State.RELEASED, State.HELD)
    with database.writing() as session:
        standing.end(session, ann, standing.of_site(session, site)[0].id)
    assert desk.state(desk.held()) == State.HELD


def test_a_permit_holds_for_its_holder_until_its_day(desk, ann, move_clock):
    permit = Permit("cho", "props of class 4b", now() + DAY_S)
    desk.decide(ann, desk.held(job(submitter="cho")), Choice.PERMIT, "agreed", permit)
    assert desk.state(desk.held(job(submitter="cho"))) == State.RELEASED
    assert desk.state(desk.held(job(submitter="dee"))) == State.HELD
    move_clock(2 * DAY_S)
    assert desk.state(desk.held(job(submitter="cho"))) == State.HELD


def test_a_permit_for_all_jobs_of_a_person_never_covers_what_was_flagged(desk, ann):
    permit = Permit("cho", "class 4b", now() + DAY_S, this_file=False)
    desk.decide(ann, desk.held(job(submitter="cho")), Choice.PERMIT, "agreed", permit)
    other = job(submitter="cho", sha256="c" * 64)
    assert desk.state(desk.held(other, verdict="review")) == State.RELEASED
    flagged = job(submitter="cho", sha256="d" * 64)
    assert desk.state(desk.held(flagged)) == State.HELD


@pytest.mark.parametrize(
    "permit",
    [
        None,
        Permit("", "x", 4e9),
        Permit("cho", "", 4e9),
        Permit("cho", "x", 1.0),
        Permit("c", "x", 9e9),
    ],
)
def test_a_permit_says_who_what_and_until_when(desk, ann, permit):
    job_id = desk.held()
    with pytest.raises(NotMeant):
        desk.decide(ann, job_id, Choice.PERMIT, "agreed", permit)
    assert desk.state(job_id) == State.HELD


def test_a_decision_is_offered_until_its_receipt_and_counts_once(desk, ann, database, site):
    desk.decide(ann, desk.held(), Choice.DENY)
    (decision,) = desk.waiting()
    guard = Actor(site, f"guard:{desk.guard}")
    for _ in range(2):
        with database.writing() as session:
            delivery.receipt(session, guard, desk.guard, decision.id, applied=True, detail="")
    assert desk.waiting() == []


def test_a_job_that_trips_again_after_its_release_is_held_again(desk, ann, database, site):
    told = job()
    job_id = desk.held(told)
    desk.decide(ann, job_id, Choice.APPROVE_ONCE, "a toy")
    take(desk.app, database, desk.guard, report(told))  # an echo from before the decision arrived
    assert desk.state(job_id) == State.RELEASED
    (decision,) = desk.waiting()
    with database.writing() as session:
        guard = Actor(site, f"guard:{desk.guard}")
        delivery.receipt(session, guard, desk.guard, decision.id, applied=True, detail="")
    take(desk.app, database, desk.guard, report(told, event="watch"))
    assert desk.state(job_id) == State.HELD


def test_an_appeal_brings_a_denied_job_back(desk, ann, database):
    job_id = desk.held()
    desk.decide(ann, job_id, Choice.DENY)
    with desk.app.app_context(), database.writing() as session:
        secret = appeals.token(session.get(Job, job_id))
        appeals.appeal(session, secret, "It is a door hinge.")
    assert desk.state(job_id) == State.BLOCKED


def test_a_job_can_be_appealed_three_times_and_not_by_a_forged_link(desk, database):
    job_id = desk.held()
    with desk.app.app_context(), database.writing() as session:
        secret = appeals.token(session.get(Job, job_id))
        for _ in range(3):
            appeals.appeal(session, secret, "please")
        with pytest.raises(Conflict):
            appeals.appeal(session, secret, "please")
        with pytest.raises(appeals.Gone):
            appeals.appeal(session, secret[:-2] + "xx", "please")


def test_many_jobs_are_decided_each_alone(desk, ann):
    fine, decided = desk.held(), desk.held()
    desk.decide(ann, decided, Choice.DENY)
    with desk.app.app_context(), desk.database.writing() as session:
        results = service.decide_many(session, ann, [fine, decided], Wish(Choice.DENY))
    told = [(job_id, why and why.message) for job_id, why in results]
    assert told == [(fine, None), (decided, "This job is decided already.")]


def test_a_viewer_is_no_reviewer():
    assert not Role.VIEWER.covers(Role.REVIEWER)
