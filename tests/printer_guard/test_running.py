"""A job that prints is followed, stopped when there is evidence, and the stop is proved."""

import asyncio
from dataclasses import replace

import pytest

from printer_guard.policy import Finding
from printer_guard.printers.base import (
    Back,
    Ending,
    JobEnded,
    Level,
    Sent,
)
from printer_guard.settings import Halting
from printer_guard.store import Stage
from printer_guard.wire import Choice, Decision
from tests.printer_guard.scripted_printer import CUP, attended, events_of, levels, printing, until


def test_an_innocent_print_is_left_alone(tmp_path):
    async def life():
        async with attended(tmp_path) as bench:
            job = await printing(bench)
            position = 0
            for line in CUP.splitlines(keepends=True):
                bench.printer.tell(Sent(job, line, position))
                position += len(line)
            bench.printer.tell(JobEnded(job, Ending.DONE))
            await until(lambda: job.id not in bench.attendant.cases)
            await until(lambda: not bench.site.copies.path_of(job).exists())
            assert not bench.printer.asked_for("stop")
            assert (await events_of(bench))[-1]["stage"] == "ended"

    asyncio.run(life())


@pytest.mark.parametrize(
    "sent",
    [
        b"G28\nM104 S210\nG1X1E1\n",  # another temperature, other spaces
        b"N1 G28*18\nN2 M104 S200*1\nN3 G1 X1 E1*7\nM117 other words\n",
        b"g28\ng1 x1 e1\n",
        b"\n; words\nG28\n\nG1 X1 E1\nG1 X2 E2\n",
    ],
)
def test_what_a_host_strips_and_adds_is_no_change(tmp_path, sent):
    async def life():
        async with attended(tmp_path) as bench:
            job = await printing(bench)
            bench.printer.tell(Sent(job, sent, 0))
            bench.printer.tell(JobEnded(job, Ending.DONE))
            await until(lambda: job.id not in bench.attendant.cases)
            assert not bench.printer.asked_for("stop")

    asyncio.run(life())


@pytest.mark.parametrize(
    "sent",
    [
        b"G28\nG1 X1.1 E1\n",  # another move
        b"G28\nG1 X2 E2\n",  # one left out
        b"G28\nG1 X1 E1\nG1 X1 E1\n",  # one too many
        CUP + b"G1 X4 E4\n",  # more than there was
        b"G28\nM221 S200\n",  # another flow
    ],
)
def test_a_changed_byte_while_printing_stops_the_job_once(tmp_path, sent):
    async def life():
        async with attended(tmp_path) as bench:
            job = await printing(bench)
            for _ in range(3):
                bench.printer.tell(Sent(job, sent, 0))
            await bench.stage(job, Stage.PAUSED)
            assert levels(bench) == [Level.PAUSE]
            stopped = (await events_of(bench))[-1]
            assert (stopped["event"], stopped["verified"], stopped["finding"]) == (
                "stopped", True, "changed",
            )  # fmt: skip

    asyncio.run(life())


def test_one_character_at_a_time_is_followed_like_whole_lines(tmp_path):
    async def life():
        async with attended(tmp_path) as bench:
            job = await printing(bench)
            for position, byte in enumerate(b"G28\nG1 X1 E1\n"):
                bench.printer.tell(Sent(job, bytes([byte]), position))
            for byte in b"G1 X7 E2\n":
                bench.printer.tell(Sent(job, bytes([byte]), 0))
            await bench.stage(job, Stage.PAUSED)

    asyncio.run(life())


def test_levels_are_climbed_until_the_printer_itself_agrees(tmp_path):
    async def life():
        async with attended(tmp_path) as bench:
            job = await printing(bench)
            bench.printer.deaf = {Level.PAUSE, Level.CANCEL}
            bench.printer.tell(Sent(job, b"G1 X9\n", 0))
            await bench.stage(job, Stage.CANCELLED)
            assert levels(bench) == [Level.PAUSE, Level.CANCEL, Level.QUICKSTOP]

    asyncio.run(life())


