"""Sign-in elsewhere with a real issuer: an honest one lets in who was invited, no other does."""

import time

import pytest
import requests
from joserfc.jwk import RSAKey

from tests.web.auth.issuer import CLIENT, SECRET, Issuer
from tests.web.auth.test_sign_in import events
from tests.web.conftest import Browser
from web.actor import CONSOLE_SITE
from web.app import create_app
from web.models.people import Role, User
from web.settings import Oidc

DAY_S = 24 * 3600


@pytest.fixture(scope="module")
def running():
    issuer = Issuer()
    yield issuer
    issuer.close()


@pytest.fixture
def issuer(running):
    running.said, running.key = {}, running.honest
    return running


@pytest.fixture
def app(settings, database, issuer, tmp_path):
    file = tmp_path / "client-secret"
    file.write_text(f"{SECRET}\n")
    # An issuer of a test has no TLS; a setting without it is refused.
    oidc = Oidc.model_construct(
        name="the library", issuer=issuer.url, client_id=CLIENT, client_secret_file=file
    )
    return create_app(settings.model_copy(update={"oidc": oidc}), database)


@pytest.fixture
def invited(person):
    return person("ann@example.org", Role.REVIEWER)


def go_and_come_back(browser):
    """To the issuer, who asks nothing here, and back: what the console answers."""
    sent = browser.post("/sign-in/elsewhere", page="/sign-in")
    back = requests.get(sent.location, allow_redirects=False, timeout=300).headers["Location"]
    return back, browser.get(back.partition("localhost")[2])


def test_who_was_invited_comes_in_and_is_known_again_by_the_issuers_id(
    app, issuer, invited, database, site
):
    assert "Sign in with the library" in app.test_client().get("/sign-in").text
    browser = Browser(app.test_client())
    _, answer = go_and_come_back(browser)
    assert (answer.status_code, answer.location) == (303, "/")
    assert browser.get("/jobs").status_code == 200
    with database.session() as session:
        assert session.get_one(User, invited).oidc_subject == f"{issuer.url}#7"
    issuer.said = {"email": "new-name@example.org"}
    _, again = go_and_come_back(Browser(app.test_client()))
    assert again.location == "/"
    assert sum("signed-in-elsewhere" in line for line in events(database, site)) == 2


DISHONEST = {
    "another nonce": ({"nonce": "of another sign-in"}, 401),
    "no nonce": ({"nonce": None}, 401),
    "an old token": ({"iat": int(time.time()) - DAY_S, "exp": int(time.time()) - DAY_S + 300}, 401),
    "another issuer": ({"iss": "https://evil.example"}, 401),
    "for another console": ({"aud": "somebody-else"}, 401),
    "a stranger": ({"sub": "8", "email": "eve@example.org"}, 403),
    "an unproved address": ({"sub": "8", "email_verified": False}, 403),
}


@pytest.mark.parametrize(("said", "status"), DISHONEST.values(), ids=list(DISHONEST))
def test_nobody_else_comes_in_and_it_is_noted(app, issuer, invited, database, said, status):
    issuer.said = said
    browser = Browser(app.test_client())
    _, answer = go_and_come_back(browser)
    assert answer.status_code == status
    assert browser.get("/jobs").location.startswith("/sign-in")
    assert any('"event":"sign-in-failed"' in line for line in events(database, CONSOLE_SITE))


def test_a_token_signed_by_somebody_else_opens_nothing(app, issuer, invited, database):
    issuer.key = RSAKey.generate_key(2048, {"kid": "1"})
    browser = Browser(app.test_client())
    _, answer = go_and_come_back(browser)
    assert answer.status_code == 401
    assert any('"event":"sign-in-failed"' in line for line in events(database, CONSOLE_SITE))


def test_an_answer_that_was_overheard_opens_nothing(app, issuer, invited):
    back, _ = go_and_come_back(Browser(app.test_client()))
    thief = Browser(app.test_client())
    assert thief.get(back.partition("localhost")[2]).status_code == 401
    assert thief.get("/jobs").location.startswith("/sign-in")


def test_an_issuer_that_does_not_answer_is_told_in_words(settings, database, tmp_path):
    file = tmp_path / "client-secret"
    file.write_text(SECRET)
    oidc = Oidc.model_construct(
        name="x", issuer="http://127.0.0.1:9", client_id=CLIENT, client_secret_file=file
    )
    app = create_app(settings.model_copy(update={"oidc": oidc}), database)
    refused = Browser(app.test_client()).post("/sign-in/elsewhere", page="/sign-in")
    assert refused.status_code == 401
    assert "does not answer" in refused.text
