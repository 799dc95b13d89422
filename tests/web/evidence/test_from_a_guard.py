"""What a real guard tells of a job that it holds, from its judge to a reviewer's page."""

import asyncio
import gzip
import threading
from pathlib import Path

from werkzeug.serving import make_server

from printer_guard.daemon import Guard
from printer_guard.printers.base import JobOffered
from printer_guard.settings import Console, PrinterTable
from printer_guard.settings import Settings as GuardSettings
from printer_guard.wire import Job, Route
from tests.printer_guard.scripted_printer import ScriptedPrinter
from tests.web.apart import run_apart
from tests.web.reporting import guard_of
from web.evidence import store
from web.jobs.queries import Filter, find
from web.models.jobs import State
from web.models.people import Role

SAMPLE = Path(__file__).parents[3] / "classifier/samples/3-handgun-shaped-envelope.gcode.gz"
PATIENCE_S = 120.0  # a judge and a draughtsman start, on a machine that does much else


async def until(holds):
    async with asyncio.timeout(PATIENCE_S):
        while not holds():
            await asyncio.sleep(0.05)


def guard_of_site(folder, key, port):
    (folder / "key").write_text(key)
    console = Console(
        url=f"http://127.0.0.1:{port}", token_file=folder / "key", retry_s=0.1, retry_most_s=0.5
    )
    table = {"voron": PrinterTable(kind="scripted")}
    return Guard(
        GuardSettings(name="guard-0", state=folder, runtime=folder, console=console, printers=table)
    )


def shows_none_of(text, browser, addresses):
    lines = [line for line in text.splitlines() if line.startswith(b"G1")][::50]
    for address in addresses:
        answer = browser.get(address)
        assert answer.status_code == 200, address
        assert not any(line in answer.data for line in lines)


def test_pictures_of_a_held_job_wait_for_the_console_and_its_bytes_never_leave(
    tmp_path, monkeypatch, app, database, site, signed_in
):
    text = gzip.decompress(SAMPLE.read_bytes())
    folder = tmp_path / "guard"
    folder.mkdir()
    printer = ScriptedPrinter(folder)
    monkeypatch.setattr("printer_guard.daemon.open_printer", lambda *_: printer)
    _, key = guard_of(database, site)
    server = make_server("127.0.0.1", 0, app, threaded=True)  # listens, and answers nobody yet
    serving = threading.Thread(target=server.serve_forever, daemon=True)

    def jobs():
        with database.session() as session:
            return [(job.id, job.state) for job in find(session, site, Filter()).jobs]

    def shown():
        with database.session() as session:
            found = find(session, site, Filter()).jobs
            return store.names(session, found[0]) if found else []

    async def life():
        printer.bytes_of["stand.gcode"] = text
        job = Job(printer="voron", name="stand.gcode", route=Route.FILE)
        async with guard_of_site(folder, key, server.server_port) as guard:
            printer.tell(JobOffered(job))
            await until(lambda: list(guard.site.outgoing.glob("*.zip")))
        assert jobs() == []  # the console was away all that time, and then the guard ended
        serving.start()
        async with guard_of_site(folder, key, server.server_port) as guard:
            await until(shown)
            await until(lambda: not list(guard.site.outgoing.glob("*.zip")))

    try:
        run_apart(life())
    finally:
        if serving.is_alive():  # a server that never served waits for its end without end
            server.shutdown()
        server.server_close()
    ((job_id, state),) = jobs()
    assert state == State.HELD
    browser = signed_in(Role.REVIEWER)
    assert b"evidence/" in browser.get(f"/jobs/{job_id}").data
    assert [name for name in shown() if name.endswith(".webp")]
    shows_none_of(text, browser, [f"/jobs/{job_id}/evidence/{name}" for name in shown()])
