"""Every page answers, says what it should in words, and lets nobody in who may not."""

import re

import pytest

from tests.web.reporting import guard_of, job, report, take
from web.benchmarks.made_up import fill
from web.models.jobs import Job
from web.models.people import Role

PAGES = {
    "/jobs": Role.VIEWER,
    "/jobs?state=all&verdict=flagged&days=7&q=cup": Role.VIEWER,
    "/fleet": Role.VIEWER,
    "/standing": Role.VIEWER,
    "/reports": Role.VIEWER,
    "/reports?month=2026-13": Role.VIEWER,
    "/scans": Role.REVIEWER,
    "/fleet/updates": Role.ADMINISTRATOR,
    "/log": Role.ADMINISTRATOR,
    "/people": Role.ADMINISTRATOR,
    "/keys": Role.ADMINISTRATOR,
    "/reports/reviewed.jsonl": Role.ADMINISTRATOR,
}


@pytest.fixture
def filled(database, site):
    with database.writing() as session:
        fill(session, site, 60)
    return site


@pytest.mark.parametrize(("path", "role"), PAGES.items())
def test_a_page_opens_for_its_role_and_for_none_below(path, role, filled, signed_in):
    assert signed_in(role).get(path).status_code == 200
    for lower in list(Role)[: list(Role).index(role)]:
        assert signed_in(lower).get(path).status_code == 403


@pytest.mark.parametrize("path", PAGES)
def test_a_page_asks_strangers_to_sign_in(path, app):
    answer = app.test_client().get(path)
    assert answer.status_code == 303
    assert answer.location.startswith("/sign-in")


def test_what_is_stored_is_told_to_everybody(app):
    assert "never comes here" in app.test_client().get("/privacy").text


def test_filters_and_pages_live_in_the_address(filled, signed_in):
    text = signed_in(Role.VIEWER).get("/jobs?state=all&printer=printer-3").text
    names = re.findall(r'class="name"', text)
    assert names
    assert "printer-4 ·" not in text
    assert "printer-3" in text


def test_older_jobs_follow_without_a_gap(database, site, signed_in):
    with database.writing() as session:
        fill(session, site, 130)
    browser, seen, path = signed_in(Role.VIEWER), [], "/jobs?state=all"
    while path:
        text = browser.get(path).text
        seen += re.findall(r'id="job-([0-9a-f]{32})"', text)
        older = re.search(r'href="([^"]+before=[^"]+)"', text)
        path = older and older[1].replace("&amp;", "&")
    assert len(seen) == len(set(seen)) == 130


HOSTILE = "<script>alert(1)</script>\u202e.gcode"


def test_a_name_with_a_script_tag_stays_a_name(app, database, site, signed_in):
    guard_id, _key = guard_of(database, site)
    take(app, database, guard_id, report(job(name=HOSTILE, submitter=HOSTILE)))
    browser = signed_in(Role.REVIEWER)
    with database.session() as session:
        found = session.query(Job).one()
    for path in ("/jobs", f"/jobs/{found.id}"):
        text = browser.get(path).text
        assert "<script>alert" not in text
        assert "&lt;script&gt;" in text
        assert "\u202e" not in text


def test_another_sites_job_is_no_job(database, other_site, signed_in):
    with database.writing() as session:
        fill(session, other_site, 3)
        foreign = session.query(Job).first().id
    browser = signed_in(Role.ADMINISTRATOR)
    assert browser.get(f"/jobs/{foreign}").status_code == 404
    assert foreign not in browser.get("/jobs?state=all").text