def test_moves_that_are_planned_may_run_out_before_the_next_level(tmp_path, monkeypatch):
    monkeypatch.setattr("printer_guard.halting.GRACE_S", 0.0)

    async def life():
        async with attended(tmp_path) as bench:
            job = await printing(bench)
            bench.printer.capabilities = replace(bench.printer.capabilities, lookahead_s=600.0)
            stop = bench.printer.stop

            async def late(job, level):
                await asyncio.sleep(2 * bench.site.settings.halting.step_s)
                return await stop(job, level)

            bench.printer.stop = late
            bench.printer.tell(Sent(job, b"G1 X9\n", 0))
            await bench.stage(job, Stage.PAUSED)
            assert levels(bench) == [Level.PAUSE]

    asyncio.run(life())


def test_the_owner_sets_the_hardest_means(tmp_path):
    async def life():
        halting = Halting(most="cancel", step_s=0.2, again_s=0.1)
        async with attended(tmp_path, halting=halting) as bench:
            job = await printing(bench)
            bench.printer.deaf = set(Level)
            bench.printer.tell(Sent(job, b"G1 X9\n", 0))
            await bench.asked("stop", 4)
            assert levels(bench)[:4] == [Level.PAUSE, Level.CANCEL, Level.PAUSE, Level.CANCEL]

    asyncio.run(life())


def test_a_printer_lost_during_a_stop_is_stopped_when_it_is_back(tmp_path):
    async def life():
        halting = Halting(step_s=0.2, again_s=600)
        async with attended(tmp_path, halting=halting) as bench:
            job = await printing(bench)
            bench.printer.away = True
            bench.printer.tell(Sent(job, b"G1 X9\n", 0))
            await until(lambda: any(e == Level.EMERGENCY for e in levels(bench)))
            bench.printer.away = False
            await until(lambda: bench.attendant.running.halter._back is not None)
            await asyncio.sleep(0.1)
            bench.printer.tell(Back())
            await bench.stage(job, Stage.PAUSED)
            words = [event["event"] for event in await events_of(bench)]
            assert "stop_failed" in words

    asyncio.run(life())


def test_a_job_that_ends_while_it_is_stopped_is_written_off_with_its_proof(tmp_path):
    async def life():
        async with attended(tmp_path) as bench:
            job = await printing(bench)
            bench.printer.tell(Sent(job, b"G1 X9\n", 0), JobEnded(job, Ending.CANCELLED))
            await until(lambda: not bench.site.copies.path_of(job).exists())
            last = (await events_of(bench))[-2:]
            assert [event["event"] for event in last] == ["stopped", "ended"]
            assert last[0]["verified"]
            assert last[1]["stage"] == "cancelled"

    asyncio.run(life())


def test_a_released_stop_goes_on_and_is_not_stopped_again_for_the_same(tmp_path):
    async def life():
        async with attended(tmp_path) as bench:
            job = await printing(bench)
            case = bench.attendant.cases[job.id]
            bench.attendant.running.trip(case, Finding.GROWING_FLAGGED, "looks so")
            await bench.stage(job, Stage.PAUSED)
            word = Decision(
                job_id=job.id,
                printer="voron",
                sha256=None,
                choice=Choice.RELEASE,
                by="ann",
                why="ok",
                at=1.0,
            )
            await bench.attendant.release(word)
            assert bench.printer.asked_for("resume")
            bench.attendant.running.trip(case, Finding.GROWING_FLAGGED, "looks so")
            await asyncio.sleep(0.1)
            assert levels(bench) == [Level.PAUSE]

    asyncio.run(life())


def test_a_person_cancels_a_running_job(tmp_path):
    async def life():
        async with attended(tmp_path) as bench:
            job = await printing(bench)
            word = Decision(
                job_id=job.id,
                printer="voron",
                sha256=None,
                choice=Choice.CANCEL,
                by="ann",
                why="no",
                at=1.0,
            )
            await bench.attendant.cancel(word)
            assert bench.stage_of(job) == Stage.CANCELLED
            assert levels(bench) == [Level.CANCEL]

    asyncio.run(life())


def test_a_stop_for_one_job_never_touches_another(tmp_path):
    async def life():
        async with attended(tmp_path) as bench:
            first = await printing(bench)
            bench.printer.tell(JobEnded(first, Ending.DONE))
            second = await printing(bench)
            bench.printer.tell(Sent(first, b"G1 X9\n", 0))
            bench.printer.tell(Sent(second, b"G28\n", 0))
            await asyncio.sleep(0.2)
            assert bench.stage_of(second) == Stage.PRINTING
            assert not levels(bench)

    asyncio.run(life())
