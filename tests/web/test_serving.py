"""The console as it is started: under gunicorn, one process, a thread for each that waits."""

import signal
import threading

import pytest
import requests

from tests.web.reporting import guard_of
from web.auth import people
from web.benchmarks.server import Server
from web.db import Database
from web.migrations.upgrade import upgrade
from web.settings import Settings

WAITERS = 12
PATIENCE_S = 600


@pytest.fixture
def key(tmp_path):
    """Of a guard of the console in that folder."""
    database = Database(Settings(state=tmp_path).database_url)
    upgrade(database)
    with database.writing() as session:
        site_id = people.found_site(session, "Makerspace")[0].id
    _, key = guard_of(database, site_id)
    database.close()
    return key


@pytest.mark.slow
def test_it_answers_while_guards_wait_and_ends_when_it_is_told_to(tmp_path, key):
    headers = {"Authorization": f"Bearer {key}"}
    answers = []

    def wait(url):
        found = requests.get(f"{url}/api/v1/decisions?wait=5", headers=headers, timeout=PATIENCE_S)
        answers.append(found.status_code)

    with Server(tmp_path) as server:
        waiters = [threading.Thread(target=wait, args=(server.url,)) for _ in range(WAITERS)]
        for waiter in waiters:
            waiter.start()
        health = requests.get(f"{server.url}/healthz", timeout=PATIENCE_S)
        assert health.status_code == 200
        assert health.headers["Server"].startswith("gunicorn")
        for waiter in waiters:
            waiter.join(PATIENCE_S)
        assert answers == [200] * WAITERS
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(PATIENCE_S) == 0
        assert "Traceback" not in (tmp_path / "server.log").read_text()
