"""What was acknowledged is never lost, what is past never changed, and a full disk is noticed."""

import asyncio
import random
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from printer_guard import journal, outbox, store
from printer_guard.database import FILE, Database
from printer_guard.errors import RecordsError
from printer_guard.records import Note, Records
from printer_guard.store import Stage
from printer_guard.wire import Choice, Decision, Job, Route

DIGEST = "b" * 64
JOB = Job(printer="voron", name="cup.gcode", route=Route.FILE, sha256=DIGEST, size_bytes=9)
HELD = Note(event="held", job=JOB, stage=Stage.HELD, finding="flagged", reason="looks so")

WRITE_FOR_EVER = """
import sys
from pathlib import Path
from printer_guard import journal
from printer_guard.database import Database
database = Database(Path(sys.argv[1]))
while True:
    entry = database.change(lambda connection: journal.append(connection, "tick"))
    print(entry.seq, entry.hash, flush=True)
"""


@pytest.fixture
def database(tmp_path):
    opened = Database(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def records(database):
    return Records(database, "shed", reporting=True)


def fill_disk(database: Database, *, full: bool) -> None:
    """Let the file grow no further, as on a full disk; or again."""
    (pages,) = database._connection.execute("PRAGMA page_count").fetchone()
    database._connection.execute(f"PRAGMA max_page_count={pages if full else 1 << 30}")


def append_many(database: Database, count: int) -> None:
    def work(connection: sqlite3.Connection) -> None:
        for number in range(count):
            journal.append(connection, "tick", number=number)

    database.change(work)


def test_a_guard_killed_while_it_writes_has_lost_nothing_it_acknowledged(tmp_path):
    for _ in range(3):
        with subprocess.Popen(
            [sys.executable, "-c", WRITE_FOR_EVER, str(tmp_path)], stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(random.Random(7).uniform(0.02, 0.1))
            writer.send_signal(signal.SIGKILL)
            acknowledged = [line.split() for line in writer.stdout if line.count(" ") == 1]
        seq, digest = int(acknowledged[-1][0]), acknowledged[-1][1]
        assert journal.verify(tmp_path / FILE, last=(seq, digest)) >= seq


@pytest.mark.parametrize("query", ["UPDATE journal SET body = '{}'", "DELETE FROM journal"])
def test_the_journal_refuses_to_be_changed(database, query):
    append_many(database, 2)
    with pytest.raises(RecordsError, match="append-only"):
        database.change(lambda connection: connection.execute(query))


TAMPERINGS = {
    "a changed byte": "UPDATE journal SET body = replace(body, 'tick', 'tock') WHERE seq = 3",
    "a removed entry": "DELETE FROM journal WHERE seq = 3",
    "a removed end": "DELETE FROM journal WHERE seq > 3",
    "two swapped": "UPDATE journal SET seq = seq - 7 WHERE seq IN (3, 4)",
    "one put in": "INSERT INTO journal SELECT 6, body, hash FROM journal WHERE seq = 2",
    "a forged hash": f"UPDATE journal SET hash = '{'0' * 64}' WHERE seq = 5",
}


@pytest.mark.parametrize("query", TAMPERINGS.values(), ids=TAMPERINGS)
def test_a_change_of_the_past_shows(database, tmp_path, query):
    append_many(database, 5)
    (last,) = database.change(lambda connection: list(journal.entries(connection, after=4)))
    database.close()
    assert journal.verify(tmp_path / FILE) == 5
    thief = sqlite3.connect(tmp_path / FILE)
    thief.executescript(
        f"DROP TRIGGER journal_is_never_changed; DROP TRIGGER journal_is_never_cut; {query};"
        "UPDATE journal SET seq = -seq WHERE seq < 0;"
    )
    thief.close()
    with pytest.raises(RecordsError):
        journal.verify(tmp_path / FILE, last=(last.seq, last.hash))


@pytest.mark.parametrize("step_s", [-86400.0, 86400.0])
def test_a_clock_that_is_set_is_written_down(database, monkeypatch, step_s):
    append_many(database, 1)
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + step_s)
    entry = database.change(lambda connection: journal.append(connection, "tick"))
    assert entry.body["clock_set_by_s"] == pytest.approx(step_s, abs=1)


def test_a_job_its_journal_and_its_report_are_kept_together(records):
    asyncio.run(records.note(HELD))
    row = records.database.change(lambda connection: store.find_job(connection, JOB.id[:8]))
    (report,) = records.database.change(lambda connection: outbox.waiting(connection, 9))
    assert (row.job, row.stage, row.finding) == (JOB, Stage.HELD, "flagged")
    assert (report.job, report.event, report.sequence) == (JOB, "held", 1)


def test_on_a_full_disk_nothing_is_acknowledged_and_late_notes_come_through_in_order(records):
    append_many(records.database, 200)
    fill_disk(records.database, full=True)

    async def fill_the_last_pages() -> None:
        for _ in range(1000):
            await records.note(HELD)

    async def life() -> None:
        with pytest.raises(RecordsError, match="full"):
            await fill_the_last_pages()
        await records.note_late(Note(event="stopped", job=JOB, stage=Stage.STOPPING))
        await records.note_late(Note(event="verified", job=JOB, stage=Stage.PAUSED, verified=True))
        assert records.problem is not None
        assert not await records.catch_up()
        fill_disk(records.database, full=False)
        assert await records.catch_up()

    asyncio.run(life())
    assert records.problem is None
    events = records.database.change(lambda connection: list(journal.entries(connection)))
    assert [entry.body["event"] for entry in events[-2:]] == ["stopped", "verified"]
    row = records.database.change(lambda connection: store.find_job(connection, JOB.id))
    assert row.stage is Stage.PAUSED


def test_a_release_holds_for_those_bytes_on_that_printer_only(database):
    decision = Decision(
        job_id=JOB.id,
        printer="voron",
        sha256=DIGEST,
        choice=Choice.RELEASE,
        by="ann",
        why="",
        at=1.0,
    )
    first = database.change(lambda connection: store.put_release(connection, decision))
    again = database.change(lambda connection: store.put_release(connection, decision))
    assert (first, again) == (True, False)

    def found(job: Job) -> bool:
        release = database.change(lambda connection: store.find_release(connection, job))
        return isinstance(release, store.Release)

    same_bytes = Job(printer="voron", name="renamed", route=Route.SD, sha256=DIGEST)
    other_bytes = Job(printer="voron", name="cup.gcode", route=Route.FILE, sha256="c" * 64)
    other_printer = Job(printer="ender", name="cup.gcode", route=Route.FILE, sha256=DIGEST)
    unknown_bytes = Job(printer="voron", name="cup.gcode", route=Route.STREAM)
    assert [found(job) for job in (JOB, same_bytes, other_bytes, other_printer, unknown_bytes)] == [
        True, True, False, False, False,
    ]  # fmt: skip


def test_a_stop_is_claimed_once_for_each_job_and_evidence(database):
    def claim(job, evidence):
        return database.change(lambda connection: store.claim_stop(connection, job, evidence))

    assert [claim("a", "x"), claim("a", "x"), claim("a", "y"), claim("b", "x")] == [
        True, False, True, True,
    ]  # fmt: skip


def test_numbers_of_reports_are_never_used_twice(records):
    async def life() -> list[int]:
        await records.note(HELD)
        await records.note(HELD)
        await records.call(lambda connection: outbox.acknowledge(connection, 2))
        await records.note(HELD)
        reports = await records.call(lambda connection: outbox.waiting(connection, 9))
        return [report.sequence for report in reports]

    assert asyncio.run(life()) == [3]


def test_a_file_of_a_later_version_is_left_alone(tmp_path):
    connection = sqlite3.connect(tmp_path / FILE)
    connection.execute("PRAGMA user_version=99")
    connection.close()
    with pytest.raises(RecordsError, match="version 99"):
        Database(tmp_path)


@pytest.mark.parametrize("words", [b"not a database at all, not even a little", b"\0" * 5000])
def test_a_damaged_file_is_named(tmp_path, words):
    (tmp_path / FILE).write_bytes(words)
    with pytest.raises(RecordsError, match=FILE):
        Database(tmp_path)
