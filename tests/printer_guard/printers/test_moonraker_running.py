"""A job that prints through Klipper: what is seen of it, and how it stops."""

import pytest

from printer_guard.printers.base import (
    JobEnded,
    JobStarted,
    Level,
    Phase,
)
from printer_guard.wire import Route
from tests.printer_guard.printers.moonraker_bench import CUP, LINES, bench_in, run


@pytest.mark.parametrize(
    ("level", "phase"),
    [
        (Level.HOLD, Phase.PAUSED),
        (Level.PAUSE, Phase.PAUSED),
        (Level.CANCEL, Phase.IDLE),
        (Level.EMERGENCY, Phase.HALTED),
    ],
)
def test_each_level_is_proved_by_the_printers_state(tmp_path, level, phase):
    async def life():
        async with bench_in(tmp_path) as bench:
            bench.host.put("extruder", target=200.0)
            job = await bench.running(CUP * 20)
            report = await bench.printer.stop(job, level)
            assert report.state.phase is phase
            assert report.verified_at is not None
            if level is Level.CANCEL:
                assert report.heaters_off

    run(life())


@pytest.mark.parametrize(("level", "ends"), [(Level.PAUSE, "paused"), (Level.CANCEL, "cancelled")])
def test_a_printer_that_waits_for_heat_is_at_rest_and_stops_before_its_next_line(
    tmp_path, level, ends
):
    async def life():
        async with bench_in(tmp_path) as bench:
            bench.host.cold = True
            job = await bench.offered("hot.gcode", "M109 S200\n" + CUP)
            await bench.printer.allow(job, job.sha256)
            await bench.until(lambda: bench.host.get("extruder", "target"))
            report = await bench.printer.stop(job, level)
            assert report.verified_at is not None
            assert report.state.phase is Phase.PRINTING  # it cannot say otherwise yet
            assert report.heaters_off is False
            bench.host.warm()
            await bench.until(lambda: bench.host.get("print_stats", "state") == ends)
            assert bench.host.ran == ["M109 S200"]
            assert level is Level.PAUSE or bench.host.get("extruder", "target") == 0

    run(life())


def test_an_answer_is_no_proof(tmp_path):
    async def life():
        async with bench_in(tmp_path) as bench:
            job = await bench.running(CUP * 50)
            bench.host.obeys = False
            report = await bench.printer.stop(job, Level.CANCEL)
            assert report.verified_at is None
            assert report.state.phase is Phase.PRINTING

    run(life())


def test_a_pause_and_a_resume_lose_no_line(tmp_path):
    async def life():
        async with bench_in(tmp_path) as bench:
            job = await bench.running()
            await bench.printer.stop(job, Level.PAUSE)
            await bench.printer.resume(job)
            await bench.until(lambda: bench.told(JobEnded))
            assert bench.host.ran == LINES

    run(life())


def test_a_stop_for_one_job_never_touches_the_next(tmp_path):
    async def life():
        async with bench_in(tmp_path) as bench:
            first = await bench.offered("one.gcode")
            await bench.printer.refuse(first, "no")
            await bench.running()
            await bench.printer.stop(first, Level.EMERGENCY)
            await bench.until(lambda: len(bench.told(JobEnded)) == 2)
            assert bench.host.ran == LINES

    run(life())


def test_what_prints_unasked_is_told_as_started(tmp_path):
    async def life():
        async with bench_in(tmp_path) as bench:
            (tmp_path / "gcodes" / "cup.gcode").write_text(CUP * 20)
            bench.host.put("print_stats", filename="cup.gcode")
            bench.host._file = (tmp_path / "gcodes" / "cup.gcode").open("rb")
            bench.host.put("virtual_sdcard", file_path="cup.gcode")
            bench.host._resume()
            await bench.until(lambda: bench.told(JobStarted))
            job = bench.told(JobStarted)[0].job
            assert (job.name, job.route) == ("cup.gcode", Route.FILE)
            assert job.sha256 is not None

    run(life())


def test_a_stream_past_any_file_is_seen_in_the_planner(tmp_path):
    async def life():
        async with bench_in(tmp_path) as bench:
            await bench.until(lambda: bench.printer._jobs._streams._tail_s < 1.0)
            bench.host.script("G1 X10\nG1 X20 E0.5\nG1 X30 E0.5\nG1 X40 E0.5")
            await bench.until(lambda: bench.told(JobStarted))
            job = bench.told(JobStarted)[0].job
            assert job.route is Route.STREAM
            await bench.until(lambda: b"E0.50000" in bench.printed)
            report = await bench.printer.stop(job, Level.CANCEL)
            assert 'TYPE=command MSG="action:cancel"' in bench.host.said
            assert report.verified_at is not None

    run(life())
