"""What becomes of a job that is offered, and of what goes wrong meanwhile."""

import asyncio
import hashlib
import time

import pytest

from printer_guard import store
from printer_guard.errors import RecordsError
from printer_guard.policy import Action, Finding, Mode
from printer_guard.printers.base import Ending, JobEnded, JobOffered
from printer_guard.store import Stage
from printer_guard.wire import Choice, Decision, Job, Route
from tests.printer_guard.scripted_printer import Bench, attended, until

CUP = b"G1 X1 E1\nG1 X2 E2\n"


def decision(job, choice=Choice.RELEASE, sha256=None):
    return Decision(
        job_id=job.id,
        printer=job.printer,
        sha256=sha256,
        choice=choice,
        by="ann",
        why="mine",
        at=1.0,
    )


async def release(bench: Bench, job, sha256=None):
    word = decision(job, sha256=sha256)
    await bench.site.records.call(lambda connection: store.put_release(connection, word))
    await bench.attendant.release(word)


def test_a_clear_job_is_written_down_before_it_is_let_go(tmp_path):
    async def life():
        async with attended(tmp_path) as bench:
            job = bench.job("cup.gcode", CUP)
            bench.printer.tell(JobOffered(job))
            (allowed,) = await bench.asked("allow")
            assert allowed == ("allow", job.id, hashlib.sha256(CUP).hexdigest())
            rows = await bench.site.records.call(
                lambda c: c.execute("SELECT body FROM journal").fetchall()
            )
            assert '"event":"offered"' in rows[0][0]
            assert any('"event":"released"' in row[0] for row in rows)

    asyncio.run(life())


@pytest.mark.parametrize(
    "finding",
    [
        Finding.REVIEW,
        Finding.FLAGGED,
        Finding.UNREADABLE,
        Finding.JUDGING_FAILED,
        Finding.MODEL_MISSING,
    ],
)
def test_whatever_is_not_clear_is_held_and_says_why(tmp_path, finding):
    async def life():
        async with attended(tmp_path) as bench:
            job = bench.job("cup.gcode", CUP)
            bench.judge.says["cup.gcode"] = finding
            bench.printer.tell(JobOffered(job))
            await bench.stage(job, Stage.HELD)
            (said,) = await bench.asked("say")
            assert f"looks {finding}" in said[1]
            assert not bench.printer.asked_for("allow")

    asyncio.run(life())


def test_bytes_that_nobody_has_are_held(tmp_path):
    async def life():
        async with attended(tmp_path) as bench:
            job = bench.job("menu.gcode", route=Route.SD)
            bench.printer.tell(JobOffered(job))
            await bench.stage(job, Stage.HELD)
            assert bench.attendant.cases[job.id].finding == Finding.CANNOT_FETCH

    asyncio.run(life())


def test_an_owner_releases_a_held_job_and_the_same_bytes_the_next_time(tmp_path):
    async def life():
        async with attended(tmp_path) as bench:
            bench.judge.says["cup.gcode"] = Finding.FLAGGED
            first = bench.job("cup.gcode", CUP)
            bench.printer.tell(JobOffered(first))
            await bench.stage(first, Stage.HELD)
            await release(bench, first, hashlib.sha256(CUP).hexdigest())
            await bench.asked("allow")
            bench.printer.tell(JobEnded(first, Ending.DONE))
            again, other = bench.job("cup.gcode", CUP), bench.job("dup.gcode", CUP + b"\n")
            bench.judge.says["dup.gcode"] = Finding.FLAGGED
            bench.printer.tell(JobOffered(again))
            await bench.asked("allow", 2)
            bench.printer.tell(JobOffered(other))
            await bench.stage(other, Stage.HELD)

    asyncio.run(life())


def test_a_person_can_refuse_a_held_job(tmp_path):
    async def life():
        async with attended(tmp_path) as bench:
            bench.judge.says["cup.gcode"] = Finding.REVIEW
            job = bench.job("cup.gcode", CUP)
            bench.printer.tell(JobOffered(job))
            await bench.stage(job, Stage.HELD)
            await bench.attendant.cancel(decision(job, Choice.CANCEL))
            (refused,) = await bench.asked("refuse")
            assert refused[2] == "cancelled by ann: mine"

    asyncio.run(life())


def test_a_file_replaced_between_verdict_and_start_does_not_start(tmp_path):
    async def life():
        async with attended(tmp_path) as bench:
            job = bench.job("cup.gcode", CUP)
            bench.printer.on_disk["cup.gcode"] = b"G1 X9 E9\n"
            bench.printer.tell(JobOffered(job))
            await bench.stage(job, Stage.HELD)
            assert bench.attendant.cases[job.id].finding == Finding.CHANGED
            assert not bench.printer.asked_for("allow")

    asyncio.run(life())


def test_a_file_overwritten_while_it_is_copied_is_held(tmp_path):
    async def life():
        async with attended(tmp_path) as bench:
            bench.printer.bytes_of["cup.gcode"] = CUP
            job = Job(printer="voron", name="cup.gcode", route=Route.FILE, sha256="d" * 64)
            bench.printer.tell(JobOffered(job))
            await bench.stage(job, Stage.HELD)
            assert "changed while it was being copied" in bench.attendant.cases[job.id].reason

    asyncio.run(life())


