"""Who may come in, and until when."""

import pytest

from tests.web.people import PASSWORD
from web.audit.reading import lines
from web.auth import people
from web.models.people import Role


def events(database, site):
    with database.session() as session:
        return [line.body for line in lines(session, site)]


def test_the_first_link_makes_an_administrator_and_works_once(database, browser):
    with database.writing() as session:
        _, secret = people.found_site(session, "Library")
    form = {"login": "ann", "name": "Ann", "password": PASSWORD}
    assert browser.get(f"/start/{secret}").status_code == 200
    made = browser.post(f"/start/{secret}", form, page="/sign-in")
    assert (made.status_code, made.location) == (303, "/account")
    assert "administrator" in browser.get("/account").text
    again = browser.post(f"/start/{secret}", form)
    assert again.status_code == 410
    assert "does not work" in again.text


def test_a_wrong_password_is_told_apart_from_nothing(browser, person, database, site):
    person("ann")
    assert browser.sign_in("ann", "wrong password!").status_code == 401
    assert browser.sign_in("nobody", "wrong password!").status_code == 401
    assert any('"event":"sign-in-failed"' in line for line in events(database, site))


@pytest.mark.parametrize(
    ("steps", "who"), [([1900], "idle"), ([1700] * 26, "old")], ids=["idle", "after 12 hours"]
)
def test_a_sign_in_runs_out(signed_in, move_clock, database, site, steps, who):
    browser = signed_in(Role.VIEWER)
    for seconds in steps:
        assert browser.get("/account").status_code == 200
        move_clock(seconds)
    gone = browser.get("/account")
    assert gone.location.startswith("/sign-in")
    assert any(f'"why":"{who}"' in line for line in events(database, site))


def test_a_form_without_its_token_is_refused_and_noted(signed_in, database, site):
    browser = signed_in(Role.VIEWER)
    refused = browser.client.post("/account/totp")
    assert refused.status_code == 400
    assert any('"event":"form-forged"' in line for line in events(database, site))
