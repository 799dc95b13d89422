"""The plugin and its adapter against a stand-in for OctoPrint: what prints, and what never does."""

import asyncio
import hashlib
import io
import os
import shutil
import time

import pytest

from printer_guard.errors import PrinterRefused
from printer_guard.printers.base import Back, JobEnded, JobStarted, Level, Lost, Phase
from printer_guard.wire import Route
from tests.printer_guard.printers.octoprint_bench import bench_in
from tests.printer_guard.stand_ins.control import control_of
from tests.printer_guard.stand_ins.octoprint_modules import StorageError

HEAD = "M104 S200\nG28 ; home\n\n; a comment\nG90\nM83\n"
MOVES = "".join(f"G1 X{i % 200} Y{i * 7 % 200} E0.05 ; move {i}\n" for i in range(300))
CUP = HEAD + MOVES
LONG = HEAD + MOVES * 200


def lines_of(text):
    stripped = (line.split(";")[0].strip() for line in text.splitlines())
    return [line for line in stripped if line]


def run(life):
    asyncio.run(asyncio.wait_for(life, 60))


def test_an_innocent_print_loses_no_line_and_is_told_byte_for_byte(tmp_path):
    async def life():
        async with bench_in(tmp_path) as bench:
            bench.file("cup.gcode", CUP)
            bench.host.start("cup.gcode")
            job = await bench.offered("cup.gcode")
            assert job.sha256 == hashlib.sha256(CUP.encode()).hexdigest()
            copy = await bench.printer.fetch(job)
            assert copy.read_text() == CUP
            assert bench.host.sent == []
            assert (await bench.printer.state()).phase is Phase.WAITING
            await bench.printer.allow(job, job.sha256)
            await bench.until(lambda: bench.told(JobEnded))
            assert bench.host.sent == lines_of(CUP)
            assert bench.printed[job.id].decode() == CUP

    run(life())


def test_nothing_of_a_held_job_is_sent_and_a_refusal_ends_it(tmp_path):
    async def life():
        async with bench_in(tmp_path) as bench:
            bench.file("cup.gcode", CUP)
            bench.host.start("cup.gcode")
            job = await bench.offered("cup.gcode")
            await asyncio.sleep(0.3)
            await bench.printer.refuse(job, "not that")
            await bench.until(lambda: bench.host.state == "OPERATIONAL")
            assert not any(line.startswith("G") for line in bench.host.sent)

    run(life())


def test_a_user_may_cancel_what_is_held(tmp_path):
    async def life():
        async with bench_in(tmp_path) as bench:
            bench.file("cup.gcode", CUP)
            bench.host.start("cup.gcode")
            await bench.offered("cup.gcode")
            bench.host.cancel_print()
            await bench.until(lambda: bench.told(JobEnded))
            await bench.until(lambda: bench.host.state == "OPERATIONAL")
            assert bench.host.sent == []

    run(life())


@pytest.mark.parametrize("how", ["overwritten", "renamed over", "altered in place", "moved"])
def test_what_was_judged_is_what_prints_whatever_happens_to_the_file(tmp_path, how):
    async def life():
        async with bench_in(tmp_path) as bench:
            path = bench.file("cup.gcode", CUP)
            bench.host.start("cup.gcode")
            job = await bench.offered("cup.gcode")
            other = CUP.replace("X1 ", "X9 ")
            if how == "renamed over":
                bench.file("other.gcode", other).replace(path)
            elif how == "moved":
                shutil.move(path, tmp_path / "elsewhere.gcode")
            else:
                with path.open("r+") as file:
                    file.write(other)
            if how in {"overwritten", "altered in place"}:
                with pytest.raises(PrinterRefused):
                    await bench.printer.allow(job, job.sha256)
                assert bench.host.sent == []
            else:  # OctoPrint reads on in the file that was judged
                await bench.printer.allow(job, job.sha256)
                await bench.until(lambda: bench.told(JobEnded))
                assert bench.host.sent == lines_of(CUP)

    run(life())


def test_a_file_altered_while_it_prints_is_another_job_on_hold(tmp_path):
    async def life():
        async with bench_in(tmp_path) as bench:
            bench.host.line_s = 0.005
            path = bench.file("long.gcode", LONG)
            bench.host.start("long.gcode")
            job = await bench.offered("long.gcode")
            await bench.printer.allow(job, job.sha256)
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


def test_a_file_that_was_only_touched_prints_on_without_a_loss(tmp_path):
    async def life():
        async with bench_in(tmp_path) as bench:
            bench.host.line_s = 0.005
            path = bench.file("cup.gcode", CUP)
            bench.host.start("cup.gcode")
            job = await bench.offered("cup.gcode")
            await bench.printer.allow(job, job.sha256)
            await bench.until(lambda: len(bench.host.sent) > 20)
            os.utime(path)
            await bench.until(lambda: bench.told(JobEnded))
            assert bench.host.sent == lines_of(CUP)

    run(life())


