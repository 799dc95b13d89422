"""Jobs that a guard meets while they print: from a printer's menu, or after it was killed."""

import asyncio

import pytest

from printer_guard import store
from printer_guard.case import Case
from printer_guard.policy import Action, Finding, Mode
from printer_guard.printers.base import (
    Back,
    JobOffered,
    JobStarted,
    Level,
    Phase,
    Sent,
)
from printer_guard.store import Stage
from printer_guard.wire import Job, Route
from tests.printer_guard.scripted_printer import CUP, attended, events_of, levels, printing, until


def test_a_print_started_at_the_printers_menu_is_paused_first_and_goes_on_if_it_is_clear(tmp_path):
    async def life():
        async with attended(tmp_path) as bench:
            job = bench.job("menu.gcode", CUP, Route.SD)
            bench.printer.phase = Phase.PRINTING
            bench.printer.tell(JobStarted(job))
            await bench.asked("resume")
            assert [call[0] for call in bench.printer.asked if call[0] != "say"] == [
                "stop", "fetch", "resume",
            ]  # fmt: skip
            await bench.stage(job, Stage.PRINTING)

    asyncio.run(life())


@pytest.mark.parametrize("known", [False, True])
def test_a_print_from_the_menu_that_is_flagged_or_unseen_stays_paused(tmp_path, known):
    async def life():
        async with attended(tmp_path) as bench:
            bench.judge.says["menu.gcode"] = Finding.FLAGGED
            job = bench.job("menu.gcode", CUP if known else None, Route.SD)
            bench.printer.phase = Phase.PRINTING
            bench.printer.tell(JobStarted(job))
            await until(lambda: any(e[0] == "fetch" for e in bench.printer.asked))
            await asyncio.sleep(0.2)
            assert bench.stage_of(job) == Stage.PAUSED
            assert not bench.printer.asked_for("resume")

    asyncio.run(life())


def test_a_site_may_let_unannounced_jobs_be(tmp_path):
    async def life():
        actions = {Finding.UNANNOUNCED: Action.RELEASE}
        async with attended(tmp_path, actions=actions) as bench:
            job = bench.job("menu.gcode", None, Route.SD)
            bench.printer.tell(JobStarted(job))
            await bench.stage(job, Stage.PRINTING)
            assert not levels(bench)

    asyncio.run(life())


def test_observing_stops_nothing(tmp_path):
    async def life():
        async with attended(tmp_path, mode=Mode.OBSERVE) as bench:
            job = await printing(bench)
            bench.printer.tell(Sent(job, b"G1 X9\n", 0))
            await asyncio.sleep(0.2)
            assert not levels(bench)
            assert (await events_of(bench))[-1]["event"] == "would_stop"

    asyncio.run(life())


STAGES = {
    Stage.OFFERED: "paused",  # it starts although nobody let it: an adapter's fault
    Stage.HELD: "paused",
    Stage.RELEASED: "goes on",
    Stage.PRINTING: "goes on",
    Stage.STOPPING: "paused",
}


@pytest.mark.parametrize(("stage", "becomes"), STAGES.items())
def test_a_guard_killed_at_any_stage_finds_the_running_job_again(tmp_path, stage, becomes):
    """What a former run has written down is all that the next one has."""
    job = Job(printer="voron", name="cup.gcode", route=Route.SD)

    async def former():
        async with attended(tmp_path) as bench:
            case = Case(job, finding="flagged", reason="looks so")
            await bench.site.records.note(case.note("as it was", stage))

    async def next_run():
        async with attended(tmp_path) as bench:
            bench.printer.phase = Phase.PRINTING
            bench.printer.tell(JobStarted(job))
            if becomes == "goes on":
                await bench.stage(job, Stage.PRINTING)
                await asyncio.sleep(0.1)
                assert not levels(bench)
            else:
                await bench.stage(job, Stage.PAUSED)
                assert levels(bench) == [Level.PAUSE]

    asyncio.run(former())
    asyncio.run(next_run())


def test_a_job_that_waited_when_the_guard_was_killed_is_judged_again_and_still_held(tmp_path):
    async def former():
        async with attended(tmp_path) as bench:
            bench.judge.says["cup.gcode"] = Finding.FLAGGED
            job = bench.job("cup.gcode", CUP)
            bench.printer.tell(JobOffered(job))
            await bench.stage(job, Stage.HELD)
            return job

    async def next_run(job):
        async with attended(tmp_path) as bench:
            bench.printer.bytes_of["cup.gcode"] = CUP
            bench.judge.says["cup.gcode"] = Finding.FLAGGED
            bench.printer.tell(JobOffered(job))
            await bench.stage(job, Stage.HELD)
            assert not bench.printer.asked_for("allow")

    asyncio.run(next_run(asyncio.run(former())))


def test_a_job_of_a_former_run_that_nobody_tells_of_is_written_off(tmp_path, monkeypatch):
    monkeypatch.setattr("printer_guard.attending.SETTLE_S", 0.1)
    job = Job(printer="voron", name="cup.gcode", route=Route.FILE)

    async def life():
        async with attended(tmp_path) as bench:
            await bench.site.records.note(Case(job).note("as it was", Stage.PRINTING))
        async with attended(tmp_path) as bench:
            bench.printer.tell(Back())

            async def written_off():
                row = await bench.site.records.call(lambda c: store.find_job(c, job.id))
                return row.stage is Stage.GONE

            async with asyncio.timeout(30):
                while not await written_off():
                    await asyncio.sleep(0.05)

    asyncio.run(life())
