"""Forms that carry files: as large as their page says, small everywhere else."""

import io
from types import SimpleNamespace

import pytest

from tests.web.test_bad_input import GIB, noted
from web.fleet import updates
from web.models.people import Role
from web.scans import service

MB = 1_000_000


@pytest.fixture
def scanned(monkeypatch):
    """How many bytes of each file came as far as the judge."""
    seen = []

    def scan(_database, _settings, _actor, stream, name):
        seen.append((name, len(stream.read())))
        return SimpleNamespace(id="0" * 32)

    monkeypatch.setattr(service, "scan", scan)
    return seen


def form(size, name="job.gcode", **more):
    return {"file": (io.BytesIO(b"x" * size), name)} | more


def test_a_job_of_some_megabytes_is_taken(signed_in, scanned):
    answer = signed_in(Role.REVIEWER).post("/scans", form(5 * MB))
    assert answer.status_code == 303
    assert scanned == [("job.gcode", 5 * MB)]


def test_a_signed_model_of_some_megabytes_is_taken(signed_in, database, site):
    browser = signed_in(Role.ADMINISTRATOR)
    answer = browser.post("/fleet/updates", form(3 * MB, kind="model", version="1"))
    assert answer.status_code == 303
    with database.session() as session:
        assert [row.version for row in updates.of_site(session, site)] == [1]


def test_no_other_form_is_that_large(signed_in, database, site):
    browser = signed_in(Role.ADMINISTRATOR)
    refused = browser.post("/people/two-persons", {"on": "y" * 3 * MB})
    assert refused.status_code == 413
    assert noted(database, site)


def test_a_form_of_four_gigabytes_is_refused_before_it_is_read(signed_in, scanned, database, site):
    browser = signed_in(Role.REVIEWER)
    refused = browser.post("/scans", form(10), environ_overrides={"CONTENT_LENGTH": str(4 * GIB)})
    assert refused.status_code == 413
    assert "more than this console takes" in refused.text
    assert scanned == []
    assert noted(database, site)


def test_a_stranger_sends_no_large_form(browser, scanned):
    refused = browser.post("/scans", form(5 * MB), page="/sign-in")
    assert refused.status_code == 413
    assert scanned == []


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "..\\..\\boot.ini", "/etc/shadow\x00.gcode", "a/b.stl"]
)
def test_a_file_whose_name_climbs_lies_in_the_quarantine_all_the_same(settings, name):
    with service._quarantined(settings, io.BytesIO(b"x"), name) as path:
        assert path.resolve().parent == (settings.state / "quarantine").resolve()
        assert name.rpartition(".")[0] not in path.name
    assert not path.exists()
