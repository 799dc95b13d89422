"""Trouble in line, printer, host and proxy: nothing held prints, no innocent job loses a line."""

import asyncio
import contextlib

import pytest

from printer_guard.printers.base import (
    Back,
    Ending,
    JobEnded,
    JobOffered,
    Level,
    Lost,
    Phase,
    Sent,
)
from printer_guard.printers.marlin.lines import numbered
from printer_guard.printers.simulated.faults import Fault
from printer_guard.printers.simulated.firmware import Firmware
from tests.printer_guard.printers.serial_bench import Gone, bench, square

FAST = Firmware(speed=100.0)
JOB = square(3)
LONG = square(400)
BEGUN = [b"M110 N0"]


def as_told(events):
    return b"".join(sent.chunk for sent in events)


def test_a_firmware_that_lies_about_its_emergency_parser_is_found_out_and_stopped(tmp_path):
    firmware = Firmware(speed=20.0, emergency_parser=False, claims_emergency_parser=True)

    async def story():
        async with bench(tmp_path, allow=True, firmware=firmware) as b:
            host = await b.host()
            await host.begin()
            printing = asyncio.create_task(host.print_lines(square(400, feed=300)))
            await b.until(lambda: b.marlin.machine.planner.moves > 3)
            assert b.guard.wiring.desk.capabilities["EMERGENCY_PARSER"]
            report = await b.stop(Level.CANCEL)
            assert report.verified_at is not None
            assert b.marlin.machine.planner.still
            assert not b.guard.wiring.desk.capabilities["EMERGENCY_PARSER"]
            await printing

    asyncio.run(story())


def test_heaters_that_only_pretend_to_be_off_are_no_proof_and_the_kill_is(tmp_path):
    async def story():
        async with bench(tmp_path, allow=True, firmware=FAST, patience_s=2.0) as b:
            host = await b.host()
            await host.begin()
            printing = asyncio.create_task(host.print_lines(LONG))
            await b.until(lambda: b.marlin.machine.planner.laid_mm > 1)
            b.marlin.faults.order(Fault.DEAF_HEATERS, times=1000)
            report = await b.stop(Level.CANCEL)
            assert report.verified_at is None
            report = await b.stop(Level.EMERGENCY)
            assert report.verified_at is not None
            assert report.state.phase is Phase.HALTED
            assert b.marlin.machine.killed
            printing.cancel()

    asyncio.run(story())


@pytest.mark.parametrize(
    ("fault", "times"), [(Fault.RESEND, 25), (Fault.GARBAGE, 5), (Fault.EXTRA_OK, 1)]
)
def test_an_innocent_job_survives_trouble_on_the_line_and_is_told_once(tmp_path, fault, times):
    async def story():
        async with bench(tmp_path, allow=True, firmware=FAST) as b:
            host = await b.host()
            await host.begin()
            b.marlin.faults.order(fault, after=4, times=times)
            await host.print_lines(JOB)
            await b.until(lambda: b.done == [*BEGUN, *JOB])
            await b.until(lambda: as_told(b.of(Sent)) == b"".join(c + b"\n" for c in JOB))

    asyncio.run(story())


def test_a_job_that_comes_one_character_at_a_time_is_held_and_carried_out_the_same(tmp_path):
    async def story():
        async with bench(tmp_path, firmware=FAST) as b:
            host = await b.host()
            for byte in numbered(1, b"G28") + b"\n":
                host.write(bytes([byte]))
                await asyncio.sleep(0.001)
            offered = await b.first(JobOffered)
            assert b.done == []
            await b.guard.allow(offered.job, None)
            await host.until(lambda line: line.startswith(b"ok"))
            assert b.done == [b"G28"]

    asyncio.run(story())


def test_a_lost_ok_is_made_up_for_when_the_host_asks_again(tmp_path):
    async def story():
        async with bench(tmp_path, allow=True, firmware=FAST) as b:
            host = await b.host()
            await host.command(b"M105")
            b.marlin.faults.order(Fault.LOST_OK)
            host.write(b"M117 one\n")
            await b.until(lambda: b"M117 one" in b.done)
            await host.command(b"M117 two")
            assert (await b.guard.state()).heaters_off is True

    asyncio.run(story())


def test_a_printer_that_is_unplugged_takes_the_host_s_port_along_and_comes_back_held(tmp_path):
    async def story():
        async with bench(tmp_path, allow=True, firmware=FAST) as b:
            host = await b.host()
            await host.begin()
            printing = asyncio.create_task(host.print_lines(LONG))
            await b.until(lambda: len(b.done) > 30)
            b.marlin.unplug()
            await b.first(Lost)
            with pytest.raises(Gone):
                await printing
            assert (await b.first(JobEnded)).how is Ending.FAILED
            assert (await b.guard.state()).phase is Phase.OFFLINE
            b.marlin.reset()
            b.marlin.plug_in()
            await b.first(Back)
            again = await b.host()
            await again.begin()
            assert await again.print_lines(JOB) == len(JOB)
            assert len(b.of(JobOffered)) == 2

    asyncio.run(story())


def test_a_host_that_restarts_ends_its_job_and_what_it_sends_next_is_a_new_one(tmp_path):
    async def story():
        async with bench(tmp_path, allow=True, firmware=FAST) as b:
            host = await b.host()
            await host.begin()
            printing = asyncio.create_task(host.print_lines(LONG))
            await b.until(lambda: len(b.done) > 30)
            printing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await printing
            host.close()
            assert (await b.first(JobEnded)).how is Ending.CANCELLED
            again = await b.host()
            await again.begin()
            await again.print_lines(JOB)
            assert len(b.of(JobOffered)) == 2

    asyncio.run(story())


def test_a_reset_board_ends_the_job_and_m112_of_the_host_passes_while_held(tmp_path):
    async def story():
        async with bench(tmp_path, firmware=FAST) as b:
            host = await b.host()
            await host.begin()
            host.write(numbered(1, b"G28") + b"\n")
            await b.first(JobOffered)
            host.write(b"M112\n")
            await b.until(lambda: b.marlin.machine.killed)
            await b.until(lambda: b.guard.wiring.desk.phase is Phase.HALTED)
            assert (await b.guard.state()).phase is Phase.HALTED
            b.marlin.reset()
            await b.first(JobOffered, 2)  # the host still waits, and so does its line
            assert b"G28" not in b.done

    asyncio.run(story())


def test_a_silent_printer_is_no_proof_of_a_stop(tmp_path):
    async def story():
        async with bench(tmp_path, allow=True, firmware=FAST, patience_s=1.0) as b:
            host = await b.host()
            await host.begin()
            b.marlin.faults.order(Fault.SILENCE, after=20)
            printing = asyncio.create_task(host.print_lines(LONG))
            await b.until(lambda: len(b.done) > 20)
            report = await b.stop(Level.CANCEL)
            assert report.verified_at is None
            assert report.state.phase is Phase.UNKNOWN
            printing.cancel()

    asyncio.run(story())


def test_a_fault_of_the_proxy_itself_cuts_the_line(tmp_path, monkeypatch):
    async def story():
        async with bench(tmp_path, allow=True, firmware=FAST) as b:
            host = await b.host()
            await host.begin()

            def broken(line, code):
                raise RuntimeError("planted")

            monkeypatch.setattr(b.guard.wiring.desk, "admit", broken)
            host.write(b"G28\n")
            lost = await b.first(Lost)
            assert "planted" in lost.reason
            assert b"G28" not in b.done

    asyncio.run(story())
