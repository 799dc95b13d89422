"""The serial dialect: framing, numbers, checksums, replies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset_builder.readers.meatpack import decode_meatpack
from printer_guard.printers.marlin.emergency import EmergencyParser
from printer_guard.printers.marlin.lines import LineSplitter, numbered, read_line
from printer_guard.printers.marlin.meatpack import Command, MeatPack
from printer_guard.printers.marlin.replies import (
    Says,
    position_in,
    read_reply,
    steps_in,
    targets_in,
    tool_in,
)
from printer_guard.printers.marlin.words import code_of, lays_material, only_cools

streams = st.lists(
    st.sampled_from([b"G1 X5", b"M105", b"\r\n", b"\n", b"\r", b";", b"\x00\xff", b"N3"])
)


def cut(data, pieces):
    """*data* in pieces of those lengths."""
    at = 0
    for length in pieces:
        yield data[at : at + length]
        at += length
    yield data[at:]


@given(streams, st.lists(st.integers(1, 7)))
def test_the_lines_of_a_stream_joined_are_the_stream_however_it_is_cut(words, pieces):
    data = b"".join(words) + b"\n"
    splitter = LineSplitter()
    lines = [line for piece in cut(data, pieces) for line in splitter.feed(piece)]
    assert b"".join(lines) == data
    assert all(line.strip(b"\r\n").count(b"\n") == 0 for line in lines)


def test_a_line_that_never_ends_is_given_up_and_what_follows_it_is_read():
    splitter = LineSplitter(longest=10)
    assert splitter.feed(b"x" * 25) == []
    assert splitter.feed(b"yy\nM105\n") == [b"M105\n"]
    assert splitter.dropped == 28


commands = st.text(
    st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=";"), min_size=1
).map(str.encode)


@given(st.integers(0, 10**6), commands)
def test_what_a_host_numbers_is_read_back(number, command):
    line = read_line(numbered(number, b"G1 " + command) + b"\n")
    assert (line.number, line.command, line.intact) == (number, b"G1 " + command, True)


@given(st.integers(0, 10**6), commands, st.integers(0, 200), st.integers(1, 255))
def test_a_numbered_line_with_one_byte_changed_is_never_taken_as_it_was(number, text, at, change):
    good = numbered(number, b"G1 " + text)
    damaged = bytearray(good)
    damaged[at % len(good)] ^= change
    line = read_line(bytes(damaged) + b"\n")
    assert not (line.number == number and line.intact and line.command == b"G1 " + text)


def test_a_number_without_a_checksum_is_not_intact():
    assert not read_line(b"N5 G1 X1\n").intact


@pytest.mark.parametrize(
    ("raw", "number"),
    [(b"N-1 M110*125\n", -1), (b"N0 M110 N0*125\n", 0), (b"M110 N7\n", 7), (b"M110\n", None)],
)
def test_m110_says_from_where_the_printer_counts(raw, number):
    line = read_line(raw)
    assert line.sets_number
    assert line.next_number == number


@pytest.mark.parametrize(
    ("command", "code"),
    [(b"G01 X5", b"G1"), (b"g1x5", b"G1"), (b" M104S0", b"M104"), (b"X5 E1", b""), (b"", b"")],
)
def test_codes_are_read_as_firmwares_read_them(command, code):
    assert code_of(command) == code


@pytest.mark.parametrize("command", [b"G1 X5 E1", b"G2 I1 J1 E.2", b"X5 Y5 E1", b"g1y2e-1"])
def test_whatever_could_lay_down_material_counts(command):
    assert lays_material(code_of(command), command)


@pytest.mark.parametrize("command", [b"G1 X5", b"G1 E5", b"M117 G1 X1 E1", b"G92 X0 E0"])
def test_travel_and_priming_lay_down_nothing(command):
    assert not lays_material(code_of(command), command)


def test_a_target_of_zero_only_cools():
    assert only_cools(b"M104", b"M104 S0")
    assert not only_cools(b"M104", b"M104 S200")
    assert not only_cools(b"M104", b"M104")


@given(st.lists(st.sampled_from([b"M112", b"M108", b"G1 X1", b"N7 M410*3", b"M1120"])),
       st.lists(st.integers(1, 5)))  # fmt: skip
def test_the_emergency_parser_finds_each_urgent_command_once_however_bytes_come(lines, pieces):
    parser = EmergencyParser()
    data = b"".join(line + b"\n" for line in lines)
    found = [code for piece in cut(data, pieces) for code in parser.feed(piece)]
    wanted = [code_of(read_line(line).command) for line in lines]
    assert found == [code for code in wanted if code in (b"M112", b"M108", b"M410")]


packable = st.text("0123456789. GXYEMN", min_size=1).map(lambda text: text.encode() + b"\n")


def pack(text):
    """*text* as a host packs it: escapes for what has no code, a line's end padded."""
    codes, out, at = b"0123456789. \nGX", bytearray(), 0
    while at < len(text):
        pair = text[at : at + 2]
        if len(pair) < 2 or pair[:1] == b"\n":
            pair, at = pair[:1] + b"0", at - 1
        both = [codes.find(byte) for byte in pair]
        out.append((both[0] if both[0] >= 0 else 15) | (both[1] if both[1] >= 0 else 15) << 4)
        out += bytes(byte for byte, code in zip(pair, both, strict=True) if code < 0)
        at += 2
    return bytes(out)


