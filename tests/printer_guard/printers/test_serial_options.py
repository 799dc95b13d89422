"""Settings of a serial printer, and the commands that park it."""

from pathlib import Path

import pytest

from printer_guard.errors import SettingsError
from printer_guard.printers.serial_proxy.modes import Modes
from printer_guard.printers.serial_proxy.options import read_options
from printer_guard.printers.serial_proxy.parking import (
    Parked,
    ParkOptions,
    leaving,
    parking,
    returning,
)
from printer_guard.printers.simulated.printer import open_simulated

AT = Parked(position={"X": 10.0, "Y": 20.0, "Z": 3.0, "E": 7.5}, tool_c=210.0, retracted=True)
CORNER = ParkOptions(park_at=(0.0, 200.0))


def test_all_keys_have_defaults_but_the_port():
    options = read_options("ender", {"port": "/dev/ttyACM0", "park_at": [0, 200], "lift_mm": 10})
    assert options.port == Path("/dev/ttyACM0")
    assert options.baud == 115200
    assert options.park.park_at == (0.0, 200.0)
    assert options.park.lift_mm == 10.0


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "ender] port: None is no path"),
        ({"port": "ttyUSB0"}, "'ttyUSB0' is no path of a port"),
        ({"port": "/dev/x", "baud": 9}, "ender] baud: 9 is no speed"),
        ({"port": "/dev/x", "strict": 1}, "ender] strict: 1 is neither"),
        ({"port": "/dev/x", "patience_s": 0}, "ender] patience_s: 0 is not within"),
        ({"port": "/dev/x", "park_at": [1]}, r"ender] park_at: \[1\] is no number"),
        ({"port": "/dev/x", "lift_mm": "5"}, "ender] lift_mm: '5' is no number"),
        ({"port": "/dev/x", "speed": 5}, "no key 'speed'. There are: port, link, baud"),
    ],
)
def test_what_cannot_be_meant_is_told_by_its_key(options, told):
    with pytest.raises(SettingsError, match=told):
        read_options("ender", options)


@pytest.mark.parametrize("options", [{"speed": 0}, {"emergency_parser": "yes"}, {"colour": 1}])
def test_a_simulated_printer_is_as_strict(options, tmp_path):
    with pytest.raises(SettingsError, match=min(options)):
        open_simulated("demo", options, tmp_path)


def test_the_way_to_the_corner_needs_homed_axes_and_the_lift_does_not():
    assert not any(b"X" in command for command in parking(CORNER, AT, homed=False))
    assert b"G1 X0 Y200 F6000" in parking(CORNER, AT, homed=True)
    assert b"G1 Z5 F600" in parking(CORNER, AT, homed=False)


def test_a_pause_keeps_the_bed_warm_and_the_way_back_heats_first():
    assert not any(command.startswith(b"M140") for command in parking(CORNER, AT, homed=True))
    back = returning(CORNER, AT, homed=True)
    assert back[0] == b"M109 S210"
    assert back.index(b"G1 X10 Y20 F6000") < back.index(b"G1 Z3 F600")
    assert back[-1] == b"G92 E7.5"


def test_a_cold_hotend_neither_retracts_nor_heats():
    cold = Parked(position=AT.position, tool_c=0.0, retracted=False)
    commands = parking(CORNER, cold, homed=True) + returning(CORNER, cold, homed=True)
    assert not any(b" E" in command and command.startswith(b"G1") for command in commands)
    assert not any(command.startswith(b"M10") for command in commands)


def test_an_end_lifts_lets_motors_go_and_never_homes():
    commands = leaving(CORNER, hot=True)
    assert b"G1 Z5 F600" in commands
    assert commands[-1] == b"M84"
    assert not any(command.startswith(b"G28") for command in commands)


def test_modes_are_given_back_as_a_job_had_set_them():
    modes = Modes()
    for command, code in ((b"G91", b"G91"), (b"M82", b"M82"), (b"G1 X1 F1500", b"G1")):
        modes.accepted(command, code)
    assert modes.restoring == [b"G21", b"G1 F1500", b"G91", b"M82"]
