"""Every route and method, tried by everybody: who may pass is what doors.py says, and no more."""

import pytest

from tests.web.people import PASSWORD
from tests.web.reporting import guard_of
from tests.web.roles.doors import ANYBODY, DOORS, ENDPOINTS, GUARD, WAY_IN
from web.actor import Actor
from web.api import keys
from web.app import create_app
from web.models.people import Role
from web.settings import Oidc

ID = "0" * 32
PARTS = {
    "attempt": "attempt-1", "filename": "icon.svg", "how": "start", "kind": "jsonl",
    "name": "thumb.webp", "token": "nothing", "what": "close",
}  # fmt: skip
SENT = {
    "POST /account/confirm": {"password": PASSWORD},
    "POST /account/password": {"old": PASSWORD, "password": f"another {PASSWORD}"},
}
"""Forms whose own rules would refuse, where the door would not."""
AT_ONCE = {"GET /api/v1/decisions": {"wait": "0"}}
ELSEWHERE = {"REMOTE_ADDR": "192.0.2.7"}  # /metrics is open to this host
LAST = ("POST /account/password", "POST /sign-out")


@pytest.fixture
def app(settings, database, tmp_path):
    """With every page that settings can add, and without the tokens of forms."""
    secret = tmp_path / "secret"
    secret.write_text("s")
    silent = "http://127.0.0.1:9"  # nothing answers there
    oidc = Oidc.model_construct(name="x", issuer=silent, client_id="c", client_secret_file=secret)
    app = create_app(settings.model_copy(update={"oidc": oidc}), database)
    app.config.update(WTF_CSRF_ENABLED=False)
    return app


def routes(app):
    """ "GET /jobs" -> the address to ask for, those that end a sign-in last."""
    urls = app.url_map.bind("localhost")
    found = {
        f"{method} {rule.rule}": urls.build(
            rule.endpoint, {name: PARTS.get(name, ID) for name in rule.arguments}, method
        )
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    return dict(sorted(found.items(), key=lambda row: row[0] in LAST))


def passed(client, route, address, headers):
    """Whether the door opened: what lies behind it may still refuse what was sent."""
    answer = client.open(
        address,
        method=route.partition(" ")[0],
        headers=headers,
        data=SENT.get(route),
        query_string=AT_ONCE.get(route),
        environ_overrides=ELSEWHERE,
    )
    answer.close()  # events have no end
    assert answer.status_code < 500, route
    refused = answer.status_code in (401, 403)
    asked = answer.status_code == 303 and answer.location.startswith("/sign-in")
    return not (refused or asked)


def opened(app, client, headers=None):
    tried = ((route, address) for route, address in routes(app).items() if DOORS[route] != WAY_IN)
    return {route for route, address in tried if passed(client, route, address, headers or {})}


def open_to(*doors):
    return {route for route, door in DOORS.items() if door in (ANYBODY, *doors)}


def test_every_route_has_a_row_and_every_row_a_route(app):
    assert set(routes(app)) == set(DOORS)


def test_every_scope_of_a_key_opens_something():
    assert set(keys.SCOPES) == set(ENDPOINTS.values()) - {ANYBODY, GUARD}


def test_nobody_passes_where_somebody_is_asked_for(app, site):
    assert opened(app, app.test_client()) - {"GET /"} == open_to()


@pytest.mark.parametrize("role", list(Role))
def test_a_person_passes_up_to_the_own_role_and_no_endpoint(app, signed_in, role):
    browser = signed_in(role)
    covered = [lower for lower in Role if role.covers(lower)]
    assert opened(app, browser.client) == open_to(*covered)


@pytest.mark.parametrize("scope", keys.SCOPES)
def test_a_key_opens_what_its_scope_names_and_no_page(app, database, site, scope):
    with database.writing() as session:
        key = keys.make(session, Actor(site, "user:1"), "robot", [scope])
    headers = {"Authorization": f"Bearer {key}"}
    assert opened(app, app.test_client(), headers) - {"GET /"} == open_to(scope)


def test_a_guards_key_opens_what_guards_need_and_no_page(app, database, site):
    _, key = guard_of(database, site)
    headers = {"Authorization": f"Bearer {key}"}
    assert opened(app, app.test_client(), headers) - {"GET /"} == open_to(GUARD)


@pytest.mark.parametrize("route", [route for route, door in DOORS.items() if door == WAY_IN])
def test_the_way_in_forbids_nobody_and_never_falls_over(app, site, route):
    answer = app.test_client().open(routes(app)[route], method=route.partition(" ")[0])
    assert answer.status_code in (200, 303, 401, 410), route
