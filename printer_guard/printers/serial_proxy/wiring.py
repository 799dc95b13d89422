"""Ports, relay and desk put together: it connects, comes back after a loss, and keeps the time."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from pathlib import Path

from printer_guard.errors import PrinterUnreachable
from printer_guard.printers.base import Back, Event, Lost, Phase
from printer_guard.printers.marlin.ports import Pty, Tty
from printer_guard.printers.marlin.replies import Says
from printer_guard.printers.serial_proxy.desk import PrintDesk
from printer_guard.printers.serial_proxy.ledger import Errand
from printer_guard.printers.serial_proxy.options import SerialOptions
from printer_guard.printers.serial_proxy.parking import HEATERS_OFF
from printer_guard.printers.serial_proxy.relay import Relay
from printer_guard.printers.serial_proxy.uploads import Uploads
from printer_guard.wire import Route

log = logging.getLogger(__name__)
PTYS = Path("/dev/pts")
TICK_S = 0.1
LOOK_AGAIN_S = 1.0  # for a port that is not there
BOOT_S = 2.0  # a board that was reset by the opening of its port says "start" by then
CARD_LOOK_S = 5.0  # how often a print that was started at the screen is looked for
ANSWER_S = 3.0  # for a command that takes no time


class Wiring:
    """The line from *options*; *emit* takes events."""

    def __init__(
        self, name: str, options: SerialOptions, folder: Path, emit: Callable[[Event], None]
    ) -> None:
        self.name, self.options, self.emit = name, options, emit
        self.desk = PrintDesk(
            name, Uploads(folder), emit, self.tell_host, time.monotonic, strict=options.strict
        )
        self.relay = Relay(self.desk, self._write_printer, self._write_host, time.monotonic)
        self._printer: Tty | None = None
        self._host: Pty | None = None
        self._gone = asyncio.Event()
        self._why = ""

    @property
    def connected(self) -> bool:
        """Is the printer's port open?"""
        return self._printer is not None

    async def run(self) -> None:
        """Connect, serve, and again when the port is lost; until cancelled."""
        told = False
        while True:
            try:
                self._connect()
            except OSError as error:
                if not told:
                    self.emit(Lost(str(error)))
                told = True
                await asyncio.sleep(LOOK_AGAIN_S)
                continue
            if told:
                self.emit(Back())
            try:
                await self._serve()
            finally:
                self._disconnect()
            self.emit(Lost(self._why))
            told = True

    async def ask(
        self, command: bytes, *expects: Says, patience_s: float = ANSWER_S
    ) -> list[bytes]:
        """What the printer answers to *command*. Raises PrinterUnreachable when nothing comes."""
        answer: asyncio.Future[list[bytes]] = asyncio.get_running_loop().create_future()

        def done(replies: list[bytes]) -> None:
            if not answer.done():
                answer.set_result(replies)

        errand = Errand(command, done, frozenset(expects))
        if self.connected:
            self.relay.run(errand)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience_s):
                    return await answer
            self.relay.forget(errand)
        raise PrinterUnreachable(self.name, f"no answer to {command.decode()} in {patience_s} s")

    def shout(self, command: bytes) -> None:
        """Send *command* at once; nobody waits for what comes of it."""
        if self.connected:
            self.relay.shout(Errand(command, lambda _: None))

    async def taken(self, command: bytes, within_s: float) -> bool:
        """Send *command* at once; whether the printer has got as far as that within the time."""
        done = asyncio.Event()
        if self.connected:
            self.relay.shout(Errand(command, lambda _: done.set()))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await done.wait()
        return done.is_set()

    def tell_host(self, text: bytes) -> None:
        """A line of ours for the host program."""
        self.relay.tell_host(text)

    def _connect(self) -> None:
        self._printer = Tty(self.options.port, self.options.baud)
        if PTYS not in self.options.port.resolve().parents:  # a simulator's outlives its user
            self._printer.claim()
        self._gone.clear()
        self._host = Pty(self.options.link, like=self.options.port)
        self._host.arrived, self._host.left = self._host_arrived, self._host_left
        self._printer.start(self._from_printer, self._lost)
        self._host.start(self._from_host, self._lost)

    def _disconnect(self) -> None:
        """The host's port goes as well, so that its program sees what it would have seen."""
        for port in (self._host, self._printer):
            if port is not None:
                port.close()
        self._host = self._printer = None
        self.relay.printer_left()
        self.desk.printer_left()

    async def _serve(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            beats = [tasks.create_task(self._tick()), tasks.create_task(self._look_at_card())]
            await self._gone.wait()
            for beat in beats:
                beat.cancel()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            self._guarded(self._beat)

    def _beat(self) -> None:
        self.relay.tick()
        self.desk.tick(quiet=not self.relay.owed)

    async def _look_at_card(self) -> None:
        """Ask what the printer can do; then look for prints that came by no line."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(BOOT_S):
                await self.desk.started.wait()
        while not self.desk.capabilities:
            with contextlib.suppress(PrinterUnreachable):
                await self.ask(b"M115")
                break
        while True:
            job = self.desk.job
            may = not self.desk.uploads.writing and self.desk.phase is not Phase.HALTED
            if may and (job is None or job.route is Route.SD):
                with contextlib.suppress(PrinterUnreachable):
                    await self.ask(b"M27", Says.SD_IDLE, Says.SD_PRINTING)
            await asyncio.sleep(CARD_LOOK_S)

    def _host_arrived(self) -> None:
        if self.options.reset_on_open and self._printer is not None:
            self._printer.reset()

    def _host_left(self) -> None:
        """A paused job will not go on then: its heaters need not wait for it."""
        paused = self.desk.phase is Phase.PAUSED
        self.relay.host_left()
        self.desk.host_left()
        if paused and self.desk.job is None:
            for command in HEATERS_OFF:
                self.shout(command)

    def _lost(self, reason: str) -> None:
        self._why = reason
        self._gone.set()

    def _from_host(self, data: bytes) -> None:
        self._guarded(lambda: self.relay.host_bytes(data))

    def _from_printer(self, data: bytes) -> None:
        self._guarded(lambda: self.relay.printer_bytes(data))

    def _guarded(self, act: Callable[[], None]) -> None:
        """A fault of ours cuts the line: the safe end of a doubt is that nothing more is sent."""
        if self._gone.is_set():
            return
        try:
            act()
        except Exception as fault:
            log.exception("%s: the proxy has failed and cuts the line", self.name)
            self._lost(f"a fault of the proxy: {fault}")

    def _write_printer(self, data: bytes) -> None:
        if self._printer is not None:
            self._printer.write(data)

    def _write_host(self, data: bytes) -> None:
        if self._host is not None:
            self._host.write(data)
