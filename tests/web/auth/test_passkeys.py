"""Answers of passkeys that no authenticator gave: refused in plain words, and noted."""

import json

import pytest

from tests.web.auth.test_sign_in import events
from tests.web.conftest import Browser
from tests.web.people import PASSWORD
from web.actor import CONSOLE_SITE
from web.app import create_app
from web.auth import passkeys, people
from web.clock import MINUTE_S
from web.models.people import Passkey, User

ANSWERS: list[object] = [
    None, {}, [], "x", {"credential": None}, {"credential": {"id": 7}},
    {"credential": {"id": "AA", "rawId": "AA", "type": "public-key", "response": {}}},
    {"credential": {"id": "AA", "rawId": "AA", "type": "public-key", "response": {
        "clientDataJSON": "e30", "authenticatorData": "AA", "signature": "AA"}}},
    {"credential": {"id": "AA", "rawId": "AA", "type": "public-key", "response": {
        "clientDataJSON": "e30", "attestationObject": "AA"}}},
]  # fmt: skip


def key_of(user_id):
    return Passkey(
        user_id=user_id, credential_id="AAAA", public_key=b"k", sign_count=0, name="blue",
        created_at=0.0,
    )  # fmt: skip


@pytest.fixture
def with_key(database, person):
    """The id of ann, who has a passkey."""
    user_id = person("ann")
    with database.writing() as session:
        session.add(key_of(user_id))
    return user_id


@pytest.mark.parametrize("told", ANSWERS, ids=repr)
def test_what_no_authenticator_says_opens_nothing(browser, with_key, database, site, told):
    assert browser.sign_in("ann").location.startswith("/sign-in/code")
    headers = {"X-CSRFToken": browser.token(), "Content-Type": "application/json"}
    refused = browser.client.post("/sign-in/passkey", data=json.dumps(told), headers=headers)
    assert refused.status_code in (401, 422)
    assert refused.json["message"].endswith(".")
    assert browser.get("/jobs").location.startswith("/sign-in")
    log = "".join(events(database, site) + events(database, CONSOLE_SITE))
    assert "passkey-wrong" in log or '"event":"refused"' in log


@pytest.mark.parametrize("told", ANSWERS, ids=repr)
def test_what_no_authenticator_says_becomes_no_passkey(signed_in, database, told):
    browser = signed_in()
    headers = {"X-CSRFToken": browser.token("/account"), "Content-Type": "application/json"}
    refused = browser.client.post("/account/passkeys", data=json.dumps(told), headers=headers)
    assert refused.status_code == 422
    with database.session() as session:
        assert session.query(Passkey).count() == 0


def test_who_has_not_shown_the_password_is_asked_nothing(browser, with_key):
    headers = {"X-CSRFToken": browser.token()}
    refused = browser.client.post("/sign-in/passkey/options", json={}, headers=headers)
    assert refused.status_code == 401


def test_a_passkey_of_somebody_else_is_not_removed(signed_in, with_key, database):
    browser = signed_in(login="eve")
    with database.session() as session:
        passkey_id = session.query(Passkey).one().id
    assert browser.post(f"/account/passkeys/{passkey_id}/remove").status_code == 404
    with database.session() as session:
        assert session.query(Passkey).count() == 1


def test_second_factors_are_changed_by_who_has_just_shown_the_password(
    signed_in, database, site, move_clock
):
    browser = signed_in(login="ann")
    move_clock(20 * MINUTE_S)
    headers = {"X-CSRFToken": browser.token("/account")}
    refused = browser.client.post("/account/passkeys/options", json={}, headers=headers)
    assert refused.status_code == 403
    assert browser.post("/account/totp").status_code == 403
    assert any('"event":"not-confirmed"' in line for line in events(database, site))
    assert "Add a passkey" not in browser.get("/account").text
    browser.post("/account/confirm?next=/account", {"password": PASSWORD})
    asked = browser.client.post("/account/passkeys/options", json={}, headers=headers)
    assert asked.status_code == 200
    assert browser.post("/account/totp").status_code == 200


def test_a_passkey_satisfies_a_console_that_requires_a_second_factor(settings, database, person):
    app = create_app(settings.model_copy(update={"require_second_factor": True}), database)
    user_id = person("ben")
    browser = Browser(app.test_client())
    browser.sign_in("ben")
    assert browser.get("/jobs").location == "/account"
    with database.writing() as session:
        session.add(key_of(user_id))
    assert browser.get("/jobs").status_code == 200


def test_a_link_for_a_new_password_forgets_the_passkeys(browser, with_key, database, site):
    with database.writing() as session:
        secret = people.reset_by_login(session, "ann")
    browser.post(f"/password/{secret}", {"password": "quite another phrase"}, page="/sign-in")
    with database.session() as session:
        assert session.query(Passkey).count() == 0
        assert session.get_one(User, with_key).totp_secret is None


@pytest.mark.parametrize(
    ("url", "possible"),
    [
        ("https://prints.example", True),
        ("http://localhost:8080", True),
        ("http://127.0.0.1:8080", False),
        ("http://[::1]:8080", False),
    ],
)
def test_passkeys_want_an_address_with_a_name(url, possible):
    assert passkeys.possible(url) is possible
