"""Codes count once, links once, tries are few, and a stranger's account elsewhere opens nothing."""

import pyotp
import pytest

from tests.web.auth.test_sign_in import events
from web.app import create_app
from web.auth import oidc, totp
from web.errors import NotAllowed
from web.models.people import Role, User


@pytest.fixture
def secret(database, person):
    """The authenticator's secret of ann."""
    user_id = person("ann")
    with database.writing() as session:
        session.get(User, user_id).totp_secret = found = totp.new_secret()
    return found


def test_a_code_is_asked_for_and_counts_once(browser, secret, app, database, site):
    assert browser.sign_in("ann").location.startswith("/sign-in/code")
    code = {"code": pyotp.TOTP(secret).now()}
    assert browser.post("/sign-in/code", code, page="/sign-in").location == "/"
    browser.post("/sign-out")
    browser.sign_in("ann")
    again = browser.post("/sign-in/code", code, page="/sign-in")
    assert again.status_code == 401
    assert any('"event":"code-wrong"' in line for line in events(database, site))


def test_a_password_alone_opens_nothing_where_there_is_a_second_factor(browser, secret):
    browser.sign_in("ann")
    assert browser.get("/jobs").location.startswith("/sign-in")


def test_the_sixth_try_in_a_minute_is_not_even_checked(settings, database, person):
    person("ann")
    app = create_app(settings.model_copy(update={"rate_limits": True}), database)
    from tests.web.conftest import Browser

    browser = Browser(app.test_client())
    answers = [browser.sign_in("ann", "wrong password!").status_code for _ in range(6)]
    assert answers == [401] * 5 + [429]


def test_a_required_second_factor_is_set_up_before_anything_else(settings, database, person):
    person("ann", Role.REVIEWER)
    app = create_app(settings.model_copy(update={"require_second_factor": True}), database)
    from tests.web.conftest import Browser

    browser = Browser(app.test_client())
    browser.sign_in("ann")
    assert browser.get("/jobs").location == "/account"


@pytest.mark.parametrize(
    ("claims", "opens"),
    [
        ({"sub": "7", "email": "ann", "email_verified": True}, True),
        ({"sub": "7", "email": "ann", "email_verified": False}, False),
        ({"sub": "7", "email": "eve", "email_verified": True}, False),
        ({"sub": "7"}, False),
    ],
    ids=["invited", "not verified", "a stranger", "no address"],
)
def test_an_account_elsewhere_opens_an_account_that_was_made_here(database, person, claims, opens):
    person("ann")
    with database.writing() as session:
        if not opens:
            with pytest.raises(NotAllowed):
                oidc.found_person(session, claims, "https://issuer")
        else:
            assert oidc.found_person(session, claims, "https://issuer").login == "ann"
