"""What starts through Klipper, what is told of it, and what never prints."""

import asyncio
import contextlib
import hashlib

import pytest

from printer_guard.errors import CannotFetch, PrinterRefused
from printer_guard.printers.base import (
    Back,
    Ending,
    JobEnded,
    JobOffered,
    JobStarted,
    Level,
    Lost,
    Phase,
)
from printer_guard.printers.moonraker.gate import plain
from printer_guard.printers.moonraker.moves import Moves
from printer_guard.printers.moonraker.printer import open_moonraker
from tests.printer_guard.printers.moonraker_bench import CUP, LINES, Bench, bench_in, run


def test_an_innocent_file_prints_byte_for_byte_after_the_verdict_and_not_before(tmp_path):
    async def life():
        async with bench_in(tmp_path) as bench:
            job = await bench.offered("cup.gcode")
            assert job.sha256 == hashlib.sha256(CUP.encode()).hexdigest()
            assert (await bench.printer.fetch(job)).read_text() == CUP
            await asyncio.sleep(0.2)
            assert bench.host.ran == []
            assert (await bench.printer.state()).phase is Phase.WAITING
            await bench.printer.allow(job, job.sha256)
            await bench.until(lambda: bench.told(JobEnded))
            assert bench.host.ran == LINES
            assert bench.printed.decode() == CUP
            assert bench.told(JobEnded)[0].how is Ending.DONE

    run(life())


def test_a_file_replaced_between_verdict_and_start_does_not_start(tmp_path):
    async def life():
        async with bench_in(tmp_path) as bench:
            job = await bench.offered("cup.gcode")
            (tmp_path / "gcodes" / "cup.gcode").write_text(CUP.replace("X1 ", "X9 "))
            with pytest.raises(PrinterRefused, match="not the file that was judged"):
                await bench.printer.allow(job, job.sha256)
            assert bench.host.ran == []
            assert bench.host.get("print_stats", "state") == "standby"

    run(life())


def test_a_file_that_vanishes_or_is_moved_is_not_started(tmp_path):
    async def life():
        async with bench_in(tmp_path) as bench:
            bench.host.script('SDCARD_PRINT_FILE FILENAME="gone.gcode"')
            await bench.until(lambda: bench.told(JobOffered))
            job = bench.told(JobOffered)[0].job
            with pytest.raises(CannotFetch):
                await bench.printer.fetch(job)
            assert bench.host.ran == []

    run(life())


def test_a_refusal_drops_the_file_and_makes_the_queue_wait(tmp_path):
    async def life():
        async with bench_in(tmp_path) as bench:
            job = await bench.offered("cup.gcode")
            await bench.printer.refuse(job, 'a "toy"; no\nmore')
            assert bench.host.said == ["a  toy   no more"]
            assert bench.host.queue_paused
            assert bench.host.ran == []

    run(life())


def test_of_two_jobs_at_once_the_last_one_asked_for_waits(tmp_path):
    async def life():
        async with bench_in(tmp_path) as bench:
            first = await bench.offered("one.gcode")
            second = await bench.offered("two.gcode")
            assert [event.job.id for event in bench.told(JobEnded)] == [first.id]
            with pytest.raises(PrinterRefused):
                await bench.printer.allow(first, first.sha256)
            await bench.printer.allow(second, second.sha256)
            await bench.until(lambda: len(bench.told(JobEnded)) == 2)
            assert bench.host.ran == LINES

    run(life())


def test_a_lost_connection_is_told_and_a_waiting_job_is_offered_again(tmp_path):
    async def life():
        async with bench_in(tmp_path) as bench:
            job = await bench.offered("cup.gcode")
            await bench.host.drop()
            await bench.until(lambda: bench.told(Lost))
            await bench.until(lambda: len(bench.told(Back)) == 2)
            await bench.printer.allow(job, job.sha256)
            await bench.until(lambda: bench.told(JobEnded))
            assert bench.host.ran == LINES

    run(life())


def test_a_klipper_that_is_shut_down_when_the_guard_starts_is_told_as_lost(tmp_path):
    async def life():
        async with bench_in(tmp_path) as bench:
            bench.host.put("webhooks", state="shutdown")
            async with second_guard(bench) as other:
                await other.until(lambda: other.told(Lost))
                assert other.told(Lost)[0].reason == "Klipper: shutdown"
                bench.host.put("webhooks", state="ready")
                bench.host._notify("notify_klippy_ready", [])
                await other.until(lambda: other.told(Back))

    run(life())


def test_a_killed_guard_finds_the_job_that_waits_and_nothing_had_started(tmp_path):
    async def life():
        async with bench_in(tmp_path) as bench:
            await bench.offered("cup.gcode")
            async with second_guard(bench) as other:
                await other.until(lambda: other.told(JobOffered))
                assert other.told(JobOffered)[0].job.name == "cup.gcode"
                assert bench.host.ran == []

    run(life())


def test_a_job_that_is_paused_when_the_guard_starts_is_told_of(tmp_path):
    async def life():
        async with bench_in(tmp_path) as bench:
            job = await bench.running(CUP * 20)
            await bench.printer.stop(job, Level.PAUSE)
            async with second_guard(bench) as other:
                await other.until(lambda: other.told(JobStarted))
                assert other.told(JobStarted)[0].job.sha256 == job.sha256

    run(life())


@contextlib.asynccontextmanager
async def second_guard(bench):
    """What a guard sees that starts now."""
    folder = bench.folder / "second"
    folder.mkdir()
    options = {"url": bench.printer._connection._url}
    other = Bench(bench.folder, bench.host, open_moonraker("voron", options, folder))
    listening = asyncio.create_task(other.listen())
    try:
        yield other
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await other.printer.close()


def test_moves_of_the_planner_become_absolute_lines_with_what_is_fed():
    moves = Moves()
    moves.toolhead([[1.0, 0.5, 10.0, 0.0, [0.0, 0.0, 0.2], [1.0, 0.0, 0.0]]])
    assert list(moves.lines()) == []
    moves.extruder([[1.0, 0.5, 2.0, 4.0, [0.0, 0.0, 0.0], [1.0, 0.0, 0.0]]])
    ((line, draws, start_s),) = moves.lines()
    assert (line, draws, start_s) == ("G1 X5.0000 Y0.0000 Z0.2000 E1.50000", True, 1.0)


def test_nothing_that_is_said_can_end_a_parameter_or_begin_a_command():
    assert plain('a";M112\n#b\\') == "a  M112  b "
