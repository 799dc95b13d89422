"""A job that prints through OctoPrint: what is told of it, and how it stops."""

import asyncio
import os

import pytest

from printer_guard.binding import Binding
from printer_guard.printers.base import (
    JobEnded,
    JobStarted,
    Level,
    Phase,
    Sent,
)
from printer_guard.wire import Route
from tests.printer_guard.printers.octoprint_bench import CUP, LONG, bench_in, lines_of, run
from tests.printer_guard.stand_ins.control import control_of


def test_a_file_altered_while_it_prints_is_another_job_on_hold(tmp_path):
    async def life():
        async with bench_in(tmp_path) as bench:
            bench.host.line_s = 0.005
            job = await bench.printing("long.gcode", LONG)
            path = bench.folder / "uploads" / "long.gcode"
            await bench.until(lambda: len(bench.host.sent) > 20)
            with path.open("r+b") as file:
                file.seek(-2000, os.SEEK_END)
                file.write(b"X")
            other = await bench.offered("long.gcode", at_least=2)
            assert other.sha256 != job.sha256
            sent = len(bench.host.sent)
            await asyncio.sleep(0.3)
            assert len(bench.host.sent) <= sent + 1
            assert (await bench.printer.state()).phase is Phase.WAITING

    run(life())


def test_a_cancel_is_proved_by_state_rest_and_cold_heaters(tmp_path):
    async def life():
        async with bench_in(tmp_path) as bench:
            job = await bench.printing("long.gcode", LONG)
            await bench.until(lambda: len(bench.host.sent) > 50)
            report = await bench.printer.stop(job, Level.CANCEL)
            assert report.verified_at is not None
            assert report.heaters_off
            assert report.state.phase is Phase.IDLE
            sent = bench.host.sent
            assert sent[-len(COOLED) :] == COOLED
            assert sent[: -len(COOLED)] == lines_of(LONG)[: len(sent) - len(COOLED)]

    run(life())


COOLED = ["M104 S0", "M140 S0", "M141 S0", "M107", "M400", "M114"]


def test_a_pause_and_a_resume_lose_no_line(tmp_path):
    async def life():
        async with bench_in(tmp_path) as bench:
            job = await bench.printing("cup.gcode", CUP)
            await bench.until(lambda: len(bench.host.sent) > 50)
            report = await bench.printer.stop(job, Level.PAUSE)
            assert report.state.phase is Phase.PAUSED
            bench.host.resume_print()  # somebody presses the button: not before the guard agrees
            sent = len(bench.host.sent)
            await asyncio.sleep(0.2)
            assert len(bench.host.sent) <= sent + 1
            await bench.printer.resume(job)
            await bench.until(lambda: bench.told(JobEnded))
            assert bench.host.sent == lines_of(CUP)

    run(life())


def test_a_stop_for_one_job_never_touches_the_next(tmp_path):
    async def life():
        async with bench_in(tmp_path) as bench:
            for name in ("one.gcode", "two.gcode"):
                bench.file(name, CUP)
                bench.host.start(name)
                job = await bench.offered(name)
                if name == "one.gcode":
                    first = job
                    await bench.printer.refuse(job, "no")
                    await bench.until(lambda: bench.told(JobEnded, "one.gcode"))
            bench.host.sent.clear()
            await bench.printer.stop(first, Level.CANCEL)
            await bench.printer.allow(job, job.sha256)
            await bench.until(lambda: bench.told(JobEnded, "two.gcode"))
            assert bench.host.sent == lines_of(CUP)

    run(life())


MOVE = "G1 X7 Y49 E0.05"


BY_OTHERS = {
    "a move is altered": ("queuing", lambda line: [line.replace("X7 ", "X70 ")], "G1X70Y49E0.05"),
    "a move is altered late": ("sending", lambda line: [line.replace("X7 ", "X70 ")],
                               "G1X70Y49E0.05"),
    "a move is added": ("queuing", lambda line: [line] + ["G1 X0 Y0 E5"] * (line == MOVE),
                        "G1X0Y0E5"),
    "a move is swallowed": ("queuing", lambda line: [line] * (line != MOVE), "G1X8Y56E0.05"),
    "the flow is altered": ("sending", lambda line: [line.replace("M83", "M221 S150")],
                            "M221S150"),
    "a message is added": ("queuing", lambda line: ["M117 move"] * ("X1" in line) + [line], None),
    "it is said after the move": ("queuing", lambda line: [line, "M117 done"], None),
    "it is made warmer": ("sending", lambda line: [line.replace("M104 S200", "M104 S210")], None),
    "words are spaced": ("sending", lambda line: [line.replace(" ", "")], None),
}  # fmt: skip


@pytest.mark.parametrize(("phase", "made", "differs"), BY_OTHERS.values(), ids=BY_OTHERS)
def test_what_another_plugin_makes_of_a_cleared_job_is_judged_as_the_binding_judges_it(
    tmp_path, phase, made, differs
):
    """Moves, positions and flow are the job; messages, temperatures and spaces are not."""

    async def life():
        async with bench_in(tmp_path, contiguous=False) as bench:
            bench.host.others = {phase: made}
            await bench.printing("cup.gcode", CUP)
            copy = bench.folder / "uploads" / "cup.gcode"
            await bench.until(lambda: bench.told(JobEnded))
            binding = Binding(copy)
            found = (binding.check(sent.chunk, sent.position) for sent in bench.told(Sent))
            assert next(filter(None, found), None) == differs
            binding.close()

    run(life())


