"""What is kept too long is gone, from the bytes on the disk too; what waits for a person stays."""

import secrets

import pytest

from tests.web.decisions.test_deciding import Desk
from tests.web.reporting import job
from web.actor import Actor
from web.audit import reading
from web.clock import DAY_S
from web.decisions.service import Wish, decide
from web.evidence import store
from web.models.decisions import Choice
from web.models.jobs import Job
from web.retention import purge


@pytest.fixture
def desk(app, database, site):
    return Desk(app, database, site)


def on_disk(settings, needle):
    return any(needle in file.read_bytes() for file in settings.state.glob("console.db*"))


def test_evidence_of_a_decided_job_is_overwritten_after_its_days(
    desk, database, settings, site, move_clock
):
    job_id, secret = desk.held(), secrets.token_bytes(64)
    by = Actor(site, "user:1", "Ann")
    with desk.app.app_context(), database.writing() as session:
        store.put(session, by, session.get(Job, job_id), {"skin-1.bin": secret})
        decide(session, by, job_id, Wish(Choice.DENY))
    assert on_disk(settings, secret)
    move_clock(29 * DAY_S)
    purge(database, settings)
    assert on_disk(settings, secret)
    move_clock(2 * DAY_S)
    assert purge(database, settings)["evidence"] == 1
    assert not on_disk(settings, secret)


def test_jobs_go_after_their_time_and_the_log_still_proves_itself(
    desk, database, settings, site, move_clock
):
    waiting, passed = desk.held(), desk.held(job(name="secret-name.gcode"), action="release")
    move_clock(31 * DAY_S)
    assert purge(database, settings)["jobs"] == 1
    assert not on_disk(settings, b"secret-name.gcode")
    with database.session() as session:
        assert session.get(Job, waiting) is not None
        assert session.get(Job, passed) is None
        assert reading.check(session, site).broken is None
