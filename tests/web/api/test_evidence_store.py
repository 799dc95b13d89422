"""Pictures of held jobs are drawn anew, shown to their site, and nobody else."""

import io

import pytest
from PIL import Image

from tests.web.api.test_guards import Client
from tests.web.evidence.test_unpacking import packed
from tests.web.reporting import guard_of, job, report
from web.jobs.queries import Filter, find
from web.models.people import Role


def picture(**more):
    body = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(body, "WEBP", **more)
    return body.getvalue()


def package(shown=None):
    """Evidence with one picture, which is a good one unless given."""
    return packed(**{"object-1-xy.webp": picture() if shown is None else shown})


@pytest.fixture
def held(app, database, site):
    """A guard with a held job: the client and the attempt."""
    _, key = guard_of(database, site)
    guard = Client(app.test_client(), key)
    told = job()
    guard.report(report(told))
    return guard, told.id


def put(guard, attempt, body):
    return guard.ask("PUT", f"/jobs/{attempt}/evidence", data=body, content_type="application/zip")


def job_id(database, site):
    with database.session() as session:
        return find(session, site, Filter()).jobs[0].id


def test_a_picture_is_shown_without_what_was_hidden_in_it(held, database, site, signed_in):
    guard, attempt = held
    secret = b"<script>alert(1)</script>"
    assert put(guard, attempt, package(picture(xmp=secret))).status_code == 204
    shown = signed_in(Role.VIEWER).get(f"/jobs/{job_id(database, site)}/evidence/object-1-xy.webp")
    assert (shown.status_code, shown.mimetype) == (200, "image/webp")
    assert secret not in shown.data
    assert "sandbox" in shown.headers["Content-Security-Policy"]


def test_evidence_of_another_site_does_not_exist(held, database, site, other_site, signed_in):
    guard, attempt = held
    put(guard, attempt, package())
    stranger = signed_in(Role.ADMINISTRATOR, of=other_site)
    path = f"/jobs/{job_id(database, site)}/evidence/object-1-xy.webp"
    assert stranger.get(path).status_code == 404


@pytest.mark.parametrize(
    "body",
    [b"", b"PK", package(b"RIFF\0\0\0\0WEBPnonsense")],
    ids=["empty", "cut", "no picture"],
)
def test_what_is_no_evidence_is_refused(held, body):
    assert put(*held, body).status_code == 422


def test_evidence_of_a_job_that_was_let_pass_is_not_taken(held):
    guard, _ = held
    told = job()
    guard.report(report(told, verdict="clear", action="release"))
    assert put(guard, told.id, package()).status_code == 409


def test_evidence_comes_after_its_job(held):
    assert put(held[0], "not-yet", package()).status_code == 404


@pytest.mark.parametrize("name", ["../../etc/passwd", "..%2f..%2fetc%2fpasswd", "a.svg", "A.webp"])
def test_a_name_that_is_none_leads_nowhere(held, database, site, signed_in, name):
    browser = signed_in(Role.VIEWER)
    assert browser.get(f"/jobs/{job_id(database, site)}/evidence/{name}").status_code == 404
