"""Files on the printer's own card: written through the guard, started by host or screen."""

import asyncio
import hashlib

import pytest

from printer_guard.errors import CannotFetch, PrinterRefused
from printer_guard.printers.base import (
    Ending,
    JobEnded,
    JobOffered,
    JobStarted,
    Level,
    Phase,
    Sent,
)
from printer_guard.printers.marlin.lines import numbered
from printer_guard.printers.registry import open_printer
from printer_guard.printers.serial_proxy.printer import SerialPrinter
from printer_guard.printers.serial_proxy.uploads import Uploads
from printer_guard.printers.simulated.faults import Fault
from printer_guard.printers.simulated.firmware import Firmware
from printer_guard.printers.simulated.printer import SimulatedPrinter
from tests.printer_guard.printers.serial_bench import bench, square

FAST = Firmware(speed=100.0)
SLOW = Firmware(speed=20.0)
JOB = square(3)
TEXT = b"".join(line + b"\r\n" for line in JOB)
TALL = b"".join(line + b"\n" for line in square(60, feed=1200))


async def write_to_card(host, name, lines):
    """As OctoPrint uploads to a card."""
    await host.begin()
    numbers = enumerate([b"M28 " + name, *lines, b"M29 " + name], start=1)
    for number, command in numbers:
        host.write(numbered(number, command) + b"\n")
        await host.until(lambda line: line.startswith(b"ok"))


async def ok(host):
    await host.until(lambda line: line.startswith(b"ok"))


def test_an_upload_is_read_as_a_file_and_printed_once_its_bytes_are_cleared(tmp_path):
    async def story():
        async with bench(tmp_path, firmware=FAST) as b:
            host = await b.host()
            await write_to_card(host, b"cube.gco", JOB)
            assert not b.of(JobOffered)  # writing is not printing
            assert not b.of(Sent)
            assert b.marlin.machine.card.files["cube.gco"] == TEXT
            await host.command(b"M23 cube.gco")
            host.write(b"M24\n")
            offered = await b.first(JobOffered)
            job = offered.job
            assert job.sha256 == hashlib.sha256(TEXT).hexdigest()
            assert (job.name, job.size_bytes) == ("cube.gco", len(TEXT))
            copy = await b.guard.fetch(job)
            assert copy.read_bytes() == TEXT
            assert not b.marlin.machine.card.printing
            with pytest.raises(PrinterRefused, match="another one"):
                await b.guard.allow(job, "0" * 64)
            await b.guard.allow(job, job.sha256)
            await ok(host)
            ended = await b.first(JobEnded)
            assert ended.how is Ending.DONE
            assert [c for c in b.done if c in JOB] == JOB

    asyncio.run(story())


@pytest.mark.parametrize("start", [[b"M23 old.gco", b"M24"], [b"M32 !/old.gco#"]])
def test_content_that_was_never_seen_cannot_be_fetched_and_does_not_start(tmp_path, start):
    async def story():
        async with bench(tmp_path, firmware=FAST, files={"old.gco": TALL}) as b:
            host = await b.host()
            for command in start[:-1]:
                await host.command(command)
            host.write(start[-1] + b"\n")
            offered = await b.first(JobOffered)
            assert offered.job.sha256 is None
            with pytest.raises(CannotFetch, match="nobody saw"):
                await b.guard.fetch(offered.job)
            await b.guard.refuse(offered.job, "never seen")
            await ok(host)
            assert host.cancelled
            await host.command(b"M105")
            assert not b.marlin.machine.card.printing
            assert (await b.guard.state()).phase is Phase.IDLE

    asyncio.run(story())


def test_an_answer_from_before_the_start_does_not_end_the_job(tmp_path):
    async def story():
        async with bench(tmp_path, firmware=SLOW, files={"old.gco": TALL}) as b:
            host = await b.host()
            host.write(b"M32 old.gco\n")
            offered = await b.first(JobOffered)
            asking = asyncio.create_task(b.guard.wiring.ask(b"M27"))  # still idle
            await asyncio.sleep(0)
            await b.guard.allow(offered.job, None)
            await asking
            await ok(host)
            assert not b.of(JobEnded)
            assert b.marlin.machine.card.printing

    asyncio.run(story())


def test_an_owner_may_let_unseen_content_print(tmp_path):
    async def story():
        async with bench(tmp_path, firmware=FAST, files={"old.gco": TEXT}) as b:
            host = await b.host()
            host.write(b"M32 old.gco\n")
            offered = await b.first(JobOffered)
            await b.guard.allow(offered.job, None)
            await ok(host)
            assert (await b.first(JobEnded)).how is Ending.DONE
            assert [c for c in b.done if c in JOB] == JOB

    asyncio.run(story())