def test_a_verdict_that_comes_too_late_for_the_host_is_a_hold(tmp_path):
    async def life():
        async with attended(tmp_path) as bench:
            bench.judge.before = lambda: asyncio.sleep(3600)
            job = bench.job("cup.gcode", CUP)
            bench.printer.tell(JobOffered(job, deadline_s=1.05))
            await bench.stage(job, Stage.HELD)
            assert bench.attendant.cases[job.id].finding == Finding.JUDGING_FAILED

    asyncio.run(life())


def test_a_fault_of_ours_while_examining_is_a_hold(tmp_path):
    async def life():
        async with attended(tmp_path) as bench:

            def fault():
                raise ZeroDivisionError

            bench.judge.before = fault
            job = bench.job("cup.gcode", CUP)
            bench.printer.tell(JobOffered(job))
            await bench.stage(job, Stage.HELD)
            assert "ZeroDivisionError" in bench.attendant.cases[job.id].reason

    asyncio.run(life())


def test_with_a_full_disk_a_clear_job_waits_until_it_can_be_written_down(tmp_path):
    async def life():
        async with attended(tmp_path) as bench:
            real = bench.site.records.database.change

            def full(work):
                raise RecordsError("records.db", "database or disk is full")

            bench.site.records.database.change = full
            job = bench.job("cup.gcode", CUP)
            bench.printer.tell(JobOffered(job))
            await until(lambda: bool(bench.judge.judged))
            await asyncio.sleep(0.1)
            assert not bench.printer.asked_for("allow")
            bench.site.records.database.change = real
            await bench.asked("allow")
            await bench.site.records.catch_up()
            rows = await bench.site.records.call(
                lambda c: c.execute("SELECT body FROM journal").fetchall()
            )
            assert '"event":"offered"' in rows[0][0]

    asyncio.run(life())


def test_a_printer_that_is_lost_while_a_job_is_let_go_gets_the_word_later(tmp_path):
    async def life():
        async with attended(tmp_path) as bench:
            job = bench.job("cup.gcode", CUP)

            async def unplug():
                bench.printer.away = True

            bench.judge.before = unplug
            bench.printer.tell(JobOffered(job))
            await until(lambda: bool(bench.judge.judged))
            await asyncio.sleep(0.1)
            bench.printer.away = False
            await bench.asked("allow")

    asyncio.run(life())


def test_two_jobs_at_once_are_decided_each_for_itself(tmp_path):
    async def life():
        async with attended(tmp_path) as bench:
            good, bad = (
                bench.job("good.gcode", b"G1 X1 E1\n"),
                bench.job("bad.gcode", b"G1 X2 E1\n"),
            )
            bench.judge.says["bad.gcode"] = Finding.FLAGGED
            bench.printer.tell(JobOffered(bad), JobOffered(good))
            (allowed,) = await bench.asked("allow")
            await bench.stage(bad, Stage.HELD)
            assert allowed[1] == good.id

    asyncio.run(life())


def test_observing_lets_everything_print_and_remembers_what_it_would_have_done(tmp_path):
    async def life():
        async with attended(tmp_path, mode=Mode.OBSERVE) as bench:
            job = bench.job("cup.gcode", CUP)
            bench.judge.says["cup.gcode"] = Finding.FLAGGED
            bench.printer.tell(JobOffered(job))
            await bench.asked("allow")
            rows = await bench.site.records.call(
                lambda c: c.execute("SELECT body FROM journal").fetchall()
            )
            assert '"would_be":"hold"' in rows[-1][0]

    asyncio.run(life())


def test_a_held_job_that_nobody_decides_is_refused_when_the_site_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr("printer_guard.admitting.AGAIN_S", 0.05)

    async def life():
        async with attended(tmp_path, offer_s=0.1) as bench:
            job = bench.job("cup.gcode", CUP)
            bench.judge.says["cup.gcode"] = Finding.REVIEW
            bench.printer.tell(JobOffered(job))
            (refused,) = await bench.asked("refuse")
            assert "Nobody decided" in refused[2]

    asyncio.run(life())


@pytest.mark.parametrize(("action", "word"), [(Action.RELEASE, "allow"), (Action.REFUSE, "refuse")])
def test_a_site_says_what_becomes_of_a_held_job_without_a_console(
    tmp_path, monkeypatch, action, word
):
    monkeypatch.setattr("printer_guard.admitting.AGAIN_S", 0.05)

    async def life():
        actions = {Finding.CONSOLE_UNREACHABLE: action}
        async with attended(tmp_path, actions=actions) as bench:
            job = bench.job("cup.gcode", CUP)
            bench.judge.says["cup.gcode"] = Finding.REVIEW
            bench.printer.tell(JobOffered(job))
            await bench.stage(job, Stage.HELD)
            assert not bench.printer.asked_for(word)
            bench.site.console_away = True
            await bench.asked(word)

    asyncio.run(life())


@pytest.mark.parametrize("step_s", [-86400.0, 86400.0])
def test_a_clock_that_jumps_changes_no_decision_and_no_deadline(tmp_path, monkeypatch, step_s):
    real = time.time

    async def life():
        async with attended(tmp_path) as bench:
            job = bench.job("cup.gcode", CUP)
            bench.judge.says["cup.gcode"] = Finding.FLAGGED
            bench.printer.tell(JobOffered(job, deadline_s=600.0))
            await bench.stage(job, Stage.HELD)
            monkeypatch.setattr(time, "time", lambda: real() + step_s)
            await asyncio.sleep(0.1)
            assert bench.stage_of(job) == Stage.HELD
            await release(bench, job, hashlib.sha256(CUP).hexdigest())
            await bench.asked("allow")

    asyncio.run(life())
