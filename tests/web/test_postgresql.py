"""The same on PostgreSQL: migrations, reports, decisions, and a log that stays as it is."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from tests.web.decisions.test_deciding import Desk
from web.actor import Actor
from web.app import create_app
from web.audit import reading
from web.db import Database
from web.migrations.upgrade import upgrade
from web.models.decisions import Choice
from web.models.jobs import State
from web.models.tables import METADATA

pytestmark = pytest.mark.slow
TOOLS = ("initdb", "postgres")


def _tool(name):
    found = shutil.which(name) or next(
        (str(path) for path in Path("/usr/lib/postgresql").glob(f"*/bin/{name}")), None
    )
    return found or pytest.skip(f"no PostgreSQL here: {name} is missing")


def _somebody():
    """PostgreSQL refuses to run as root."""
    if os.getuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        return pytest.skip("PostgreSQL does not run as root, and there is no user postgres")


@pytest.fixture(scope="module")
def server():
    initdb, postgres = map(_tool, TOOLS)
    user = _somebody()
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        if user:
            shutil.chown(folder, user)
        data = f"{folder}/data"
        subprocess.run(
            [initdb, "-D", data, "-U", "warden", "-A", "trust", "-N"],
            check=True, capture_output=True, user=user, cwd=folder,
        )  # fmt: skip
        call = [
            postgres,
            "-D",
            data,
            "-p",
            str(port),
            "-k",
            folder,
            "-c",
            "listen_addresses=127.0.0.1",
            "-F",
        ]
        process = subprocess.Popen(call, user=user, cwd=folder, stderr=subprocess.DEVNULL)
        yield f"postgresql+psycopg://warden@127.0.0.1:{port}/postgres"
        process.terminate()
        process.wait(60)


@pytest.fixture
def database(server):
    import time

    base = Database(server)
    for _ in range(300):
        try:
            upgrade(base)
            break
        except DatabaseError:  # it is still starting
            time.sleep(0.2)
    yield base
    base.close()


def test_reports_and_decisions_work_and_the_log_cannot_be_changed(database, settings, person, site):
    app = create_app(settings, database)
    desk = Desk(app, database, site)
    job_id = desk.held()
    desk.decide(Actor(site, f"user:{person('ann')}", "Ann"), job_id, Choice.APPROVE_FILE, "a clamp")
    assert desk.state(job_id) == State.RELEASED
    assert desk.state(desk.held()) == State.RELEASED
    assert len(desk.waiting()) == 2
    with database.session() as session:
        assert reading.check(session, site).broken is None
    for statement in (
        "UPDATE audit_line SET at = 0",
        "DELETE FROM audit_line",
        "TRUNCATE audit_line",
    ):
        with pytest.raises(DatabaseError, match="append-only"), database.writing() as session:
            session.execute(text(statement))


def test_the_migrations_make_what_the_models_say(database):
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
