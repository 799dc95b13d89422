"""What guards report is kept once, whole, and never believed beyond what it says."""

import pytest

from tests.web.reporting import guard_of, job, report, take
from web.audit.reading import lines
from web.jobs.intake import Outcome
from web.jobs.queries import Filter, find
from web.models.jobs import State


@pytest.fixture
def guard(database, site):
    return guard_of(database, site)[0]


def jobs_of(database, site, **wanted):
    with database.session() as session:
        return find(session, site, Filter(**wanted)).jobs


def outcomes(results):
    return [result.outcome for result in results]


def test_a_held_job_is_in_the_queue(app, database, site, guard):
    results = take(app, database, guard, report(job(submitter="ann")))
    assert outcomes(results) == [Outcome.STORED]
    (found,) = jobs_of(database, site)
    assert (found.name, found.state, found.submitter) == ("cup.gcode", State.HELD, "ann")


def test_the_same_report_counts_once(app, database, site, guard):
    body = report()
    results = take(app, database, guard, body, body) + take(app, database, guard, body)
    assert outcomes(results) == [Outcome.STORED, Outcome.REPEATED, Outcome.REPEATED]
    assert len(jobs_of(database, site)) == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"guard": "guard-1"}, "speaks for"),
        ({"sequence": 0}, "counts from 1"),
        ({"sequence": 2**60}, "counts from 1"),
        ({"at": float("inf")}, "time is none"),
        ({"weapon_score": float("nan")}, "from 0 to 1"),
        ({"schema": "printwarden.wire/9"}, "not a report"),
        ({"job": None}, "job"),
        ({"extra": 1}, "no field 'extra'"),
        ({"sequence": "1"}, "sequence"),
    ],
    ids=str,
)
def test_what_no_guard_of_ours_means_is_refused_and_noted(
    app, database, site, guard, change, words
):
    (result,) = take(app, database, guard, report() | change)
    assert result.outcome is Outcome.REFUSED
    assert words in result.why
    with database.session() as session:
        assert '"event":"report-refused"' in lines(session, site)[0].body
    assert not jobs_of(database, site)


def test_other_words_under_a_used_number_are_refused(app, database, site, guard):
    told = job()
    results = take(
        app,
        database,
        guard,
        report(told, sequence=5),
        report(told, sequence=5, verdict="clear", action="release"),
    )
    assert outcomes(results) == [Outcome.STORED, Outcome.REFUSED]
    assert jobs_of(database, site)[0].verdict == "flagged"


def test_a_changed_byte_under_the_id_of_a_job_is_refused(app, database, site, guard):
    told = job()
    results = take(app, database, guard, report(told), report(job(id=told.id, sha256="b" * 64)))
    assert outcomes(results) == [Outcome.STORED, Outcome.REFUSED]


def test_one_bad_report_does_not_stop_the_others(app, database, site, guard):
    results = take(app, database, guard, report(), {"nonsense": 1}, report())
    assert outcomes(results) == [Outcome.STORED, Outcome.REFUSED, Outcome.STORED]


def test_a_late_report_changes_no_later_state(app, database, site, guard):
    told = job()
    take(
        app,
        database,
        guard,
        report(told, sequence=9),
        report(told, sequence=8, verdict="clear", action="release"),
    )
    assert jobs_of(database, site)[0].state == State.HELD


@pytest.mark.parametrize(
    ("action", "state"),
    [
        ("release", State.PASSED),
        ("hold", State.HELD),
        ("refuse", State.BLOCKED),
        ("dance", State.HELD),
    ],
)
def test_what_a_guard_did_says_where_a_job_stands(app, database, site, guard, action, state):
    take(app, database, guard, report(action=action))
    assert jobs_of(database, site, states=())[0].state == state


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "a\x00b", "\u202egpj.exe", "../../etc/passwd", "x" * 4000]
)
def test_a_hostile_name_is_kept_as_a_harmless_line(app, database, site, guard, name):
    take(app, database, guard, report(job(name=name)))
    kept = jobs_of(database, site)[0].name
    assert kept.isprintable()
    assert len(kept) <= 255