def test_material_that_is_laid_down_beside_a_job_is_part_of_it_and_a_retraction_is_not(tmp_path):
    async def life():
        async with bench_in(tmp_path, contiguous=False) as bench:
            bench.host.line_s = 0.005
            job = await bench.printing("long.gcode", LONG)
            await bench.until(lambda: len(bench.host.sent) > 20)
            bench.host.commands(["G1 E-5 F1800", "G1 X3 Y3 E4"], {"source:plugin", "plugin:x"})
            await bench.until(lambda: b"G1 X3 Y3 E4\n" in bench.printed.get(job.id, b""))
            assert b"G1 E-5" not in bench.printed[job.id]

    run(life())


@pytest.mark.parametrize("level", [Level.PAUSE, Level.CANCEL])
@pytest.mark.parametrize("parser", [True, False])
def test_a_printer_that_waits_for_heat_is_at_rest_whatever_it_answers(tmp_path, level, parser):
    async def life():
        async with bench_in(tmp_path) as bench:
            bench.host.cold, bench.host.emergency_parser = True, parser
            bench.file("hot.gcode", "M109 S200\n" + CUP)
            bench.host.start("hot.gcode")
            job = await bench.offered("hot.gcode")
            await bench.printer.allow(job, job.sha256)
            await bench.until(lambda: bench.printed.get(job.id))
            report = await bench.printer.stop(job, level)
            assert report.verified_at is not None
            if level is Level.CANCEL:
                assert report.heaters_off is parser  # without one, nothing cools it before
            assert not {"M410", "M112"} & set(bench.host.sent)
            bench.host.warm()
            await bench.until(lambda: bench.host.state in {"PAUSED", "OPERATIONAL"})
            assert not any(line.startswith("G1") for line in bench.host.sent)
            assert bench.host.targets["tool0"] == 0.0 or level is Level.PAUSE

    run(life())


def test_a_stream_becomes_a_job_and_its_lines_are_swallowed_after_a_stop(tmp_path):
    async def life():
        async with bench_in(tmp_path) as bench:
            bench.host.commands(["G28", "G90", "M83"], {"source:api"})
            bench.host.commands(["G1 X10 Y10 E0.5", "G1 X20 Y10 E0.5"], {"source:api"})
            await bench.until(lambda: bench.told(JobStarted))
            job = bench.told(JobStarted)[0].job
            assert job.route is Route.STREAM
            assert bench.printed[job.id].startswith(b"G28\nG90\nM83\nG1 X10")
            await bench.until(lambda: bench.plugin.keeper.attempt is not None)
            report = await bench.printer.stop(job, Level.CANCEL)
            assert report.verified_at is not None
            sent = len(bench.host.sent)
            bench.host.commands(["G1 X30 Y10 E0.5", "M104 S200"], {"source:api"})
            assert len(bench.host.sent) == sent

    run(life())


def test_a_lost_guard_pauses_a_running_job_and_starts_none(tmp_path):
    async def life():
        async with bench_in(tmp_path) as bench:
            await bench.printing("long.gcode", LONG)
            bench.settings.update(guard_url="http://127.0.0.1:9", lost_after_s=0.5)
            await bench.until(lambda: bench.host.state == "PAUSED")
            sent = bench.host.sent
            assert sent == lines_of(LONG)[: len(sent)]

    run(life())


def test_orders_for_the_jobs_of_an_octoprint_that_is_gone_reach_nobody(tmp_path):
    async def life():
        async with bench_in(tmp_path) as bench:
            bench.file("cup.gcode", CUP)
            bench.host.start("cup.gcode")
            job = await bench.offered("cup.gcode")
            bench.plugin.on_shutdown()  # kill -9 of OctoPrint, and another one after it
            bench.host = bench.host.reborn()
            bench.make_plugin(bench.port)
            await bench.until(lambda: bench.told(JobEnded))
            bench.host.start("cup.gcode")
            again = await bench.offered("cup.gcode", at_least=2)
            report = await bench.printer.stop(job, Level.EMERGENCY)
            assert report.state.phase is Phase.WAITING
            await bench.printer.allow(again, again.sha256)
            await bench.until(lambda: len(bench.told(JobEnded)) == 2)
            assert bench.host.sent == lines_of(CUP)

    run(life())


def test_orders_of_a_guard_that_came_back_are_heard_whichever_thread_met_it_first(tmp_path):
    async def life():
        async with bench_in(tmp_path) as bench:
            link = bench.plugin.link
            await bench.until(lambda: link._run is not None)
            for words in ("one", "two", "three"):
                await bench.printer.say(words)
            await bench.control.aclose()
            await bench.printer.close()
            bench.make_printer(bench.rest_port)
            link._run = bench.printer._link.run  # the other thread has heard of it already
            async with control_of("octoprint", bench.printer) as port:
                bench.settings["guard_url"] = f"http://127.0.0.1:{port}"
                assert await bench.printer._link.order("say", "", reason="x", within_s=60.0)

    run(life())
