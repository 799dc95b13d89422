"""The simulated printer is a Marlin as far as a guard can tell."""

import asyncio
import contextlib

import pytest

from printer_guard.printers.marlin.lines import numbered
from printer_guard.printers.simulated.firmware import Firmware
from printer_guard.printers.simulated.marlin import SimulatedMarlin
from printer_guard.printers.simulated.planner import Planner
from tests.printer_guard.printers.serial_bench import Host


@contextlib.asynccontextmanager
async def printer(folder, firmware):
    async with SimulatedMarlin(folder / "printer", firmware) as marlin:
        host = Host(folder / "printer")
        await host.until(lambda line: line == b"start")
        yield marlin, host
        host.close()


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def test_moves_take_their_length_divided_by_their_speed():
    clock = Clock()
    planner = Planner(16, clock)
    planner.add((10.0, 0.0, 0.0, 1.0), 5.0)
    planner.add((10.0, 10.0, 0.0, 2.0), 10.0)
    clock.now = 1.0
    assert planner.position == (5.0, 0.0, 0.0, 0.5)
    assert planner.until_still() == pytest.approx(2.0)
    clock.now = 3.0
    assert planner.still
    assert planner.laid_mm == pytest.approx(2.0)


def test_a_quick_stop_rests_where_the_motors_are_and_counts_what_was_laid():
    clock = Clock()
    planner = Planner(16, clock)
    planner.add((10.0, 0.0, 0.0, 1.0), 5.0)
    clock.now = 0.5
    planner.quick_stop()
    assert planner.target == planner.position == (2.5, 0.0, 0.0, 0.25)
    assert planner.laid_mm == pytest.approx(0.25)


def test_a_line_out_of_turn_is_asked_for_again_and_then_an_ok_follows(tmp_path):
    async def story():
        async with printer(tmp_path, Firmware()) as (marlin, host):
            host.write(numbered(3, b"G21") + b"\n")
            await host.until(lambda line: line == b"ok")
            assert host.heard[-3:] == [
                b"Error:Line Number is not Last Line Number+1, Last Line: 0", b"Resend: 1", b"ok"
            ]  # fmt: skip
            host.write(b"N1 G21*1\n")
            await host.until(lambda line: line == b"ok")
            assert b"checksum mismatch" in host.heard[-3]
            assert not marlin.machine.executed

    asyncio.run(story())


def test_advanced_oks_tell_line_planner_and_buffer(tmp_path):
    async def story():
        async with printer(tmp_path, Firmware(advanced_ok=True)) as (_, host):
            host.write(numbered(1, b"G21") + b"\n")
            assert await host.until(lambda line: line.startswith(b"ok")) == b"ok N1 P16 B4"

    asyncio.run(story())


@pytest.mark.parametrize(("parser", "obeyed"), [(True, True), (False, False)])
def test_an_emergency_parser_decides_whether_m112_acts_during_a_dwell(tmp_path, parser, obeyed):
    async def story():
        async with printer(tmp_path, Firmware(emergency_parser=parser)) as (marlin, host):
            host.write(b"G4 S600\nM112\n")
            await asyncio.sleep(0.5)
            assert marlin.machine.killed is obeyed

    asyncio.run(story())


def test_a_long_command_is_kept_alive(tmp_path):
    async def story():
        async with printer(tmp_path, Firmware(busy_s=0.05)) as (_, host):
            host.write(b"G4 P300\n")
            await host.until(lambda line: line == b"echo:busy: processing")
            await host.until(lambda line: line == b"ok")

    asyncio.run(story())


def test_m108_ends_the_wait_for_heat(tmp_path):
    async def story():
        async with printer(tmp_path, Firmware()) as (marlin, host):
            host.write(b"M109 S250\n")
            await asyncio.sleep(0.2)
            host.write(b"M108\n")
            await host.until(lambda line: line == b"ok")
            assert marlin.machine.tool.temperature < 200

    asyncio.run(story())


def test_meatpack_is_understood_where_it_is_told_of(tmp_path):
    async def story():
        async with printer(tmp_path, Firmware(meatpack=True)) as (marlin, host):
            host.write(b"\xff\xff\xfb" + bytes([13 | 2 << 4, 1 | 12 << 4]))  # G2 1 newline
            await host.until(lambda line: line == b"ok")
            assert b"[MP] PV01 ON ESP" in host.heard
            assert list(marlin.machine.executed) == [b"G21"]

    asyncio.run(story())
