"""Jobs that come as a stream, from a host program to a simulated printer, through the proxy."""

import asyncio
import time

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
from printer_guard.printers.serial_proxy import stopping
from printer_guard.printers.simulated.firmware import Firmware
from tests.printer_guard.printers.serial_bench import bench, square

FAST = Firmware(speed=100.0)
SLOW = Firmware(speed=20.0)
JOB = square(3)
TOWER = square(20)
LONG = square(400)
BEGUN = [b"M110 N0"]


def as_told(events):
    return b"".join(sent.chunk for sent in events)


def test_an_innocent_stream_is_carried_out_line_by_line_and_told_byte_by_byte(tmp_path):
    async def story():
        async with bench(tmp_path, allow=True, firmware=FAST) as b:
            host = await b.host()
            await host.begin()
            assert await host.print_lines(JOB) == len(JOB)
            await host.begin()
            ended = await b.first(JobEnded)
            assert b.done == [*BEGUN, *JOB, *BEGUN]
            assert as_told(b.of(Sent)) == b"".join(line + b"\n" for line in JOB)
            assert ended.how is Ending.DONE
            assert len(b.of(JobStarted)) == 1

    asyncio.run(story())


def test_no_line_of_a_job_reaches_the_printer_before_it_is_allowed(tmp_path):
    async def story():
        async with bench(tmp_path, firmware=FAST) as b:
            host = await b.host()
            await host.begin()
            printing = asyncio.create_task(host.print_lines(JOB))
            offered = await b.first(JobOffered)
            with pytest.raises(CannotFetch, match="nobody has the whole of it"):
                await b.guard.fetch(offered.job)
            await b.until(lambda: b"echo:busy: processing" in host.heard)
            assert b.done == BEGUN
            await b.guard.allow(offered.job, None)
            await printing
            assert b.done == [*BEGUN, *JOB]

    asyncio.run(story())


def test_a_refused_job_never_reaches_the_printer_and_its_host_is_free_for_the_next(tmp_path):
    async def story():
        async with bench(tmp_path, firmware=FAST) as b:
            host = await b.host()
            await host.begin()
            printing = asyncio.create_task(host.print_lines(JOB))
            offered = await b.first(JobOffered)
            await b.guard.refuse(offered.job, "held for review")
            await printing
            assert host.cancelled
            assert b"echo:Printwarden: held for review" in host.heard
            await host.command(b"M104 S0")
            with pytest.raises(PrinterRefused):
                await b.guard.allow(offered.job, None)
            assert b.done == [*BEGUN, b"M104 S0"]
            host.cancelled = False
            await host.begin()
            again = asyncio.create_task(host.print_lines(JOB))
            second = await b.first(JobOffered, 2)
            await b.guard.allow(second.job, None)
            await again
            assert b.done == [*BEGUN, b"M104 S0", *BEGUN, *JOB]

    asyncio.run(story())


def test_jogging_and_asking_by_hand_are_no_job_but_laying_down_material_is(tmp_path):
    async def story():
        async with bench(tmp_path, firmware=FAST) as b:
            host = await b.host()
            for command in (b"G28", b"G91", b"G1 X10 F3000", b"G90", b"M105", b"M117 hi"):
                await host.command(command)
            assert not b.of(JobOffered)
            host.write(b"G1 X20 E5\n")
            offered = await b.first(JobOffered)
            assert b"G1 X20 E5" not in b.done
            await b.guard.allow(offered.job, None)
            await host.until(lambda line: line.startswith(b"ok"))
            # what was set by hand before is part of what the job means
            whole = b"G28\nG91\nG1 X10 F3000\nG90\nG1 X20 E5\n"
            await b.until(lambda: as_told(b.of(Sent)) == whole)

    asyncio.run(story())


@pytest.mark.parametrize("parser", [True, False])
def test_a_cancel_stops_within_a_line_and_is_proved_by_the_printer(tmp_path, parser):
    """20 mm at 5 mm/s a move: without an emergency parser the planned ones still run."""
    firmware = Firmware(speed=20.0, emergency_parser=parser)

    async def story():
        async with bench(tmp_path, allow=True, firmware=firmware) as b:
            host = await b.host()
            await host.begin()
            printing = asyncio.create_task(host.print_lines(square(400, feed=300)))
            await b.until(lambda: b.marlin.machine.planner.moves > 3)
            sent = len(host.sent)
            report = await b.stop(Level.CANCEL)
            await printing
            machine = b.marlin.machine
            assert report.verified_at is not None
            assert report.heaters_off is True
            assert machine.planner.still
            assert (machine.tool.target, machine.bed.target, machine.motors_on) == (0, 0, False)
            assert host.cancelled
            assert len(host.sent) - sent < 200  # the host was not made to send on
            ended = await b.first(JobEnded)
            assert ended.how is Ending.CANCELLED
            assert (await b.guard.state()).phase is Phase.IDLE

    asyncio.run(story())


