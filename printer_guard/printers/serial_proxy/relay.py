"""The proxy itself, without ports or clocks of its own: bytes in, bytes out, decisions asked for.

Lines of the host go on as they came, whole, in order, and only when the desk lets them; answers of
the printer go back as they came. Between them it runs errands: commands of ours, without a number
so that the host's count stays right, whose answers the host never sees.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import Enum
from typing import Protocol

from printer_guard.printers.marlin.lines import Line, LineSplitter, read_line
from printer_guard.printers.marlin.meatpack import MeatPack
from printer_guard.printers.marlin.replies import Reply, Says, read_reply
from printer_guard.printers.marlin.words import URGENT, code_of
from printer_guard.printers.serial_proxy.ledger import Errand, Ledger, Owed

KEEPALIVE = b"echo:busy: processing\n"
KEEPALIVE_S = 2.0  # Marlin's DEFAULT_KEEPALIVE_INTERVAL
ERRAND_WAITS_S = 0.5  # for the host's lines to be answered, before an errand goes out all the same
SETTLED_S = 5.0  # a printer that has been silent that long owes nothing any more
MOST_WAITING = 20_000  # lines: a host that waits for no ok cannot be held, only dropped

ALONE = frozenset({b"M23", b"M24", b"M28", b"M29", b"M32", b"M110"})
"""Commands after which lines mean something else: nothing is under way together with them."""
HIDDEN = frozenset({b"MEATPACK", b"BINARY_FILE_TRANSFER"})
"""Capabilities that hosts are not told of: what comes in them would have to be decoded."""
FOR_EVERYONE = frozenset({Says.BUSY, Says.START, Says.KILLED, Says.ACTION, Says.ERROR})
"""Answers that the host sees even while an errand runs."""


class Admission(Enum):
    """What becomes of a line of the host."""

    PASS = "pass"
    HOLD = "hold"  # it and all behind it wait
    DROP = "drop"  # answered by us


class Desk(Protocol):
    """Who decides about lines and hears what came of them."""

    def admit(self, line: Line, code: bytes) -> Admission:
        """Whether *line* may go on, asked again for a held one whenever something has changed."""

    def accepted(self, line: Line, code: bytes) -> None:
        """The printer has taken *line*."""

    def heard(self, reply: Reply, raw: bytes) -> None:
        """The printer has said something."""

    @property
    def dropping(self) -> bool:
        """Is what the host sends thrown away, but for a few lines?"""

    def overrun(self) -> None:
        """The host sends on and on without waiting: what it sends is dropped from now on."""


class Relay:
    """*to_printer* and *to_host* write; *clock* gives seconds."""

    def __init__(
        self,
        desk: Desk,
        to_printer: Callable[[bytes], None],
        to_host: Callable[[bytes], None],
        clock: Callable[[], float],
    ) -> None:
        self._desk = desk
        self._to_printer, self._write_host, self._clock = to_printer, to_host, clock
        self._from_host, self._from_printer = LineSplitter(), LineSplitter()
        self._meatpack = MeatPack()
        self._queue: deque[Owed] = deque()
        self._errands: deque[Errand] = deque()
        self._ledger = Ledger()
        self._gap = False  # we answered numbered lines that the printer never saw
        self._alone = False
        self._heard_at = self._told_at = clock()
        self._holding = False

    @property
    def idle(self) -> bool:
        """Does the printer owe nothing, and nobody wait?"""
        return not (self._ledger or self._queue or self._errands)

    @property
    def owed(self) -> int:
        """Lines without their ok."""
        return len(self._ledger)

    def host_bytes(self, data: bytes) -> None:
        """Bytes from the host, in any pieces."""
        commands = self._meatpack.commands
        data = self._meatpack.feed(data)
        if self._meatpack.commands != commands:
            self._to_host(self._meatpack.report())
        for raw in self._from_host.feed(data):
            line = read_line(raw)
            code = code_of(line.command)
            if code in URGENT:
                self._urgent(line, code)
            else:
                self._queue.append(Owed(line, code))
        if len(self._queue) > MOST_WAITING:
            self._desk.overrun()
        self.pump()

    def printer_bytes(self, data: bytes) -> None:
        """Bytes from the printer, in any pieces."""
        self._heard_at = self._clock()
        for raw in self._from_printer.feed(data):
            self._answer(raw)
        self.pump()

    def pump(self) -> None:
        """Send what may be sent: an errand first, then lines of the host."""
        while not self._ledger.errands:
            if self._errands:
                if self._ledger and self._clock() - self._errands[0].since < ERRAND_WAITS_S:
                    return
                self._shout(self._errands.popleft())
            elif not self._queue or not self._next():
                return
        self._drain()

    def run(self, errand: Errand) -> None:
        """Send a command of ours when the printer owes nothing."""
        errand.since = self._clock()
        self._errands.append(errand)
        self.pump()

    def shout(self, errand: Errand) -> None:
        """Send a command of ours at once, whatever is under way."""
        self._shout(errand)

    def forget(self, errand: Errand) -> None:
        """Nobody waits for *errand* any more."""
        if errand in self._errands:
            self._errands.remove(errand)
        self._ledger.give_up(errand)
        self.pump()

    def answer_host(self) -> None:
        """The host need not wait for what the printer still has to do."""
        if count := self._ledger.answer():
            self._to_host(b"ok\n" * count)

    def tell_host(self, text: bytes) -> None:
        """A line of ours for the host."""
        self._to_host(text + b"\n")

    def tick(self) -> None:
        """Call it a few times a second: keeps a waiting host patient, and late errands moving."""
        errand = self._ledger.first_errand
        if errand is not None and self._clock() - max(errand.since, self._heard_at) > SETTLED_S:
            self._ledger.give_up(errand)
        self.pump()
        waiting = self._queue and (self._holding or self._ledger.errands)
        if waiting and self._clock() - self._told_at >= KEEPALIVE_S:
            self._to_host(KEEPALIVE)

    def host_left(self) -> None:
        """What it had not sent on is nobody's any more; the printer never sees it."""
        self._gap = self._gap or any(owed.line.number is not None for owed in self._queue)
        self._queue.clear()
        self._from_host.forget()
        self._meatpack = MeatPack()
        self._holding = False

    def printer_left(self) -> None:
        """It owes nothing and has forgotten all numbers."""
        self._from_printer.forget()
        self._queue.clear()
        self._reset()
        while self._errands:
            self._errands.popleft().finish()

    def _reset(self) -> None:
        for entry in self._ledger.clear():
            if isinstance(entry, Errand):
                entry.finish()
        self._gap = self._alone = self._holding = False

    def _next(self) -> bool:
        """Deal with the first line that waits; False when it has to wait on."""
        owed = self._queue[0]
        line, code = owed.line, owed.code
        if (self._alone or code in ALONE) and not self._settled():
            return False
        admission = self._desk.admit(line, code)
        self._holding = admission is Admission.HOLD
        if self._holding:
            return False
        if admission is Admission.DROP:
            self._queue.popleft()
            self._drop(line)
        elif self._gap and line.number is not None and not line.sets_number:
            self._gap = False
            self._shout(Errand(b"M110 N%d" % (line.number - 1), lambda _: None))
        else:
            self._queue.popleft()
            self._forward(owed)
        return True

    def _drain(self) -> None:
        """While an errand runs, answer what will never be sent on: the host is to be idle soon."""
        while self._queue and self._desk.dropping:
            owed = self._queue[0]
            if self._desk.admit(owed.line, owed.code) is not Admission.DROP:
                return
            self._queue.popleft()
            self._drop(owed.line)

    def _settled(self) -> bool:
        return not self._ledger or self._clock() - self._heard_at > SETTLED_S

    def _forward(self, owed: Owed) -> None:
        line = owed.line
        self._alone = owed.code in ALONE
        if line.sets_number:
            self._gap = False
        self._to_printer(line.raw)
        if line.command or line.number is not None:
            self._ledger.sent(owed)

    def _drop(self, line: Line) -> None:
        if line.number is not None:
            self._gap = True
        if line.command or line.number is not None:
            self._to_host(b"ok\n")

    def _urgent(self, line: Line, code: bytes) -> None:
        """What must not wait passes what waits, without the number that would be out of turn."""
        if self._queue or self._gap or self._ledger.errands:
            self._gap = self._gap or line.number is not None
            line = Line(line.command + b"\n", line.command)
        self._to_printer(line.raw)
        self._ledger.sent(Owed(line, code))
        if self._desk.dropping:
            self.answer_host()

    def _shout(self, errand: Errand) -> None:
        errand.since = self._clock()
        self._ledger.sent(errand)
        self._to_printer(errand.command + b"\n")

    def _answer(self, raw: bytes) -> None:
        reply = read_reply(raw)
        if reply.says is Says.OK:
            self._ok(raw)
            return
        errand = self._ledger.first_errand
        for_host = errand is None or reply.says in FOR_EVERYONE
        if reply.says is not Says.OTHER:
            for_host = self._note(reply, for_host=for_host)
            self._desk.heard(reply, raw)
        if for_host:
            self._to_host(_without_hidden(reply, raw))
        if errand is not None:
            errand.replies.append(raw)
            if reply.says in errand.expects:
                errand.finish()

    def _note(self, reply: Reply, *, for_host: bool) -> bool:
        """Keep the books; says whether the host must see it."""
        if reply.says is Says.START:
            self._reset()
        elif reply.says in (Says.RESEND, Says.RESEND_ALONE) and reply.match is not None:
            alone = reply.says is Says.RESEND_ALONE
            return self._ledger.resend(int(reply.match[1]), ok_follows=not alone)
        return for_host

    def _ok(self, raw: bytes) -> None:
        """Give each ok to whom it belongs."""
        answered, for_host = self._ledger.ok(raw)
        for entry in answered:
            if isinstance(entry, Errand):
                entry.replies.append(raw)
                entry.finish()
            else:
                self._desk.accepted(entry.line, entry.code)
        if for_host:
            self._to_host(raw)

    def _to_host(self, data: bytes) -> None:
        self._told_at = self._clock()
        self._write_host(data)


def _without_hidden(reply: Reply, raw: bytes) -> bytes:
    """*raw*, unless it tells of a capability that a host must not use."""
    if reply.says is Says.CAPABILITY and reply.match is not None and reply.match[1] in HIDDEN:
        return b"Cap:%s:0\n" % reply.match[1]
    return raw
