"""`printwarden demo` ends with a console that holds its own jobs, and says how to open it."""

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from classifier import cli
from web.db import Database
from web.models.jobs import EvidencePart, Job, State
from web.models.people import User


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The folder and the words of a demonstration."""
    folder = tmp_path_factory.mktemp("demo") / "out"
    call = [sys.executable, "-m", "printwarden", "demo", "-o", str(folder)]
    done = subprocess.run(call, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


@pytest.fixture
def reader(demo):
    database = Database(f"sqlite:///{demo[0] / 'console' / 'console.db'}")
    with database.session() as session:
        yield session
    database.close()


@pytest.mark.slow
def test_the_last_lines_name_the_jobs_and_how_to_open_the_console(demo, reader):
    folder, words = demo
    *_, held, how = words.splitlines()
    for name in reader.scalars(select(Job.name)):
        assert name in held
    assert how.endswith(f"printwarden console demo {folder}")


@pytest.mark.slow
def test_what_was_held_has_its_pictures_and_what_passed_has_none(demo, reader):
    jobs = list(reader.scalars(select(Job)))
    assert {job.verdict for job in jobs} == {"clear", "flagged"}
    for job in jobs:
        query = select(func.count()).where(EvidencePart.job_id == job.id)
        assert bool(reader.scalar(query)) == (job.state != State.PASSED)


@pytest.mark.slow
def test_looking_whether_it_opens_leaves_no_account_and_nothing_twice(demo, reader):
    folder, _ = demo
    before = reader.scalar(select(func.count(Job.id)))
    call = [sys.executable, "-m", "printwarden", "console", "demo", str(folder), "--check"]
    subprocess.run(call, check=True, capture_output=True)
    assert reader.scalar(select(func.count(Job.id))) == before
    assert reader.scalar(select(func.count(User.id))) == 0


def test_without_the_extra_it_says_what_is_needed(tmp_path):
    @click.group()
    def root():
        pass

    @root.command("console", context_settings={"ignore_unknown_options": True})
    @click.argument("words", nargs=-1)
    def console(words):
        raise ModuleNotFoundError("No module named 'flask'", name="flask")

    @root.command("demo")
    def demo():
        cli._fill_console(tmp_path)

    told = CliRunner().invoke(root, ["demo"])
    assert told.exit_code == 0
    assert "(needs [web])" in told.output
