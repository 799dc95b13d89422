"""The month's numbers, and what is exported to learn from."""

import json

import pytest

from tests.web.reporting import guard_of, job, report, take
from web.actor import Actor
from web.api import keys
from web.audit.reading import lines
from web.decisions.service import Wish, decide
from web.models.decisions import Choice
from web.models.jobs import Job
from web.reports import labelled
from web.reports.service import Month
from web.reports.service import report as report_of


@pytest.fixture
def reviewed(app, database, site, person):
    """Of three held jobs two were released, one of them flagged; a fourth passed."""
    guard_id, _key = guard_of(database, site)
    verdicts = {"a": "flagged", "b": "review", "c": "flagged"}
    for number, (name, verdict) in enumerate(verdicts.items()):
        told = job(name=name, sha256=str(number) * 64)
        take(app, database, guard_id, report(told, verdict=verdict))
    ann = Actor(site, f"user:{person('ann')}", "Ann")
    wishes = {"a": Choice.APPROVE_ONCE, "b": Choice.APPROVE_ONCE, "c": Choice.DENY}
    with app.app_context(), database.writing() as session:
        for row in session.query(Job).all():
            decide(session, ann, row.id, Wish(wishes[row.name], "seen it"))
    return site


def test_a_month_counts_what_was_held_and_how_it_ended(database, reviewed):
    with database.session() as session:
        at = session.query(Job).first().at
        month = report_of(session, reviewed, Month.of("", at))
        before = report_of(session, reviewed, Month.of("", at).next(-1))
    assert [month.total(name) for name in ("jobs", "held", "released", "denied")] == [3, 3, 2, 1]
    assert month.people == [("Ann", 3)]
    assert month.released_share == pytest.approx(2 / 3)
    assert before.total("jobs") == 0
    assert before.released_share is None
    assert before.wait_s(0.5) is None


@pytest.mark.parametrize(
    ("text", "step", "expected"),
    [("2026-12", 1, "2027-01"), ("2026-01", -1, "2025-12"), ("2026-11", 0, "2026-11")],
)
def test_months_follow_each_other_over_new_year(text, step, expected):
    assert str(Month.of(text, 0.0).next(step)) == expected


def test_false_alarms_are_marked_in_what_is_learned_from(database, reviewed):
    with database.session() as session:
        rows = [json.loads(line) for line in labelled.lines(session, reviewed, pictures=True)]
    marks = {
        row["sha256"][0]: (row["decided"], row["false_alarm"], row["overruled"]) for row in rows
    }
    assert marks == {
        "0": ("released", True, True),
        "1": ("released", True, False),
        "2": ("denied", False, False),
    }
    assert all("name" not in row and "submitter" not in row for row in rows)


@pytest.fixture
def ask(app, database, site):
    """Ask the API with a key of those scopes."""

    def get(path, *scopes):
        with database.writing() as session:
            key = keys.make(session, Actor(site, "user:1"), path, scopes)
        return app.test_client().get(path, headers={"Authorization": f"Bearer {key}"})

    return get


def test_a_program_gets_the_numbers_of_the_page(ask, reviewed):
    told = ask("/api/v1/month", "jobs:read").json
    assert (told["jobs"], told["held"], told["held_per_1000"]) == (3, 3, 1000)
    assert told["people"] == [{"name": "Ann", "decisions": 3}]
    assert sum(row["released"] for row in told["printers"]) == 2
    before = ask("/api/v1/month?month=2001-02", "jobs:read").json
    assert (before["month"], before["jobs"], before["released_share"]) == ("2001-02", 0, None)


@pytest.mark.parametrize("month", ["2026-13", "9999-12", "november"])
def test_a_month_that_is_none_is_refused_by_the_api_and_no_fault_of_the_page(ask, signed_in, month):
    refused = ask(f"/api/v1/month?month={month}", "jobs:read")
    assert refused.status_code == 422
    assert "query.month" in refused.json["message"]
    assert signed_in().get(f"/reports?month={month}").status_code == 200


def test_a_program_takes_reviewed_jobs_to_learn_from_and_it_is_noted(ask, database, reviewed):
    answer = ask("/api/v1/reviewed", "reviewed:read")
    assert answer.mimetype == "application/x-ndjson"
    rows = [json.loads(line) for line in answer.text.splitlines()]
    assert sorted(row["false_alarm"] for row in rows) == [False, True, True]
    with database.session() as session:
        assert any('"reviewed-exported"' in line.body for line in lines(session, reviewed))
