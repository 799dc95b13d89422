"""The proxy without ports: bytes in, bytes out."""

from hypothesis import given
from hypothesis import strategies as st

from printer_guard.printers.marlin.lines import numbered, read_line
from printer_guard.printers.serial_proxy.ledger import Errand
from printer_guard.printers.serial_proxy.relay import KEEPALIVE, MOST_WAITING, Admission, Relay


class Clerk:
    """A desk that lets everything pass, or holds or drops what it is told to."""

    def __init__(self):
        self.rules = {}
        self.taken = []
        self.dropping = False
        self.was_overrun = False

    def admit(self, line, code):
        return Admission.DROP if self.dropping else self.rules.get(code, Admission.PASS)

    def accepted(self, line, code):
        self.taken.append(line.command)

    def heard(self, reply, raw):
        pass

    def overrun(self):
        self.was_overrun = self.dropping = True


class Wire:
    """A relay with both ends in memory, and a clock to turn."""

    def __init__(self):
        self.now = 0.0
        self.clerk = Clerk()
        self.to_printer, self.to_host = bytearray(), bytearray()
        self.relay = Relay(
            self.clerk, self.to_printer.extend, self.to_host.extend, lambda: self.now
        )

    def errand(self, command):
        replies = []
        errand = Errand(command, replies.append)
        self.relay.run(errand)
        return replies

    def tick(self, seconds):
        self.now += seconds
        self.relay.tick()


def in_pieces(data, pieces):
    at = 0
    for length in pieces:
        yield data[at : at + length]
        at += length
    yield data[at:]


printable = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20)
unhurried = st.lists(st.integers(1, 6), max_size=20)
ends = st.sampled_from([b"\n", b"\r\n", b"\r"])


@given(st.lists(st.tuples(printable.map(str.encode), ends)), unhurried)
def test_what_a_host_sends_reaches_the_printer_as_it_was_sent(lines, pieces):
    data = b"".join(text + end for text, end in lines)
    wire = Wire()
    for piece in in_pieces(data, pieces):
        wire.relay.host_bytes(piece)
    for _ in lines:  # what must go alone waits for the oks before it
        wire.relay.printer_bytes(b"ok\n")
    assert sorted(wire.to_printer) == sorted(data)
    urgent = (b"M108", b"M112", b"M410", b"M876")
    if not any(word in data for word in urgent):
        assert wire.to_printer == data


@given(st.lists(printable.map(str.encode)), unhurried)
def test_what_a_printer_says_reaches_the_host_as_it_was_said(lines, pieces):
    data = b"".join(line + b"\n" for line in lines if not line.startswith(b"Cap:"))
    wire = Wire()
    for piece in in_pieces(data, pieces):
        wire.relay.printer_bytes(piece)
    assert wire.to_host == data


class Marlin:
    """A printer that answers at once, numbers checked, each line by one ok."""

    def __init__(self, wire):
        self.wire, self.at, self.last, self.taken = wire, 0, 0, []

    def serve(self):
        while (end := self.wire.to_printer.find(b"\n", self.at)) >= 0:
            line = read_line(bytes(self.wire.to_printer[self.at : end + 1]))
            self.at = end + 1
            self.wire.relay.printer_bytes(self.answer(line))

    def answer(self, line):
        if line.number is not None and not line.sets_number and line.number != self.last + 1:
            return b"Resend: %d\nok\n" % (self.last + 1)
        if line.next_number is not None:
            self.last = line.next_number
        self.taken.append(line.command)
        return b"ok T:20.0 /0.0\n" if line.command == b"M105" else b"ok\n"


@given(st.lists(st.sampled_from(["line", "errand", "drop", "urgent"]), max_size=40))
def test_errands_and_dropped_lines_never_cost_the_host_its_count_or_an_ok(acts):
    """The host numbers on through all of it; the printer takes every line that was let through."""
    wire = Wire()
    printer = Marlin(wire)
    number, errands, kept = 0, 0, []
    for act in acts:
        if act == "errand":
            assert wire.errand(b"M105") is not None
            errands += 1
        else:
            number += 1
            command = b"M108" if act == "urgent" else b"G1 X%d" % number
            wire.clerk.dropping = act == "drop"
            if act != "drop":
                kept.append(command)
            wire.relay.host_bytes(numbered(number, command) + b"\n")
        printer.serve()
    assert wire.to_host.count(b"ok") == number
    assert b"Resend" not in wire.to_host
    assert b"T:20" not in wire.to_host
    assert [c for c in printer.taken if not c.startswith((b"M105", b"M110"))] == kept
    assert wire.clerk.taken == kept
    assert printer.taken.count(b"M105") == errands


