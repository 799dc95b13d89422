"""What the proxy costs: time added to a line, lines a second, CPU time and memory of its process.

A host sends a line, waits for its ok and sends the next; the printer answers at once. Both are run
without the proxy and with it between them, each in a process of its own. `guard bench` prints it.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import resource
import statistics
import tempfile
import time
import tty
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from printer_guard.printers.base import JobOffered
from printer_guard.printers.marlin.lines import numbered
from printer_guard.printers.serial_proxy.options import SerialOptions
from printer_guard.printers.serial_proxy.printer import SerialPrinter

WAITS_S = 60.0
AHEAD = 16  # lines under way at once, for the throughput


@dataclass(frozen=True, slots=True)
class Figures:
    """Times in microseconds a line; rates in lines a second; memory in MiB.

    cpu_us: of the proxy's process, for lines that come one by one, each with an ok to wait for.
    """

    direct_us: float
    through_us: float
    cpu_us: float
    rate: float
    resident_mib: float

    @property
    def added_us(self) -> float:
        """Median that the proxy adds to a line and its ok."""
        return self.through_us - self.direct_us

    @property
    def core_rate(self) -> float:
        """Lines a second that would keep one core busy."""
        return 1e6 / self.cpu_us


def measure(lines: int = 20_000) -> Figures:
    """Run both ways with so many lines."""
    with tempfile.TemporaryDirectory() as folder:
        printer, link = Path(folder, "printer"), Path(folder, "guarded")
        with _process(_printer, printer):
            _until_there(printer)
            direct = _one_by_one(printer, lines // 4)
            with _process(_proxy, printer, link, Path(folder)) as usage:
                _until_there(link)
                before, _ = _usage(usage)
                through = _one_by_one(link, lines // 4)
                after, _ = _usage(usage)
                rate = _ahead(link, lines, first=lines // 4 + 1)
                _, resident_mib = _usage(usage)
    cpu_us = 1e6 * (after - before) / (lines // 4)
    return Figures(direct, through, cpu_us, rate, resident_mib)


def _one_by_one(path: Path, count: int) -> float:
    """Median time from a line to its ok, in microseconds."""
    fd = _open(path)
    times = []
    for number in range(1, count + 1):
        line = numbered(number, b"G1 X%d Y%d E%.4f" % (number % 200, number % 180, number / 50))
        began = time.perf_counter()
        os.write(fd, line + b"\n")
        _read_oks(fd, 1)
        times.append(time.perf_counter() - began)
    os.close(fd)
    return 1e6 * statistics.median(times)


def _ahead(path: Path, count: int, first: int) -> float:
    """Lines a second of a host that keeps some lines under way."""
    fd = _open(path)
    began = time.perf_counter()
    waiting = 0
    for number in range(first, first + count):
        line = numbered(number, b"G1 X%d Y%d E%.4f" % (number % 200, number % 180, number / 50))
        os.write(fd, line + b"\n")
        waiting += 1
        if waiting >= AHEAD:
            waiting -= _read_oks(fd, 1)
    _read_oks(fd, waiting)
    rate = count / (time.perf_counter() - began)
    os.close(fd)
    return rate


def _open(path: Path) -> int:
    fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
    tty.setraw(fd)
    return fd


def _read_oks(fd: int, wanted: int) -> int:
    """Wait for at least so many; returns how many came."""
    seen = 0
    while seen < wanted:
        seen += os.read(fd, 4096).count(b"ok\n")
    return seen


def _printer(path: Path) -> None:
    """Answers each line at once, until killed."""
    master, other = os.openpty()
    tty.setraw(other)
    path.symlink_to(os.ttyname(other))
    while True:
        data = os.read(master, 65536)
        os.write(master, b"ok\n" * data.count(b"\n"))


def _proxy(port: Path, link: Path, folder: Path, usage: Connection) -> None:
    """The proxy as the guard runs it, allowing every job; answers questions for its usage."""

    async def serve() -> None:
        guard = SerialPrinter("bench", SerialOptions(port=port, link=link), folder)
        asyncio.get_running_loop().add_reader(usage.fileno(), _tell_usage, usage)
        async for event in guard.events():
            if isinstance(event, JobOffered):
                await guard.allow(event.job, None)

    asyncio.run(serve())


def _tell_usage(usage: Connection) -> None:
    with contextlib.suppress(EOFError):
        usage.recv()
        own = resource.getrusage(resource.RUSAGE_SELF)
        usage.send((own.ru_utime + own.ru_stime, own.ru_maxrss / 1024))


def _usage(connection: Connection) -> tuple[float, float]:
    """Seconds of CPU and MiB of memory of the proxy's process until now."""
    connection.send("usage")
    seconds, mib = connection.recv()
    return seconds, mib


@contextlib.contextmanager
def _process(target: object, *paths: Path) -> Iterator[Connection]:
    """*target* in a fresh process, killed at the end."""
    here, there = multiprocessing.Pipe()
    words = (*paths, there) if target is _proxy else paths
    context = multiprocessing.get_context("spawn")
    child = context.Process(target=target, args=words, daemon=True)  # type: ignore[arg-type]
    child.start()
    try:
        yield here
    finally:
        child.kill()
        child.join()


def _until_there(path: Path) -> None:
    ends = time.monotonic() + WAITS_S
    while not path.exists():
        if time.monotonic() > ends:
            raise TimeoutError(f"{path} never came")
        time.sleep(0.02)
    time.sleep(0.2)  # the proxy asks what the printer can do