@given(st.lists(packable, min_size=1), st.lists(st.integers(1, 9)))
def test_meatpack_is_decoded_however_it_is_cut(lines, pieces):
    text = b"".join(lines)
    packed = (
        b"M105\n\xff\xff"
        + bytes([Command.ON])
        + b"".join(pack(line + b"\n") for line in text.split(b"\n")[:-1])
    )
    decoder = MeatPack()
    assert b"".join(decoder.feed(piece) for piece in cut(packed, pieces)) == b"M105\n" + text
    assert decoder.packing
    assert decoder.commands == 1


@given(st.lists(packable, min_size=1))
def test_meatpack_is_decoded_on_the_line_as_in_files_where_lines_end_with_a_pair(lines):
    even = b"".join((line if len(line) % 2 == 0 else b"M" + line) for line in lines)
    even = even.replace(b"\n\n", b"X\n")
    packed = b"\xff\xff\xfb" + pack(even)
    assert MeatPack().feed(packed) == b"".join(decode_meatpack([packed]))


def test_bytes_of_255_outside_of_a_signal_pass():
    decoder = MeatPack()
    assert decoder.feed(b"M117 \xff!\n") == b"M117 \xff!\n"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"ok", Says.OK),
        (b"ok N5 P15 B3", Says.OK),
        (b"ok T:20.1 /0.0", Says.OK),
        (b"Resend: 7", Says.RESEND),
        (b"Resend:N7", Says.RESEND),
        (b"rs N7", Says.RESEND_ALONE),
        (b"echo:busy: processing", Says.BUSY),
        (b"start", Says.START),
        (b"Error:Printer halted. kill() called!", Says.KILLED),
        (b"Error:checksum mismatch, Last Line: 3", Says.ERROR),
        (b"Cap:EMERGENCY_PARSER:1", Says.CAPABILITY),
        (b" T:20.0 /0.0 B:20 /0", Says.TEMPERATURES),
        (b"X:1.00 Y:2.00 Z:3.00 E:4.00 Count X:80 Y:160 Z:1200", Says.POSITION),
        (b"File opened: cube.gco Size: 120", Says.FILE_OPENED),
        (b"echo:Writing to file: a.gco", Says.WRITING),
        (b"SD printing byte 5/120", Says.SD_PRINTING),
        (b"Not SD printing", Says.SD_IDLE),
        (b"//action:pause", Says.ACTION),
        (b"echo:Unknown command", Says.OTHER),
        (b"\x80\x81\xff", Says.OTHER),
    ],
)
def test_replies_are_told_apart(line, says):
    assert read_reply(line).says is says


def test_numbers_are_read_out_of_replies():
    where = b"X:1.50 Y:-2.00 Z:3.00 E:4.00 Count X:80 Y:-160 Z:1200"
    assert position_in(where) == {"X": 1.5, "Y": -2.0, "Z": 3.0, "E": 4.0}
    assert steps_in(where) == (80.0, -160.0, 1200.0)
    heat = b"ok T:205.3 /205.0 B:60.0 /60.0 T0:205.3 /205.0 @:50 B@:20"
    assert targets_in(heat) == {"T": 205.0, "B": 60.0, "T0": 205.0}
    assert tool_in(heat) == (205.3, 205.0)