def test_a_held_line_waits_and_the_host_is_kept_patient():
    wire = Wire()
    wire.clerk.rules[b"G28"] = Admission.HOLD
    wire.relay.host_bytes(b"G28\nG1 X1\n")
    for _ in range(3):
        wire.tick(2.0)
    assert (wire.to_printer, wire.to_host) == (b"", KEEPALIVE * 3)
    wire.clerk.rules.clear()
    wire.relay.pump()
    assert wire.to_printer == b"G28\nG1 X1\n"


def test_urgent_commands_pass_held_lines_at_once_without_their_number():
    wire = Wire()
    wire.clerk.rules[b"G28"] = Admission.HOLD
    wire.relay.host_bytes(numbered(1, b"G28") + b"\n" + numbered(2, b"M112") + b"\n")
    assert wire.to_printer == b"M112\n"


def test_an_errand_waits_for_the_host_s_line_and_hides_its_answer():
    wire = Wire()
    wire.relay.host_bytes(b"G1 X1\n")
    replies = wire.errand(b"M114")
    wire.relay.host_bytes(b"G1 X2\n")
    assert wire.to_printer == b"G1 X1\n"
    wire.relay.printer_bytes(b"ok\n")
    assert wire.to_printer == b"G1 X1\nM114\n"
    wire.relay.printer_bytes(b"X:1.0 Y:0.0 Z:0.0 E:0.0\necho:busy: processing\nok\n")
    assert wire.to_printer == b"G1 X1\nM114\nG1 X2\n"
    assert wire.to_host == b"ok\necho:busy: processing\n"
    assert replies[0][0].startswith(b"X:1.0")


def test_an_errand_goes_out_after_half_a_second_though_an_ok_was_lost():
    wire = Wire()
    wire.relay.host_bytes(b"G1 X1\n")
    wire.errand(b"M105")
    wire.tick(0.6)
    assert wire.to_printer == b"G1 X1\nM105\n"


def test_an_errand_whose_ok_is_lost_blocks_the_host_for_five_silent_seconds_at_most():
    wire = Wire()
    wire.errand(b"M117 hello")
    wire.relay.host_bytes(b"G1 X1\n")
    wire.tick(4.0)
    assert wire.to_printer == b"M117 hello\n"
    wire.tick(1.5)
    assert wire.to_printer == b"M117 hello\nG1 X1\n"


def test_an_errand_that_the_printer_rejects_is_not_the_host_s_business():
    wire = Wire()
    replies = wire.errand(b"M117 hello")
    wire.relay.printer_bytes(b"Resend: 5\nok\n")
    assert wire.to_host == b""
    assert len(replies) == 1


def test_a_numbered_ok_settles_the_lines_whose_oks_were_lost():
    wire = Wire()
    for number in (1, 2, 3):
        wire.relay.host_bytes(numbered(number, b"G1 X%d" % number) + b"\n")
    wire.relay.printer_bytes(b"ok N3 P15 B3\n")
    assert wire.clerk.taken == [b"G1 X1", b"G1 X2", b"G1 X3"]
    assert wire.relay.owed == 0


def test_lines_that_a_resend_throws_away_do_not_count_as_taken():
    wire = Wire()
    wire.relay.host_bytes(numbered(1, b"G1 X1") + b"\n" + numbered(2, b"G1 X2") + b"\n")
    wire.relay.printer_bytes(b"ok\nError:checksum mismatch, Last Line: 1\nResend: 2\nok\n")
    assert wire.clerk.taken == [b"G1 X1"]
    wire.relay.host_bytes(numbered(2, b"G1 X2") + b"\n")
    wire.relay.printer_bytes(b"ok\n")
    assert wire.clerk.taken == [b"G1 X1", b"G1 X2"]
    assert wire.relay.owed == 0


def test_capabilities_that_hide_lines_are_not_told_to_the_host():
    wire = Wire()
    wire.relay.printer_bytes(b"Cap:MEATPACK:1\nCap:BINARY_FILE_TRANSFER:1\nCap:SDCARD:1\n")
    assert wire.to_host == b"Cap:MEATPACK:0\nCap:BINARY_FILE_TRANSFER:0\nCap:SDCARD:1\n"


def test_a_host_that_packs_all_the_same_is_answered_and_unpacked():
    wire = Wire()
    wire.relay.host_bytes(b"\xff\xff\xfb" + bytes([13 | 1 << 4, 0x0C]))
    assert wire.to_host == b"[MP] PV01 ON ESP\n"
    assert wire.to_printer == b"G1\n"


def test_a_host_that_never_waits_is_dropped_not_remembered():
    wire = Wire()
    wire.clerk.rules[b"G1"] = Admission.HOLD
    wire.relay.host_bytes(b"G1 X1\n" * (MOST_WAITING + 1))
    assert wire.clerk.was_overrun
    assert wire.to_printer == b""
    assert wire.to_host.count(b"ok") == MOST_WAITING + 1