def test_a_cancel_is_proved_by_state_rest_and_cold_heaters(tmp_path):
    async def life():
        async with bench_in(tmp_path) as bench:
            bench.file("long.gcode", LONG)
            bench.host.start("long.gcode")
            job = await bench.offered("long.gcode")
            await bench.printer.allow(job, job.sha256)
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
            bench.file("cup.gcode", CUP)
            bench.host.start("cup.gcode")
            job = await bench.offered("cup.gcode")
            await bench.printer.allow(job, job.sha256)
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


def test_a_print_from_the_printers_card_does_not_start_unasked(tmp_path):
    async def life():
        async with bench_in(tmp_path) as bench:
            bench.host.start("thing.gco", "sdcard")
            job = await bench.offered("thing.gco")
            assert job.route is Route.SD
            assert "M24" not in bench.host.sent
            await bench.until(lambda: bench.host.state == "OPERATIONAL")
            await bench.printer.allow(job, None)
            await bench.until(lambda: "M24" in bench.host.sent)

    run(life())


def test_an_upload_is_refused_or_stored_as_the_guard_says(tmp_path):
    class Upload:
        filename = "cup.gcode"

        def save(self, path, permissions=None):
            with open(path, "wb") as file:  # noqa: PTH123 (as a stream saves itself)
                shutil.copyfileobj(io.BytesIO(CUP.encode()), file)

    async def life():
        async with bench_in(tmp_path) as bench:
            target = tmp_path / "uploads" / "cup.gcode"
            for answer in ("refuse", "allow"):
                wrapped = bench.plugin.preprocess("cup.gcode", Upload())
                saving = asyncio.create_task(asyncio.to_thread(wrapped.save, str(target)))
                job = await bench.offered("cup.gcode", at_least=1 + (answer == "allow"))
                if answer == "refuse":
                    await bench.printer.refuse(job, "not that")
                    with pytest.raises(StorageError, match="not that"):
                        await saving
                    assert not target.exists()
                else:
                    await bench.printer.allow(job, job.sha256)
                    await saving
                    assert target.read_text() == CUP

    run(life())


def test_a_guard_that_comes_back_is_told_anew_and_a_held_job_was_never_printed(tmp_path):
    async def life():
        async with bench_in(tmp_path) as bench:
            bench.file("cup.gcode", CUP)
            bench.host.start("cup.gcode")
            first = await bench.offered("cup.gcode")
            await bench.control.aclose()
            await bench.printer.close()
            bench.make_printer(bench.rest_port)  # kill -9: all that the old one knew is gone
            async with control_of("octoprint", bench.printer) as port:
                bench.settings["guard_url"] = f"http://127.0.0.1:{port}"
                listening = asyncio.create_task(bench.listen())
                again = await bench.offered("cup.gcode", at_least=2)
                assert (again.id, again.sha256) == (first.id, first.sha256)
                assert bench.host.sent == []
                await bench.printer.allow(again, again.sha256)
                await bench.until(lambda: bench.told(JobEnded))
                assert bench.host.sent == lines_of(CUP)
                listening.cancel()

    run(life())


def test_a_lost_guard_pauses_a_running_job_and_starts_none(tmp_path):
    async def life():
        async with bench_in(tmp_path) as bench:
            bench.file("long.gcode", LONG)
            bench.host.start("long.gcode")
            job = await bench.offered("long.gcode")
            await bench.printer.allow(job, job.sha256)
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


def test_every_callback_that_fails_ends_in_a_hold(tmp_path):
    async def life():
        async with bench_in(tmp_path) as bench:
            bench.file("cup.gcode", CUP)
            bench.plugin.keeper.starting = None  # a fault of ours: it cannot even be called
            bench.host.start("cup.gcode")
            await asyncio.sleep(0.2)
            assert bench.host.sent == []
            bench.plugin.keeper.line = None
            assert bench.plugin.queuing(None, "queuing", "G1 X1", None, "G1", tags=set()) == (None,)

    run(life())


def test_silence_of_the_plugin_is_told_as_lost_and_its_voice_as_back(tmp_path):
    async def life():
        async with bench_in(tmp_path) as bench:
            await bench.until(lambda: bench.told(Back))
            bench.plugin.on_shutdown()
            bench.printer._link.heard_at = time.monotonic() - 3600
            await bench.until(lambda: bench.told(Lost))

    run(life())


def test_the_hook_costs_less_than_twenty_microseconds_a_line(tmp_path):
    async def life():
        async with bench_in(tmp_path) as bench:
            bench.plugin.on_shutdown()  # measured is the hook, not who empties the queue
            bench.plugin.keeper.open = "job"
            tags = {"source:file", "filepos:1", "fileline:1"}
            begun = time.process_time()
            for _ in range(20_000):
                bench.plugin.queuing(None, "queuing", "G1 X1 Y1 E0.1", None, "G1", tags=tags)
            assert (time.process_time() - begun) / 20_000 < 20e-6

    run(life())
