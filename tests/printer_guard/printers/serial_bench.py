"""A bench for serial tests: a host program, the guard's side, and a simulated printer."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path

from printer_guard.printers.base import Event, JobOffered, Level, StopReport
from printer_guard.printers.marlin.lines import LineSplitter, numbered
from printer_guard.printers.marlin.ports import Tty
from printer_guard.printers.serial_proxy.options import SerialOptions
from printer_guard.printers.serial_proxy.parking import ParkOptions
from printer_guard.printers.serial_proxy.printer import SerialPrinter
from printer_guard.printers.simulated.firmware import Firmware
from printer_guard.printers.simulated.marlin import SimulatedMarlin

PATIENCE_S = 30.0  # a loaded machine must not make a test fail


class Gone(Exception):
    """The port went away."""


class Host:
    """A host program as OctoPrint and printcore are: a line, its ok, the next line."""

    def __init__(self, path: Path) -> None:
        self.port = Tty(path, 115200)
        self.heard: list[bytes] = []
        self.sent = bytearray()
        self._lines: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._splitter = LineSplitter()
        self._number = 0
        self._history: list[bytes] = []
        self.cancelled = False
        self.port.start(self._take, lambda _: self._lines.put_nowait(None))

    def _take(self, data: bytes) -> None:
        for raw in self._splitter.feed(data):
            line = raw.strip()
            self.heard.append(line)
            self.cancelled |= line == b"//action:cancel"
            self._lines.put_nowait(line)

    def write(self, data: bytes) -> None:
        self.sent += data
        self.port.write(data)

    async def until(self, wanted: Callable[[bytes], bool]) -> bytes:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                line = await self._lines.get()
                if line is None:
                    raise Gone
                if wanted(line):
                    return line

    async def command(self, command: bytes) -> None:
        """By hand, as from a terminal: no number."""
        self.write(command + b"\n")
        await self.until(lambda line: line.startswith(b"ok"))

    async def begin(self) -> None:
        """What OctoPrint does before each print."""
        self._history.clear()
        self.write(numbered(0, b"M110 N0") + b"\n")
        await self.until(lambda line: line.startswith(b"ok"))

    async def print_lines(self, commands: Iterable[bytes]) -> int:
        """Stream a job; stops when told to cancel. Returns how many lines were acknowledged."""
        done = 0
        self._history.extend(numbered(n, c) + b"\n" for n, c in enumerate(commands, start=1))
        at = 0
        while at < len(self._history) and not self.cancelled:
            self.write(self._history[at])
            at += 1
            line = await self.until(lambda line: line.startswith((b"ok", b"Resend")))
            if line.startswith(b"Resend"):
                at = int(line.split(b":")[1]) - 1
                await self.until(lambda line: line.startswith(b"ok"))
            else:
                done = max(done, at)
        return done

    def close(self) -> None:
        self.port.close()


class Bench:
    """Everything wired up; *offered* answers jobs by itself where a test does not."""

    def __init__(
        self, folder: Path, firmware: Firmware, files: dict[str, bytes], patience_s: float
    ) -> None:
        self.marlin = SimulatedMarlin(folder / "printer", firmware, files)
        self.folder = folder
        options = SerialOptions(
            port=folder / "printer",
            link=folder / "guarded",
            patience_s=patience_s,
            park=ParkOptions(),
        )
        self.guard = SerialPrinter("bench", options, folder)
        self.events: list[Event] = []
        self._news = asyncio.Event()
        self.hosts: list[Host] = []

    async def host(self) -> Host:
        """A host program connects, once the guard offers its port."""
        await self.until(self.guard.options.link.exists)
        await self.until(self.guard.wiring.desk.started.is_set)
        host = Host(self.guard.options.link)
        self.hosts.append(host)
        return host

    async def listen(self, *, allow: bool) -> None:
        async for event in self.guard.events():
            self.events.append(event)
            if allow and isinstance(event, JobOffered):
                await self.guard.allow(event.job, event.job.sha256)

    def of(self, kind: type) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]

    async def first(self, kind: type, number: int = 1) -> Event:
        """The event of *kind*, once it has come so many times."""
        await self.until(lambda: len(self.of(kind)) >= number)
        return self.of(kind)[number - 1]

    async def until(self, holds: Callable[[], bool]) -> None:
        ends = time.monotonic() + PATIENCE_S
        while not holds():
            assert time.monotonic() < ends, "it never came to that"
            await asyncio.sleep(0.01)

    async def stop(self, level: Level) -> StopReport:
        job = self.guard.wiring.desk.job
        assert job is not None
        return await self.guard.stop(job, level)

    @property
    def done(self) -> list[bytes]:
        """What the printer carried out, less what the guard asks for by itself."""
        own = {b"M115", b"M27", b"M105", b"M114"}
        return [command for command in self.marlin.machine.executed if command not in own]


@contextlib.asynccontextmanager
async def bench(
    folder: Path,
    *,
    allow: bool = False,
    files: dict[str, bytes] | None = None,
    firmware: Firmware | None = None,
    patience_s: float = 20.0,
) -> AsyncIterator[Bench]:
    """allow: each offered job at once."""
    made = Bench(folder, firmware or Firmware(speed=100.0), files or {}, patience_s)
    async with made.marlin:
        listening = asyncio.create_task(made.listen(allow=allow))
        try:
            yield made
        finally:
            for host in made.hosts:
                host.close()
            await made.guard.close()
            listening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await listening


def square(layers: int, *, size: float = 20.0, feed: int = 3000) -> list[bytes]:
    """The lines of an everyday job: heat, home, and a hollow tower."""
    lines = [b"G28", b"M104 S205", b"M109 S205", b"G21", b"G90", b"M82", b"G92 E0"]
    e = 0.0
    for layer in range(1, layers + 1):
        lines.append(b"G1 Z%.2f F%d" % (0.2 * layer, feed))
        for x, y in ((0.0, 0.0), (size, 0.0), (size, size), (0.0, size), (0.0, 0.0)):
            e += 0.04 * size
            lines.append(b"G1 X%.1f Y%.1f E%.3f F%d" % (50 + x, 50 + y, e, feed))
    return [*lines, b"M104 S0", b"M84"]
