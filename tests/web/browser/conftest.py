"""A console that runs, a real browser, and one held job with its evidence."""

import os
import shutil
import threading
from collections import namedtuple

import pytest
from werkzeug.serving import make_server

from tests.web.people import PASSWORD
from tests.web.reporting import job, report, take
from web.actor import Actor
from web.evidence import store
from web.fleet import enrolment
from web.models.fleet import Guard
from web.models.jobs import Job
from web.models.people import Role

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
SWIFTSHADER = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader")  # WebGL without a GPU
SIZES = {
    "desktop": {"width": 1280, "height": 850},
    "phone": {"width": 390, "height": 844},
    "zoom": {"width": 640, "height": 425},  # 1280 x 850 at 200 %
    "narrow": {"width": 320, "height": 640},  # WCAG 1.4.10
}
PATIENCE_MS = 180_000  # of a busy machine: waits end as soon as they may
Held = namedtuple("Held", "id name")


@pytest.fixture(scope="session")
def chromium():
    if CHROMIUM is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", *SWIFTSHADER]
        )
        yield browser
        browser.close()


@pytest.fixture
def address(app):
    """Where the console answers."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def page_of(chromium, address):
    """`page_of("phone", color_scheme="dark")`: a page in a browser of its own.

    A fault of a script, or something that the policy of the page forbids, fails the test.
    """
    contexts, faults = [], []

    def make(size="desktop", **options):
        context = chromium.new_context(viewport=SIZES[size], base_url=address, **options)
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda line: _note(line, faults))
        contexts.append(context)
        return page

    yield make
    for context in contexts:
        context.close()
    assert faults == []


def _note(line, faults):
    if "Content Security Policy" in line.text or "Refused to" in line.text:
        faults.append(line.text)


@pytest.fixture
def signed_in_page(page_of, person):
    """`signed_in_page("ann")`: a page of somebody who has typed name and password."""

    def make(login="ann", role=Role.REVIEWER, size="desktop", **options):
        person(login, role)
        page = page_of(size, **options)
        page.goto("/sign-in")
        page.get_by_label("Name").fill(login)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/jobs*")
        return page

    return make


@pytest.fixture(scope="session")
def package():
    """Evidence of the smallest sample job, as a guard packs it."""
    from classifier.demo import sample_jobs
    from classifier.runtime.bundle import load_bundle
    from classifier.runtime.evidence.make import evidence_package
    from classifier.runtime.judge import Judge

    judge, path = Judge(load_bundle()), sample_jobs()[-1]
    return evidence_package(path, judge.examine(path), judge)


@pytest.fixture
def hold(app, database, site):
    """`hold("cup.gcode")`: a guard of the site holds a job of that name."""
    with database.writing() as session:
        admin = Actor(site, "console")
        enrolment.enrol(session, enrolment.make_token(session, admin), "workshop")
        guard_id = session.query(Guard).filter_by(name="workshop").one().id

    def make(name, **more):
        fields = {key: more.pop(key) for key in ("submitter", "sha256") if key in more}
        take(app, database, guard_id, report(job(name=name, **fields), guard="workshop", **more))
        with database.session() as session:
            return Held(session.query(Job).filter_by(name=name).one().id, name)

    return make


@pytest.fixture
def held(hold, database, site, package):
    """A job with pictures, a curve and a scene."""
    found = hold("stand.gcode", verdict="review", weapon_score=0.81, submitter="Ben Baker")
    with database.writing() as session:
        row = session.get_one(Job, found.id)
        store.put(session, Actor(site, "guard:test"), row, store.read(package))
    return found


@pytest.fixture
def state_of(database):
    def look(held):
        with database.session() as session:
            return session.get_one(Job, held.id).state

    return look
