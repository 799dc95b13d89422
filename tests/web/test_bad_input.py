"""What nobody should send: refused in plain words, with a line in the log."""

import io

import pytest

from tests.web.reporting import guard_of, job, report, take
from web.actor import CONSOLE_SITE, Actor
from web.api import keys
from web.audit.reading import lines
from web.jobs.queries import Filter, find
from web.models.people import Role

SCRIPT = "<script>alert(1)</script>"
GIB = 1 << 30


def noted(database, site, event="refused"):
    with database.session() as session:
        return [line for line in lines(session, site) if f'"event":"{event}"' in line.body]


@pytest.fixture
def held(app, database, site):
    """The id of a held job with a hostile name."""
    guard, _ = guard_of(database, site)
    take(app, database, guard, report(job(name=SCRIPT, submitter=SCRIPT), reason=SCRIPT))
    with database.session() as session:
        return find(session, site, Filter()).jobs[0].id


@pytest.fixture
def program(app, database, site):
    """Headers of a program that may do everything."""
    with database.writing() as session:
        key = keys.make(session, Actor(site, "user:1"), "robot", list(keys.SCOPES))
    return {"Authorization": f"Bearer {key}"}


@pytest.mark.parametrize(
    "page", ["/jobs", "/jobs/{id}", "/jobs?q=%3Cscript%3Ealert(1)%3C/script%3E"]
)
def test_a_name_with_a_script_tag_stays_a_name(signed_in, held, page):
    shown = signed_in(Role.REVIEWER).get(page.format(id=held))
    assert shown.status_code == 200
    assert SCRIPT not in shown.text
    assert "&lt;script&gt;" in shown.text
    assert "'unsafe-inline'" not in shown.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("path", "event"), [("/jobs/{id}", "foreign-id"), ("/api/v1/jobs/{id}", "foreign-id")]
)
def test_another_tenants_job_does_not_exist(
    app, database, other_site, signed_in, held, path, event
):
    path = path.format(id=held)
    if path.startswith("/api"):
        with database.writing() as session:
            key = keys.make(session, Actor(other_site, "user:1"), "robot", ["jobs:read"])
        refused = app.test_client().get(path, headers={"Authorization": f"Bearer {key}"})
    else:
        refused = signed_in(Role.ADMINISTRATOR, of=other_site).get(path)
    assert refused.status_code == 404
    assert noted(database, other_site, event)


def test_four_gigabytes_are_refused_before_they_are_read(app, database, site, program):
    refused = app.test_client().post(
        "/api/v1/scans?name=big.gcode",
        input_stream=io.BytesIO(b"G1 X1\n"),
        headers=program,
        environ_overrides={"CONTENT_LENGTH": str(4 * GIB)},
    )
    assert refused.status_code == 413
    assert "more than" in refused.json["message"]
    assert noted(database, site)


def test_a_file_without_a_stated_length_is_cut_off_at_the_limit(app, settings, database, program):
    from web.errors import TooLarge
    from web.scans import service

    class Endless(io.RawIOBase):
        def read(self, size=-1):
            return b"x" * size

    small = settings.model_copy(update={"upload_mib": 1})
    with pytest.raises(TooLarge):
        service.scan(database, small, Actor("s", "user:1"), Endless(), "../../x.gcode")
    assert not list((settings.state / "quarantine").iterdir())


CLIMBING = ["/static/../app.py", "/static/%2e%2e/app.py", "/jobs/../../etc/passwd"]


@pytest.mark.parametrize("path", CLIMBING)
def test_a_path_trick_leads_nowhere_and_is_noted(browser, database, path):
    refused = browser.get(path)
    assert refused.status_code == 404
    assert "No page of this console has this address." in refused.text
    assert noted(database, CONSOLE_SITE)


def test_a_link_with_a_trick_in_it_is_a_link_that_does_not_work(browser):
    assert browser.get("/start/..%2f").status_code in (404, 410)


def test_a_mistyped_address_is_no_event(browser, database):
    assert browser.get("/jbos").status_code == 404
    assert not noted(database, CONSOLE_SITE)


def test_a_form_of_another_site_is_refused_and_noted(signed_in, database, site, held):
    browser = signed_in(Role.REVIEWER)
    refused = browser.post(
        f"/jobs/{held}/decision", {"choice": "deny"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert refused.status_code == 403
    assert noted(database, site, "form-forged")


def test_a_viewer_cannot_decide(signed_in, database, site, held):
    refused = signed_in(Role.VIEWER).post(f"/jobs/{held}/decision", {"choice": "deny"})
    assert refused.status_code == 403
    assert noted(database, site, "not-allowed")


def test_a_key_is_good_for_its_scopes_only(app, database, site, held):
    with database.writing() as session:
        key = keys.make(session, Actor(site, "user:1"), "reader", ["jobs:read"])
    refused = app.test_client().post(
        f"/api/v1/jobs/{held}/decisions",
        json={"choice": "deny"},
        headers={"Authorization": f"Bearer {key}"},
    )
    assert refused.status_code == 403
    assert noted(database, site, "not-allowed")


def test_a_link_that_leads_elsewhere_is_not_followed_after_signing_in(browser, person):
    person("ann")
    for elsewhere in ("https://evil.example/", "//evil.example", "/\\evil.example"):
        form = {"login": "ann", "password": "correct horse battery"}
        answer = browser.post(f"/sign-in?next={elsewhere}", form, page="/sign-in")
        assert answer.location == "/"


def test_a_mistyped_sign_in_is_noted_for_the_console(browser, database):
    browser.sign_in("nobody", "not a password")
    assert noted(database, CONSOLE_SITE, "sign-in-failed")


def test_no_page_changes_anything_by_being_looked_at(app):
    changing = {rule.rule for rule in app.url_map.iter_rules() if "GET" in rule.methods} & {
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint.endswith(("decide", "revoke"))
    }
    assert not changing
