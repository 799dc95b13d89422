"""The plugin in a stand-in for OctoPrint: what starts, what is held, and what never prints."""

import asyncio
import gc
import hashlib
import io
import os
import shutil
import time

import pytest

from printer_guard.errors import PrinterRefused
from printer_guard.printers.base import (
    Back,
    JobEnded,
    JobOffered,
    JobStarted,
    Level,
    Lost,
    Phase,
)
from printer_guard.wire import Route
from tests.printer_guard.printers.octoprint_bench import CUP, bench_in, lines_of, run
from tests.printer_guard.stand_ins.control import control_of
from tests.printer_guard.stand_ins.octoprint_modules import StorageError


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def test_an_innocent_print_loses_no_line_and_is_told_byte_for_byte(tmp_path):
    async def life():
        async with bench_in(tmp_path) as bench:
            bench.file("cup.gcode", CUP)
            bench.host.start("cup.gcode")
            job = await bench.offered("cup.gcode")
            assert job.sha256 == digest(CUP)
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


def test_a_file_that_was_only_touched_prints_on_without_a_loss(tmp_path):
    async def life():
        async with bench_in(tmp_path) as bench:
            bench.host.line_s = 0.005
            await bench.printing("cup.gcode", CUP)
            path = bench.folder / "uploads" / "cup.gcode"
            await bench.until(lambda: len(bench.host.sent) > 20)
            os.utime(path)
            await bench.until(lambda: bench.told(JobEnded))
            assert bench.host.sent == lines_of(CUP)

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


def test_an_answer_about_one_file_on_the_card_lets_no_other_start(tmp_path):
    async def life():
        async with bench_in(tmp_path) as bench:
            bench.host.start("thing.gco", "sdcard")
            job = await bench.offered("thing.gco")
            await bench.until(lambda: bench.host.state == "OPERATIONAL")
            bench.host.select_file = lambda *_, **__: None  # OctoPrint could not start it
            await bench.printer.allow(job, None)
            bench.host.start("other.gco", "sdcard")
            await bench.offered("other.gco")
            assert "M24" not in bench.host.sent

    run(life())


def test_a_late_word_of_the_start_that_was_undone_does_not_end_the_job_that_was_let_go(tmp_path):
    """OctoPrint tells of its cancelling when it likes, from a thread of its own."""

    async def life():
        async with bench_in(tmp_path) as bench:
            bench.host.start("thing.gco", "sdcard")
            job = await bench.offered("thing.gco")
            await bench.until(lambda: bench.host.state == "OPERATIONAL")
            start, bench.host.select_file = bench.host.select_file, lambda *_, **__: None
            await bench.printer.allow(job, None)
            bench.plugin.on_event("PrintCancelled", {})
            start("thing.gco", True, True, set())
            await bench.until(lambda: "M24" in bench.host.sent)
            assert len(bench.told(JobOffered)) == 1

    run(life())


def test_a_print_started_at_the_printers_own_menu_is_told_as_started_and_can_be_stopped(tmp_path):
    async def life():
        async with bench_in(tmp_path) as bench:
            await bench.until(lambda: bench.told(Back))
            bench.host.fire("PrintStarted", {"path": "menu.gco", "origin": "sdcard"})
            await bench.until(lambda: bench.told(JobStarted, "menu.gco"))
            job = bench.told(JobStarted)[0].job
            assert (job.route, bench.told(JobOffered)) == (Route.SD, [])
            await bench.until(lambda: bench.plugin.keeper.attempt is not None)
            await bench.printer.stop(job, Level.CANCEL)
            assert "M524" in bench.host.sent

    run(life())


class Upload:
    filename = "cup.gcode"

    def __init__(self, text=CUP):
        self.text = text

    def save(self, path, permissions=None):
        with open(path, "wb") as file:  # noqa: PTH123 (as a stream saves itself)
            shutil.copyfileobj(io.BytesIO(self.text.encode()), file)


def test_an_upload_under_the_same_name_while_the_first_is_scanned_is_judged_for_itself(tmp_path):
    async def life():
        async with bench_in(tmp_path) as bench:
            target = str(tmp_path / "uploads" / "cup.gcode")
            jobs, savings = [], []
            for number, text in enumerate((CUP, CUP + "G1 X1 Y1 E9\n"), start=1):
                wrapped = bench.plugin.preprocess("cup.gcode", Upload(text))
                savings.append(asyncio.create_task(asyncio.to_thread(wrapped.save, target)))
                jobs.append(await bench.offered("cup.gcode", at_least=number))
            assert [job.sha256 for job in jobs] == [digest(CUP), digest(CUP + "G1 X1 Y1 E9\n")]
            await bench.printer.refuse(jobs[1], "not that")
            await bench.printer.allow(jobs[0], jobs[0].sha256)
            with pytest.raises(StorageError, match="not that"):
                await savings[1]
            await savings[0]
            assert (tmp_path / "uploads" / "cup.gcode").read_text() == CUP

    run(life())


def test_an_upload_is_refused_or_stored_as_the_guard_says(tmp_path):
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
            for words in ("held", "still held"):  # orders that the next run counts anew
                await bench.printer.say(words)
            bench.host.sent.clear()
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
            gc.freeze()  # what other tests left to the collector is not the hook's to clear up
            begun = time.process_time()
            for _ in range(20_000):
                for hook in (bench.plugin.queuing, bench.plugin.sending):
                    hook(None, "", "G1 X1 Y1 E0.1", None, "G1", tags=tags)
            took = time.process_time() - begun
            gc.unfreeze()
            assert took / 20_000 < 20e-6

    run(life())
