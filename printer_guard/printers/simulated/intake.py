"""Bytes from the host -> commands in the queue, with the checks that Marlin makes.

Source: Marlin, src/gcode/queue.cpp.
"""

from __future__ import annotations

from collections import deque

from printer_guard.printers.marlin.emergency import EmergencyParser
from printer_guard.printers.marlin.lines import Line, LineSplitter, read_line
from printer_guard.printers.marlin.meatpack import MeatPack
from printer_guard.printers.marlin.words import code_of
from printer_guard.printers.simulated.faults import Fault
from printer_guard.printers.simulated.machine import Machine


class Intake:
    """The serial side of *machine*: what it has received and not begun."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._splitter = LineSplitter()
        self._meatpack = MeatPack()
        self._urgent = EmergencyParser()
        self._received: deque[bytes] = deque()
        self.queue: deque[Line] = deque()

    def feed(self, data: bytes) -> None:
        """Take bytes; urgent commands act at once where there is an emergency parser."""
        if self._machine.killed:
            return
        if self._machine.firmware.meatpack:
            before = self._meatpack.commands
            data = self._meatpack.feed(data)
            if self._meatpack.commands != before:
                self._machine.say(self._meatpack.report().decode().strip())
        if self._machine.firmware.emergency_parser:
            for code in self._urgent.feed(data):
                self._act(code)
        self._received.extend(self._splitter.feed(data))
        self.fill()

    def fill(self) -> None:
        """Read lines while the queue has room."""
        capacity = self._machine.firmware.command_buffer
        while self._received and len(self.queue) < capacity:
            line = read_line(self._received.popleft())
            if (line.command or line.number is not None) and self._accepted(line):
                self.queue.append(line)

    def _act(self, code: bytes) -> None:
        acts = {
            b"M108": self._machine.end_heat_wait,
            b"M112": self._machine.kill,
            b"M410": self._machine.quick_stop,
        }
        if code in acts:
            acts[code]()

    def _accepted(self, line: Line) -> bool:
        """Check number and checksum; what fails is asked for again."""
        machine = self._machine
        if line.number is None:
            if machine.card.writing is not None and code_of(line.command) != b"M29":
                return self._reject("No Checksum with line number")
            return True
        if line.number != machine.last_number + 1 and not line.sets_number:
            return self._reject("Line Number is not Last Line Number+1")
        if not line.intact or machine.faults.strikes(Fault.RESEND):
            return self._reject("checksum mismatch")
        machine.last_number = line.next_number or 0
        return True

    def _reject(self, why: str) -> bool:
        """Drop everything received and ask for the line after the last good one."""
        self._received.clear()
        last = self._machine.last_number
        self._machine.say(f"Error:{why}, Last Line: {last}")
        self._machine.say(f"Resend: {last + 1}")
        self._machine.say("ok")
        return False
