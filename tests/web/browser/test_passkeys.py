"""Passkeys as a second factor, with Chromium's own (virtual) authenticator."""

import socket
import threading

import pytest
from werkzeug.serving import make_server

from tests.web.auth.test_sign_in import events
from tests.web.conftest import Browser
from tests.web.people import PASSWORD
from web.models.people import Passkey, Role
from web.settings import Settings

AUTHENTICATOR = {
    "protocol": "ctap2", "transport": "usb", "hasResidentKey": False, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip
pytestmark = pytest.mark.slow


@pytest.fixture
def settings(tmp_path):
    """Passkeys are made for a name, and this host has one; the port has to be known before."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://localhost:{port}"
    return Settings(state=tmp_path, rate_limits=False, public_url=url)


@pytest.fixture
def address(app, settings):
    port = int(settings.public_url.rpartition(":")[2])
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield settings.public_url
    server.shutdown()
    thread.join()


def plug_in(page):
    """A security key in the browser's port; the session to talk to it, and its id."""
    wire = page.context.new_cdp_session(page)
    wire.send("WebAuthn.enable")
    added = wire.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return wire, added["authenticatorId"]


def show_password(page, login):
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.get_by_label("Name").fill(login)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


@pytest.fixture
def with_passkey(signed_in_page):
    """A page of ann, who has just added a passkey."""
    page = signed_in_page("ann", Role.REVIEWER)
    wire, key = plug_in(page)
    page.goto("/account")
    page.get_by_label("Name of a new passkey").fill("the blue key")
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_text("The passkey is kept.").wait_for()
    return page, wire, key


def test_a_passkey_is_asked_for_after_the_password_until_it_is_removed(
    with_passkey, database, site
):
    page, _, _ = with_passkey
    page.get_by_text("the blue key", exact=True).wait_for()
    show_password(page, "ann")
    page.get_by_role("button", name="Show a passkey").wait_for()
    page.evaluate("fetch('/jobs').then(answer => { window.led = answer.url })")
    page.wait_for_function("window.led")
    assert "/sign-in" in page.evaluate("window.led")  # the password alone opens nothing
    page.get_by_role("button", name="Show a passkey").click()
    page.wait_for_url("**/jobs*")
    with database.session() as session:
        assert session.query(Passkey).one().used_at is not None
    page.goto("/account")
    page.on("dialog", lambda asked: asked.accept())
    page.get_by_role("button", name="Remove").click()
    page.get_by_text("The passkey is removed.").wait_for()
    show_password(page, "ann")
    page.wait_for_url("**/jobs*")
    log = "".join(events(database, site))
    assert '"event":"passkey-added"' in log
    assert '"event":"passkey-removed"' in log


def test_an_answer_that_was_overheard_opens_nothing_a_second_time(
    with_passkey, app, database, site
):
    page, _, _ = with_passkey
    show_password(page, "ann")
    with page.expect_request("**/sign-in/passkey") as sent:
        page.get_by_role("button", name="Show a passkey").click()
    page.wait_for_url("**/jobs*")
    thief = Browser(app.test_client())
    thief.sign_in("ann")
    headers = {"X-CSRFToken": thief.token()}
    again = thief.client.post("/sign-in/passkey", json=sent.value.post_data_json, headers=headers)
    assert again.status_code == 410
    assert thief.get("/jobs").location.startswith("/sign-in")
    assert any('"event":"passkey-wrong"' in line for line in events(database, site))


def test_a_key_that_was_lost_is_told_in_words(with_passkey):
    page, wire, key = with_passkey
    show_password(page, "ann")
    page.get_by_role("button", name="Show a passkey").wait_for()
    wire.send("WebAuthn.clearCredentials", {"authenticatorId": key})
    wire.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": key})
    plug_in(page)  # another key, which does not know this console
    page.get_by_role("button", name="Show a passkey").click()
    page.get_by_text("No passkey was shown.").wait_for()
