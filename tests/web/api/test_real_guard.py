"""The guard's own reporter and the console understand each other."""

import asyncio
import threading
import time
from contextlib import contextmanager

import pytest
from werkzeug.serving import make_server

from printer_guard.daemon import Guard
from printer_guard.records import Note
from printer_guard.settings import Console, Settings
from printer_guard.store import Stage
from printer_guard.wire import Job, Route
from tests.web.apart import run_apart
from tests.web.api.test_guards import decide
from tests.web.reporting import DIGEST, guard_of
from web.jobs.queries import Filter, find
from web.models.decisions import Choice, Ruling

PATIENCE_S = 60


@contextmanager
def served(app):
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()


async def until(look):
    """What *look* finds, once it finds something."""
    end = time.monotonic() + PATIENCE_S
    while not (found := await asyncio.to_thread(look)):
        assert time.monotonic() < end, "it did not happen"
        await asyncio.sleep(0.05)
    return found


@pytest.mark.slow
def test_a_held_job_is_reported_decided_and_the_guard_says_that_it_knows(
    app, database, site, tmp_path
):
    _, key = guard_of(database, site)
    token = tmp_path / "token"
    token.write_text(f"{key}\n")

    def held():
        with database.session() as session:
            return find(session, site, Filter()).jobs

    def received():
        with database.session() as session:
            return [row for row in session.query(Ruling) if row.receipt_at is not None]

    async def talk(url):
        console = Console(url=url, token_file=token, retry_s=0.1, retry_most_s=0.2, timeout_s=30)
        folder = tmp_path / "guard"
        settings = Settings(name="guard-0", state=folder, runtime=folder, console=console)
        async with Guard(settings) as guard:
            job = Job(printer="voron", name="cup.gcode", route=Route.FILE, sha256=DIGEST)
            note = Note(event="held", job=job, stage=Stage.HELD, finding="flagged", action="hold")
            await guard.site.records.note(note)
            (kept,) = await until(held)
            assert (kept.attempt, kept.state) == (job.id, "held")
            await asyncio.to_thread(decide, app, database, site, Choice.DENY)
            (ruling,) = await until(received)
            assert ruling.wire_choice == "cancel"

    with served(app) as url:
        run_apart(talk(url))
