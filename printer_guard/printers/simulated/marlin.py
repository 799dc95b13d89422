"""The simulated printer: it reads a pty, carries out commands and answers.

printer = SimulatedMarlin(Path("/tmp/printer"), Firmware(speed=10))
async with printer:
    ...                       # a host opens /tmp/printer; tests read printer.machine
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from printer_guard.printers.marlin.lines import Line
from printer_guard.printers.marlin.ports import Pty
from printer_guard.printers.marlin.words import code_of, text_of, words_of
from printer_guard.printers.simulated import card_commands, heat_commands, motion_commands
from printer_guard.printers.simulated.faults import Fault, Faults
from printer_guard.printers.simulated.firmware import Firmware
from printer_guard.printers.simulated.intake import Intake
from printer_guard.printers.simulated.machine import Machine

MOVING_AND_HEATING: Mapping[bytes, Callable[[Machine, Mapping[str, float]], Awaitable[None]]] = {
    **motion_commands.COMMANDS,
    **heat_commands.COMMANDS,
}
WITH_NAMES: Mapping[bytes, Callable[[Machine, str], Awaitable[None]]] = card_commands.COMMANDS
SILENT = frozenset({b"M17", b"M21", b"M73", b"M110", b"M113", b"M201", b"M204", b"M205", b"M220"})
"""Taken without doing anything that a guard could see."""
URGENT_NO_OPS = frozenset({b"M108", b"M112", b"M410"})
"""Where an emergency parser was compiled in, the queued command does nothing."""


class SimulatedMarlin:
    """A printer at the pty that *link* leads to. machine: its state, for whoever tests."""

    def __init__(
        self, link: Path, firmware: Firmware | None = None, files: Mapping[str, bytes] | None = None
    ) -> None:
        self.link = link
        self.faults = Faults()
        self._firmware = firmware or Firmware()
        self._files = dict(files or {})
        self._port: Pty | None = None
        self._task: asyncio.Task[None] | None = None
        self.boot()

    def boot(self) -> None:
        """Cold, at rest, nothing received: as after power-on. The card keeps its files."""
        self.machine = Machine(self._firmware, self._say, self.faults)
        self.machine.card.files = self._files
        self._intake = Intake(self.machine)
        self._panel: deque[bytes] = deque()
        self._silent = False

    async def __aenter__(self) -> Self:
        self.plug_in()
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self.unplug()

    def plug_in(self) -> None:
        """Offer the port, and say that the firmware has started."""
        self._port = Pty(self.link)
        self._port.arrived = lambda: self._say("start")
        self._port.start(self._received, lambda _: None)

    def unplug(self) -> None:
        """Take the port away; what was received is still carried out."""
        if self._port is not None:
            self._port.close()
            self._port = None

    def reset(self) -> None:
        """What the button on the board does."""
        self.machine.killed = True  # ends the command that runs
        self.machine.wake()
        self.boot()
        self._say("start")

    def print_from_menu(self, name: str) -> None:
        """What somebody does at the printer's own screen."""
        self._panel.extend((b"M23 " + name.encode(), b"M24"))
        self.machine.wake()

    def _received(self, data: bytes) -> None:
        self._intake.feed(data)
        self.machine.wake()

    def _say(self, text: str) -> None:
        if self._port is not None and not self._silent:
            self._port.write(text.encode() + b"\n")

    async def _run(self) -> None:
        """One command after the other: the host's first, then the panel's, then the card's."""
        while True:
            if self.machine.killed:
                await asyncio.sleep(0.01)
            elif self._intake.queue:
                await self._answer(self._intake.queue[0])
            elif self._panel:
                await self._carry_out(self._panel.popleft())
            elif self.machine.card.printing:
                await self._print_on()
            else:
                await self.machine.idle()

    async def _answer(self, line: Line) -> None:
        """Carry out a line of the host and acknowledge it."""
        machine, intake = self.machine, self._intake
        details = ""
        if machine.card.writing is not None:
            self._write(line.command)
        else:
            details = await self._carry_out(line.command)
        if machine is not self.machine or machine.killed:
            return
        intake.queue.popleft()
        intake.fill()
        self._acknowledge(line, details)

    def _acknowledge(self, line: Line, details: str) -> None:
        faults = self.faults
        if faults.strikes(Fault.UNPLUGGED):
            self.unplug()
        if faults.strikes(Fault.SILENCE):
            self._silent = True
        if faults.strikes(Fault.GARBAGE) and self._port is not None:
            self._port.write(random.Random(0).randbytes(40).replace(b"\n", b"?") + b"\n")
        if faults.strikes(Fault.LOST_OK):
            return
        advanced = ""
        if self._firmware.advanced_ok:
            number = "" if line.number is None else f" N{line.number}"
            room = self._firmware.command_buffer - len(self._intake.queue)
            advanced = f"{number} P{self.machine.planner.free} B{room}"
        for _ in range(1 + faults.strikes(Fault.EXTRA_OK)):
            self._say(f"ok{advanced}{details}")

    def _write(self, command: bytes) -> None:
        if code_of(command) == b"M29":
            self.machine.card.end_writing()
            self._say("Done saving file.")
        else:
            self.machine.card.write(command)

    async def _print_on(self) -> None:
        """Carry out the next line of the card's file."""
        line = self.machine.card.next_line()
        if line is None:
            self.machine.card.let_go()
            self._say("Done printing file")
            return
        command = line.partition(b";")[0].strip()
        if command:
            await self._carry_out(command)
        else:
            await asyncio.sleep(0)

    async def _carry_out(self, command: bytes) -> str:
        """Do it; returns what the ok tells besides."""
        code = code_of(command)
        machine = self.machine
        await machine.wait(machine.planner.until_obedient)
        machine.executed.append(command)
        claims = self._firmware.claims_emergency_parser or self._firmware.emergency_parser
        if code in URGENT_NO_OPS and claims:
            return ""
        if code in MOVING_AND_HEATING:
            await MOVING_AND_HEATING[code](machine, words_of(command))
        elif code in WITH_NAMES:
            await WITH_NAMES[code](machine, text_of(command).decode("latin-1"))
        elif code == b"M105":
            return f" {machine.temperatures()}"
        else:
            self._talk(code, command)
        return ""

    def _talk(self, code: bytes, command: bytes) -> None:
        machine = self.machine
        if code == b"M115":
            for line in self._firmware.introduction():
                self._say(line)
        elif code == b"M117":
            machine.message = text_of(command).decode("latin-1")
        elif code == b"M112":
            machine.kill()
        elif code == b"M110":
            machine.last_number = int(words_of(command).get("N", machine.last_number))
        elif code not in SILENT:
            self._say(f'echo:Unknown command: "{command.decode("latin-1")}"')
