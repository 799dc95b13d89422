"""A printer behind the serial proxy, as the guard's core knows printers.

[guard.printers.ender]
kind = "serial"
port = "/dev/ttyUSB0"                     # the host program opens /run/printwarden/tty-ender
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from printer_guard.errors import CannotFetch, PrinterRefused, PrinterUnreachable
from printer_guard.printers.base import (
    Capabilities,
    Ending,
    Event,
    Level,
    Phase,
    PrinterState,
    StopReport,
)
from printer_guard.printers.serial_proxy.options import SerialOptions, read_options
from printer_guard.printers.serial_proxy.parking import HEATERS_OFF
from printer_guard.printers.serial_proxy.reading import read_byte, read_state
from printer_guard.printers.serial_proxy.stopping import CANCEL_HOST, LOOKAHEAD_S, Stopper
from printer_guard.printers.serial_proxy.wiring import Wiring
from printer_guard.wire import Job, Route

LONGEST_MESSAGE = 60  # characters that displays show

CAPABILITIES = Capabilities(
    hold_start=True,
    sees_file=True,
    sees_stream=True,
    stop_levels=frozenset(Level),
    lookahead_s=LOOKAHEAD_S,
    reports_stop=True,
)


class SerialPrinter:
    """A Printer (see printers.base)."""

    capabilities = CAPABILITIES

    def __init__(self, name: str, options: SerialOptions, folder: Path) -> None:
        self.name = name
        self.options = options
        self._folder = folder
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self.wiring = Wiring(name, options, folder, self._events.put_nowait)
        self._stopper = Stopper(self.wiring)
        self.wiring.desk.card.at_screen = self._started_at_screen
        self._task: asyncio.Task[None] | None = None
        self._pinning: asyncio.Task[None] | None = None

    async def events(self) -> AsyncIterator[Event]:
        """See Printer."""
        self._task = asyncio.create_task(self.wiring.run())
        try:
            while True:
                yield await self._events.get()
        finally:
            await self.close()

    async def fetch(self, job: Job) -> Path:
        """See Printer. What was written to the card through us can be had, and nothing else."""
        if job.sha256 is None:
            what = (
                "a stream: nobody has the whole of it"
                if job.route is Route.STREAM
                else "nobody saw what is in this file on the printer's card"
            )
            raise CannotFetch(job.name, what, "Send it through the guard (M28), or release the job")
        return self.wiring.desk.uploads.copy(job.sha256, self._folder / f"{job.id}.gcode")

    async def allow(self, job: Job, sha256: str | None) -> None:
        """See Printer."""
        desk = self.wiring.desk
        self._check_offered(job)
        if job.route is Route.SD and sha256 is not None:
            _, size = desk.card.selected or (job.name, None)
            upload = desk.uploads.find(job.name, size)
            if upload is None or upload.sha256 != sha256:
                raise PrinterRefused(job.name, "the file on the card is another one by now")
        by_screen = desk.card.by_screen and job.route is Route.SD
        desk.card.allowed()
        desk.allow(job)
        if by_screen:
            await self._settle_screen()
            await self.wiring.ask(b"M24")
        self.wiring.relay.pump()

    async def refuse(self, job: Job, reason: str) -> None:
        """See Printer."""
        desk = self.wiring.desk
        if job.route is Route.SD and desk.card.by_screen:
            await self._end_by_screen(job)
            return
        self._check_offered(job)
        heated = desk.modes.heated
        desk.card.refused = job.route is Route.SD
        if job.route is Route.STREAM:
            desk.drop(Ending.CANCELLED)
        else:
            desk.end(Ending.CANCELLED)
        self.wiring.tell_host(CANCEL_HOST)
        self._tell(reason)
        self.wiring.relay.pump()
        if heated:  # by hand, or by a host that does not number its lines
            for command in HEATERS_OFF:
                await self.wiring.ask(command)

    async def stop(self, job: Job, level: Level) -> StopReport:
        """See Printer."""
        return await self._stopper.stop(job, level)

    async def resume(self, job: Job) -> None:
        """See Printer."""
        desk = self.wiring.desk
        if desk.job is None or desk.job.id != job.id or desk.phase is not Phase.PAUSED:
            raise PrinterRefused(job.name, f"it is not paused, the printer is {desk.phase}")
        await self._stopper.resume(job)

    async def say(self, text: str) -> None:
        """See Printer. While a file is written to the card the display has to wait."""
        shown = self._tell(text)
        if not self.wiring.desk.uploads.writing:
            with contextlib.suppress(PrinterUnreachable):
                await self.wiring.ask(b"M117 " + shown[:LONGEST_MESSAGE])

    async def state(self) -> PrinterState:
        """See Printer."""
        return await read_state(self.wiring)

    async def close(self) -> None:
        """See Printer."""
        tasks = [task for task in (self._task, self._pinning) if task is not None]
        self._task = self._pinning = None
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _tell(self, text: str) -> bytes:
        """Show *text* in the host program; returns what can be shown of it."""
        plain = " ".join(text.split()).encode("ascii", "replace").replace(b";", b",")
        self.wiring.tell_host(b"//action:notification " + plain)
        self.wiring.tell_host(b"echo:Printwarden: " + plain)
        return plain

    def _check_offered(self, job: Job) -> None:
        desk = self.wiring.desk
        if desk.job is None or desk.job.id != job.id or desk.phase is not Phase.WAITING:
            raise PrinterRefused(job.name, "it does not wait for an answer any more")

    def _started_at_screen(self) -> None:
        self.wiring.shout(b"M25")
        self._pinning = asyncio.create_task(self._pin_down())

    async def _end_by_screen(self, job: Job) -> None:
        """It is half begun: to refuse it is to stop it. Raises PrinterUnreachable: try again."""
        for level in (Level.CANCEL, Level.QUICKSTOP):
            report = await self._stopper.stop(job, level)
            if report.verified_at is not None:
                return
        raise PrinterUnreachable(self.name, f"no proof that {job.name} has stopped")

    async def _settle_screen(self) -> None:
        """Let the pause be known to have worked before the print goes on."""
        if self._pinning is not None:
            await asyncio.gather(self._pinning, return_exceptions=True)

    async def _pin_down(self) -> None:
        """The pause may have come before the start that it was meant for: look, and repeat it."""
        with contextlib.suppress(PrinterUnreachable):
            before = await read_byte(self.wiring)
            for _ in range(20):
                await asyncio.sleep(0.2)
                byte = await read_byte(self.wiring)
                if byte is None or byte == before:
                    return
                before = byte
                self.wiring.shout(b"M25")


def open_serial(name: str, options: Mapping[str, Any], folder: Path) -> SerialPrinter:
    """See registry.Opener."""
    return SerialPrinter(name, read_options(name, options), folder)
