"""A stream of events lives no longer than the sign-in that opened it, and does not prolong it."""

import pytest

from tests.web.people import PASSWORD
from web.actor import Actor
from web.auth import people, sign_ins
from web.events import bus
from web.models.people import Role, User
from web.review import live

HOUR_S = 3600


@pytest.fixture(autouse=True)
def quick_beat(monkeypatch):
    monkeypatch.setattr(live, "BEAT_S", 0.01)


@pytest.fixture
def watcher(signed_in):
    return signed_in(Role.REVIEWER, "ann")


@pytest.fixture
def events(watcher):
    """What the browser of ann hears, one message after the other."""
    answer = watcher.get("/events")
    assert answer.mimetype == "text/event-stream"
    heard = answer.iter_encoded()
    assert next(heard) == b"retry: 2000\n\n"
    yield heard
    answer.close()


def sign_out(watcher, _database):
    watcher.post("/sign-out")


def close_account(_watcher, database):
    with database.writing() as session:
        user = session.query(User).filter_by(login="ann").one()
        people.close(session, Actor(user.site_id, "user:boss"), user.id)


def change_password(_watcher, database):
    with database.writing() as session:
        user = session.query(User).filter_by(login="ann").one()
        people.set_password(session, user, f"another {PASSWORD}")


def secret_of(browser):
    """What the cookie of a browser holds: the secret of its sign-in."""
    with browser.client.session_transaction() as cookie:
        return cookie["_user_id"]


ENDS = (sign_out, close_account, change_password)


def test_while_the_sign_in_holds_news_are_told(events, site):
    assert next(events) == b": still here\n\n"
    bus.publish(f"site:{site}")
    while (heard := next(events)) != b"event: changed\ndata: \n\n":
        assert heard == b": still here\n\n"


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.__name__)
def test_the_stream_ends_with_the_sign_in_and_tells_nothing_more(
    end, watcher, events, database, site
):
    assert next(events) == b": still here\n\n"
    end(watcher, database)
    bus.publish(f"site:{site}")
    assert list(events) == []


def test_a_stream_does_not_keep_an_idle_sign_in_alive(
    watcher, events, database, settings, move_clock
):
    secret = secret_of(watcher)
    for _ in range(5):
        move_clock(0.12 * HOUR_S)
        watcher.get("/events").close()
    assert not sign_ins.holds(database, settings, secret, Role.VIEWER)
    assert watcher.get("/jobs").location.startswith("/sign-in")


@pytest.mark.parametrize("role", list(Role))
def test_a_role_that_was_taken_away_holds_no_longer(
    watcher, database, settings, site, person, role
):
    secret = secret_of(watcher)
    person("boss", Role.ADMINISTRATOR)
    with database.writing() as session:
        user = session.query(User).filter_by(login="ann").one()
        people.change_role(session, Actor(site, "user:boss"), user.id, role)
    assert sign_ins.holds(database, settings, secret, Role.REVIEWER) is role.covers(Role.REVIEWER)