def test_a_file_that_was_exchanged_on_the_card_counts_as_never_seen(tmp_path):
    async def story():
        async with bench(tmp_path, firmware=FAST) as b:
            host = await b.host()
            await write_to_card(host, b"cube.gco", JOB)
            b.marlin.machine.card.files["cube.gco"] += b"G1 X1 E1\n"
            await host.command(b"M23 cube.gco")
            host.write(b"M24\n")
            assert (await b.first(JobOffered)).job.sha256 is None

    asyncio.run(story())


def test_a_file_that_was_written_again_is_another_job(tmp_path):
    async def story():
        async with bench(tmp_path, firmware=FAST) as b:
            host = await b.host()
            await write_to_card(host, b"cube.gco", JOB)
            await host.command(b"M23 cube.gco")
            host.write(b"M24\n")
            first = (await b.first(JobOffered)).job
            await b.guard.refuse(first, "no")
            await ok(host)
            await write_to_card(host, b"CUBE.GCO", [*JOB, b"G1 X1"])
            await host.command(b"M23 cube.gco")
            host.write(b"M24\n")
            second = (await b.first(JobOffered, 2)).job
            assert second.sha256 not in (None, first.sha256)
            with pytest.raises(PrinterRefused):
                await b.guard.allow(second, first.sha256)

    asyncio.run(story())


def test_m32_that_opens_another_file_than_the_cleared_one_is_caught_at_once(tmp_path):
    async def story():
        async with bench(tmp_path, firmware=SLOW) as b:
            host = await b.host()
            await write_to_card(host, b"cube.gco", JOB)
            b.marlin.machine.card.files["cube.gco"] = TALL
            host.write(b"M32 cube.gco\n")
            job = (await b.first(JobOffered)).job
            await b.guard.allow(job, job.sha256)
            found = (await b.first(JobOffered, 2)).job
            assert found.sha256 is None
            await b.until(lambda: not b.marlin.machine.card.printing)

    asyncio.run(story())


def test_a_print_started_at_the_screen_is_paused_offered_and_goes_on_when_cleared(tmp_path):
    async def story():
        async with bench(tmp_path, firmware=SLOW, files={"menu.gco": TALL}) as b:
            await b.host()
            b.marlin.print_from_menu("menu.gco")
            offered = await b.first(JobOffered)
            assert offered.job.name == "menu.gco"
            await b.until(lambda: not b.marlin.machine.card.printing)
            assert b.marlin.machine.card.position < len(TALL) / 4
            await b.guard.allow(offered.job, None)
            await b.until(lambda: b.marlin.machine.card.printing)
            report = await b.guard.stop(offered.job, Level.CANCEL)
            assert report.verified_at is not None
            assert b.marlin.machine.card.selected is None
            assert b.marlin.machine.tool.target == 0

    asyncio.run(story())


def test_a_print_started_at_the_screen_is_ended_when_refused(tmp_path):
    async def story():
        async with bench(tmp_path, firmware=SLOW, files={"menu.gco": TALL}) as b:
            await b.host()
            b.marlin.print_from_menu("menu.gco")
            offered = await b.first(JobOffered)
            await b.guard.refuse(offered.job, "never seen")
            assert b.marlin.machine.card.selected is None
            assert b.marlin.machine.tool.target == 0
            assert (await b.first(JobEnded)).how is Ending.CANCELLED

    asyncio.run(story())


def test_a_print_that_a_restarted_guard_finds_running_is_held_and_offered(tmp_path):
    async def story():
        async with bench(tmp_path, firmware=SLOW, files={"menu.gco": TALL}) as b:
            b.marlin.machine.card.select("menu.gco")
            b.marlin.machine.card.printing = True
            b.marlin.machine.wake()
            offered = await b.first(JobOffered)
            assert offered.job.route == "sd"
            await b.until(lambda: not b.marlin.machine.card.printing)

    asyncio.run(story())


def test_a_firmware_that_ignores_a_pause_and_an_abort_is_no_proof(tmp_path):
    async def story():
        async with bench(
            tmp_path, firmware=SLOW, allow=True, files={"a.gco": TALL}, patience_s=1.5
        ) as b:
            host = await b.host()
            await host.command(b"M32 a.gco")
            job = (await b.first(JobStarted)).job
            b.marlin.faults.order(Fault.DEAF_STOP, times=1000)
            assert (await b.guard.stop(job, Level.HOLD)).verified_at is None
            assert (await b.guard.stop(job, Level.CANCEL)).verified_at is None
            assert (await b.guard.stop(job, Level.EMERGENCY)).verified_at is not None

    asyncio.run(story())