def test_no_line_that_waited_for_the_planner_crosses_the_part_after_a_cancel(tmp_path, monkeypatch):
    """It is let into the planner first, and thrown away with the rest."""
    monkeypatch.setattr(stopping, "TAKEN_S", 15.0)
    cold = [line for line in square(400, size=2.0) if not line.startswith(b"M10")]

    async def story():
        async with bench(tmp_path, allow=True, firmware=Firmware(speed=1.0)) as b:
            host = await b.host()
            await host.begin()
            printing = asyncio.create_task(host.print_lines(cold))
            planner, done = b.marlin.machine.planner, []
            await b.until(lambda: planner.moves > 30)
            add, quick_stop = planner.add, planner.quick_stop
            monkeypatch.setattr(planner, "add", lambda *a: (done.append("move"), add(*a)))
            monkeypatch.setattr(
                planner, "quick_stop", lambda *a: (done.append("stop"), quick_stop(*a))
            )
            assert (await b.stop(Level.CANCEL)).verified_at is not None
            await printing
            assert done.count("stop") == 1
            assert done[done.index("stop") + 1 :] == ["move"]  # the lift, of our own

    asyncio.run(story())


def test_not_one_line_is_forwarded_after_the_trip(tmp_path, monkeypatch):
    async def story():
        async with bench(tmp_path, allow=True, firmware=SLOW) as b:
            host = await b.host()
            await host.begin()
            wiring, forwarded = b.guard.wiring, []
            write = wiring._write_printer

            def noted(data):
                forwarded.append(data)
                write(data)

            monkeypatch.setattr(wiring.relay, "_to_printer", noted)
            printing = asyncio.create_task(host.print_lines(LONG))
            await b.until(lambda: len(forwarded) > 60)
            stopping = asyncio.create_task(b.stop(Level.CANCEL))
            await asyncio.sleep(0)  # the trip: from here on the gate is shut
            before = len(forwarded)
            assert (await stopping).verified_at is not None
            await printing
            assert host.cancelled
            assert forwarded[before:]
            assert not any(data.startswith(b"N") for data in forwarded[before:])

    asyncio.run(story())


def test_a_pause_parks_and_a_resume_goes_on_where_it_was(tmp_path):
    async def story():
        async with bench(tmp_path, allow=True, firmware=SLOW) as b:
            host = await b.host()
            await host.begin()
            printing = asyncio.create_task(host.print_lines(TOWER))
            await b.until(lambda: b.marlin.machine.planner.laid_mm > 2)
            report = await b.stop(Level.PAUSE)
            machine = b.marlin.machine
            assert report.verified_at is not None
            assert report.state.phase is Phase.PAUSED
            assert machine.tool.target == 150.0
            parked = machine.planner.position
            await asyncio.sleep(0.2)
            assert machine.planner.position == parked
            await b.guard.resume(b.guard.wiring.desk.job)
            assert await printing == len(TOWER)
            assert [c for c in b.done if c in TOWER[7:-2]] == TOWER[7:-2]
            assert machine.planner.target[3] == pytest.approx(0.04 * 20 * 5 * 20)

    asyncio.run(story())


def test_a_stop_while_it_heats_does_not_wait_for_the_heat(tmp_path):
    async def story():
        async with bench(tmp_path, allow=True, firmware=Firmware(speed=1.0)) as b:
            host = await b.host()
            await host.begin()
            printing = asyncio.create_task(host.print_lines([b"M109 S250", *JOB]))
            await b.until(lambda: b.marlin.machine.tool.target > 0)
            report = await b.stop(Level.CANCEL)
            assert report.verified_at - report.sent_at < 15  # of more than 70 s
            assert report.heaters_off
            await printing

    asyncio.run(story())


def test_a_stop_for_another_job_does_nothing(tmp_path):
    async def story():
        async with bench(tmp_path, allow=True, firmware=FAST) as b:
            host = await b.host()
            await host.begin()
            await host.print_lines(JOB)
            first = b.of(JobStarted)[0].job
            await host.begin()
            printing = asyncio.create_task(host.print_lines(JOB))
            await b.first(JobStarted, 2)
            report = await b.guard.stop(first, Level.EMERGENCY)
            assert report.state.job_name == "stream"
            assert await printing == len(JOB)
            assert not b.marlin.machine.killed

    asyncio.run(story())


def test_what_is_said_reaches_screen_and_host_while_a_job_prints(tmp_path):
    async def story():
        async with bench(tmp_path, allow=True, firmware=FAST) as b:
            host = await b.host()
            await host.begin()
            printing = asyncio.create_task(host.print_lines(JOB))
            await b.first(JobStarted)
            await b.guard.say("Looks like a blade;\nheld")
            assert b.marlin.machine.message == "Looks like a blade, held"
            assert b"//action:notification Looks like a blade, held" in host.heard
            assert await printing == len(JOB)
            assert [c for c in b.done if c in JOB] == JOB

    asyncio.run(story())


def test_the_time_from_trip_to_idle_host_is_short(tmp_path):
    async def story():
        async with bench(tmp_path, allow=True, firmware=FAST) as b:
            host = await b.host()
            await host.begin()
            printing = asyncio.create_task(host.print_lines(LONG))
            await b.until(lambda: len(b.done) > 60)
            tripped = time.monotonic()
            stopping = asyncio.create_task(b.stop(Level.CANCEL))
            await b.until(lambda: host.cancelled)
            assert time.monotonic() - tripped < 5  # 0.01 s on a machine that has nothing else to do
            await printing
            await stopping

    asyncio.run(story())
