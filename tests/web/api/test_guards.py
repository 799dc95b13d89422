"""A guard's conversation with the console, and whoever pretends to be one."""

import threading
import time

import pytest

from tests.web.reporting import guard_of, job, report
from web import events
from web.actor import CONSOLE_SITE, Actor
from web.audit.reading import lines
from web.decisions import service
from web.decisions.service import Wish
from web.fleet import enrolment
from web.jobs.queries import Filter, find
from web.models.decisions import Choice

API = "/api/v1"


@pytest.fixture
def guard(app, database, site):
    """A client that carries the key of a guard of the site."""
    _, key = guard_of(database, site)
    return Client(app.test_client(), key)


class Client:
    def __init__(self, client, key):
        self.client, self.headers = client, {"Authorization": f"Bearer {key}"}

    def ask(self, method, path, **more):
        return self.client.open(f"{API}{path}", method=method, headers=self.headers, **more)

    def report(self, *bodies):
        return self.ask("POST", "/reports", json={"reports": list(bodies)})


def noted(database, site, event):
    with database.session() as session:
        return [line for line in lines(session, site) if f'"event":"{event}"' in line.body]


def decide(app, database, site, choice=Choice.DENY):
    with app.app_context(), database.writing() as session:
        job_id = find(session, site, Filter()).jobs[0].id
        service.decide(session, Actor(site, "user:1", "Ann"), job_id, Wish(choice))


def test_a_guard_enrols_once_and_its_key_works(app, database, site):
    with database.writing() as session:
        token = enrolment.make_token(session, Actor(site, "user:1"), "shed")
    client = app.test_client()
    body = {"token": token, "guard": "shed"}
    made = client.post(f"{API}/enrolments", json=body)
    assert made.status_code == 201
    assert Client(client, made.json["key"]).ask("GET", "/decisions").json == {"decisions": []}
    again = client.post(f"{API}/enrolments", json=body)
    assert (again.status_code, "does not work" in again.json["message"]) == (410, True)
    assert noted(database, CONSOLE_SITE, "one-time-refused")


def test_a_token_is_late_after_a_quarter_of_an_hour(app, database, site, move_clock):
    with database.writing() as session:
        token = enrolment.make_token(session, Actor(site, "user:1"))
    move_clock(16 * 60)
    late = app.test_client().post(f"{API}/enrolments", json={"token": token, "guard": "shed"})
    assert late.status_code == 410


def test_a_name_in_use_is_not_given_twice(app, database, site, guard):
    with database.writing() as session:
        token = enrolment.make_token(session, Actor(site, "user:1"))
    taken = app.test_client().post(f"{API}/enrolments", json={"token": token, "guard": "guard-0"})
    assert taken.status_code == 409


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"Authorization": "Bearer pwg_wrong"},
        {"Authorization": "Basic abc"},
        {"Authorization": "Bearer " + "x" * 5000},
    ],
    ids=["none", "wrong", "basic", "huge"],
)
def test_a_wrong_key_is_refused_and_noted(app, database, header):
    refused = app.test_client().post(f"{API}/reports", json={"reports": [report()]}, headers=header)
    assert refused.status_code == 401
    assert "key" in refused.json["message"]
    assert noted(database, CONSOLE_SITE, "key-wrong") or noted(
        database, CONSOLE_SITE, "key-missing"
    )


def test_a_revoked_key_is_refused_in_the_log_of_its_site(app, database, site):
    guard_id, key = guard_of(database, site)
    with database.writing() as session:
        enrolment.revoke(session, Actor(site, "user:1"), guard_id)
    assert Client(app.test_client(), key).report(report()).status_code == 401
    assert noted(database, site, "key-wrong")


def test_reports_are_answered_one_by_one(guard):
    first = report()
    answer = guard.report(first, first, {"guard": "somebody-else"})
    assert answer.status_code == 200
    assert [r["outcome"] for r in answer.json["results"]] == ["stored", "repeated", "refused"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"reports": []}',
        b'{"reports": [1]}',
        b"[]",
        b"\xff\xfe",
        b'{"reports": [{}], "x": 1}',
    ],
)
def test_what_is_no_list_of_reports_is_refused(guard, body):
    refused = guard.ask("POST", "/reports", data=body, content_type="application/json")
    assert refused.status_code == 422
    assert refused.json["message"].startswith("body")


def test_a_form_is_no_report(guard):
    assert guard.ask("POST", "/reports", data={"reports": "1"}).status_code == 415


def test_a_report_as_large_as_a_job_is_refused_unread(guard, database, site):
    refused = guard.ask(
        "POST", "/reports", data=b"[" + b" " * (3 << 20), content_type="application/json"
    )
    assert refused.status_code == 413
    assert noted(database, site, "refused")


def test_a_decision_wakes_the_waiting_guard_long_before_its_time_is_over(
    app, database, site, guard, monkeypatch
):
    monkeypatch.setattr(events, "RECHECK_S", 3600)  # nobody looks by himself
    guard.report(report())
    answers = []

    def wait():
        answers.append((guard.ask("GET", "/decisions?wait=30").json, time.monotonic()))

    waiting = threading.Thread(target=wait)
    waiting.start()
    time.sleep(0.3)
    decide(app, database, site)
    decided = time.monotonic()
    waiting.join(300)
    told, at = answers[0]
    assert told["decisions"][0]["choice"] == "cancel"
    assert at - decided < 20  # of 30: generous, for busy machines


def test_a_decision_waits_for_a_guard_that_is_away_and_is_acknowledged_once(
    app, database, site, guard
):
    told = job()
    guard.report(report(told))
    decide(app, database, site)
    (decision,) = guard.ask("GET", "/decisions").json["decisions"]
    assert (decision["job_id"], decision["sha256"]) == (told.id, told.sha256)
    for _ in range(2):
        path = f"/decisions/{decision['id']}/receipt"
        assert guard.ask("POST", path, json={"applied": True}).status_code == 204
    assert guard.ask("GET", "/decisions").json == {"decisions": []}


def test_another_guards_decisions_and_jobs_do_not_exist(app, database, site, other_site, guard):
    told = job()
    guard.report(report(told))
    decide(app, database, site)
    (decision,) = guard.ask("GET", "/decisions").json["decisions"]
    _, key = guard_of(database, other_site)
    stranger = Client(app.test_client(), key)
    assert stranger.ask("GET", "/decisions").json == {"decisions": []}
    receipt = f"/decisions/{decision['id']}/receipt"
    assert stranger.ask("POST", receipt, json={"applied": True}).status_code == 404
    assert stranger.ask("GET", f"/jobs/{told.id}/appeal").status_code == 404
    assert len(noted(database, other_site, "foreign-id")) == 2


def test_the_state_of_printers_is_live(app, database, site, guard):
    state = {"printers": [{"name": "voron", "state": "printing"}], "version": "0.1.0"}
    assert guard.ask("PUT", "/printers", json=state).status_code == 204


def test_a_guard_may_not_do_what_programs_may(guard):
    assert guard.ask("GET", "/jobs").status_code == 403