def test_a_paused_card_print_goes_on(tmp_path):
    async def story():
        async with bench(tmp_path, firmware=SLOW, allow=True, files={"a.gco": TALL}) as b:
            host = await b.host()
            await host.command(b"M32 a.gco")
            job = (await b.first(JobStarted)).job
            await b.until(lambda: b.marlin.machine.planner.laid_mm > 1)
            report = await b.guard.stop(job, Level.PAUSE)
            assert report.verified_at is not None
            assert not b.marlin.machine.card.printing
            await host.command(b"M27")  # a host may ask meanwhile
            await b.guard.resume(job)
            assert b.marlin.machine.card.printing

    asyncio.run(story())


def test_two_jobs_at_once_the_second_waits_its_turn_or_is_turned_away(tmp_path):
    async def story():
        async with bench(tmp_path, firmware=SLOW, allow=True, files={"a.gco": TALL}) as b:
            host = await b.host()
            await host.command(b"M32 a.gco")
            job = (await b.first(JobStarted)).job
            host.write(b"G1 X5 E1\n")  # a stream while the card prints
            await b.until(lambda: b"echo:busy: processing" in host.heard)
            assert b"G1 X5 E1" not in b.done
            assert len(b.of(JobOffered)) == 1
            await b.guard.stop(job, Level.CANCEL)
            assert (await b.first(JobOffered, 2)).job.route == "stream"
            await ok(host)
            await host.command(b"M32 a.gco")  # a card's file while a stream runs
            assert b"echo:Printwarden: one job at a time" in host.heard
            assert not b.marlin.machine.card.printing

    asyncio.run(story())


def test_the_binary_protocol_is_refused_as_unknown(tmp_path):
    async def story():
        async with bench(tmp_path, firmware=FAST) as b:
            host = await b.host()
            await host.command(b"M28 B1 cube.bin")
            assert b'echo:Unknown command: "M28 B1"' in host.heard
            assert b.marlin.machine.card.writing is None

    asyncio.run(story())


def test_a_resend_storm_during_an_upload_changes_no_byte(tmp_path):
    async def story():
        async with bench(tmp_path, firmware=FAST) as b:
            host = await b.host()
            await host.begin()
            b.marlin.faults.order(Fault.RESEND, after=3, times=7)
            await host.print_lines([b"M28 cube.gco", *JOB, b"M29"])
            upload = b.guard.wiring.desk.uploads.find("cube.gco", None)
            assert b.marlin.machine.card.files["cube.gco"] == TEXT
            assert upload.sha256 == hashlib.sha256(TEXT).hexdigest()

    asyncio.run(story())


def test_uploads_are_known_after_a_restart_and_never_under_an_old_digest(tmp_path):
    uploads = Uploads(tmp_path)
    uploads.begin("a.gco")
    uploads.add(b"G28")
    uploads.end()
    assert Uploads(tmp_path).find("/A.GCO", 5) == uploads.find("a.gco", None)
    assert Uploads(tmp_path).find("a.gco", 4) is not None  # the card ends lines by one byte
    assert Uploads(tmp_path).find("a.gco", 6) is None
    uploads.begin("a.gco")
    uploads.add(b"G28 X")
    assert Uploads(tmp_path).find("a.gco", None) is None  # killed while it was written


def test_a_kept_upload_that_was_altered_is_not_given_out(tmp_path):
    uploads = Uploads(tmp_path)
    uploads.begin("a.gco")
    uploads.add(b"G28")
    uploads.end()
    digest = uploads.find("a.gco", None).sha256
    (tmp_path / f"{digest}.upload").write_bytes(b"G29\r\n")
    with pytest.raises(CannotFetch, match="altered"):
        uploads.copy(digest, tmp_path / "copy")


def test_a_disk_that_is_full_makes_an_upload_unseen_and_hinders_nobody(tmp_path, monkeypatch):
    monkeypatch.setattr("printer_guard.printers.serial_proxy.uploads.PART", "no/such/folder")
    uploads = Uploads(tmp_path)
    uploads.begin("a.gco")
    uploads.add(b"G28")
    uploads.end()
    assert not uploads.writing
    assert uploads.find("a.gco", None) is None


def test_the_registry_opens_both_kinds(tmp_path):
    serial = open_printer("serial", "ender", {"port": "/dev/ttyUSB0"}, tmp_path)
    assert isinstance(serial, SerialPrinter)
    assert str(serial.options.link) == "/run/printwarden/tty-ender"
    simulated = open_printer("simulated", "demo", {"speed": 10}, tmp_path)
    assert isinstance(simulated, SimulatedPrinter)
    assert simulated.options.port.parent == tmp_path
