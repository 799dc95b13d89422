"""Resident memory of the guard: idle, while a large job is scanned, and over a day of jobs.

Each is measured under a limit on its address space (`ulimit -v`), so what needs more fails here.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from printer_guard.attending import Attendant
from printer_guard.benchmarks.paper_printer import PaperPrinter
from printer_guard.client import ask
from printer_guard.copies import Copies
from printer_guard.database import Database
from printer_guard.errors import ControlError
from printer_guard.judging import Judge
from printer_guard.records import Records
from printer_guard.settings import Judging, Settings
from printer_guard.site import Site

MIB = 1 << 20
KIB_A_MIB = 1024
READY_S = 120.0
GUARD_MIB = 512  # of address space, for the guard itself: libraries that are mapped count too
JUDGE_MIB = 640  # and for the process that judges
SETTLE_S = 2.0  # after the start, until nothing is loaded any more


class Scan(NamedTuple):
    """One large job: how long it took, and the most memory of guard and judge."""

    size_mib: float
    seconds: float
    judge_mib: float
    finding: str


class Day(NamedTuple):
    """Many jobs one after the other, looked at after a tenth, after half and after all of them."""

    jobs: int
    mib: tuple[float, float, float]
    files: tuple[int, int, int]

    @property
    def slope_mib(self) -> float:
        """MiB more in a thousand jobs, from the first look to the last."""
        return (self.mib[-1] - self.mib[0]) / (0.9 * self.jobs) * 1000


def idle_mib() -> float:
    """Of a guard in a process of its own, with one printer that waits."""
    with tempfile.TemporaryDirectory(prefix="pw-") as name:
        folder = Path(name)
        config = folder / "guard.toml"
        config.write_text(
            f'[guard]\nstate = "{folder}/state"\nruntime = "{folder}"\n'
            f'[guard.printers.bench]\nkind = "serial"\nport = "{folder}/none"\n'
            f'link = "{folder}/link"\n',
            encoding="utf-8",
        )
        call = [sys.executable, "-m", "printwarden", "guard", "run", "--config", str(config)]
        with subprocess.Popen(call, stderr=subprocess.DEVNULL) as guard:
            _limit(guard.pid, GUARD_MIB)
            try:
                _until_answers(folder / "control.sock")
                time.sleep(SETTLE_S)
                return _resident_mib(guard.pid)
            finally:
                guard.terminate()


def scan(size_mib: int) -> Scan:
    """Judge a job of so many MiB as the guard does. To be called in a fresh process."""
    with tempfile.TemporaryDirectory(prefix="pw-") as name:
        path = Path(name) / "vase.gcode"
        with path.open("w", encoding="ascii") as file:
            file.writelines(_vase(size_mib * MIB))
        began = time.perf_counter()
        opinion = asyncio.run(_judged(Path(name), path))
        seconds = time.perf_counter() - began
        most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / KIB_A_MIB
        return Scan(path.stat().st_size / MIB, seconds, most, str(opinion))


def day(jobs: int) -> Day:
    """Attend to so many jobs one after the other, in this process."""
    _limit(os.getpid(), GUARD_MIB)
    return asyncio.run(_day(jobs))


async def _judged(folder: Path, path: Path) -> Any:
    async with _site(folder) as site:
        digest = await asyncio.to_thread(_digest, path)
        return (await site.judge.judge(path, digest, "vase.gcode")).finding


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def _day(jobs: int) -> Day:
    with tempfile.TemporaryDirectory(prefix="pw-") as name:
        async with _site(Path(name)) as site:
            printer = PaperPrinter(Path(name))
            attending = asyncio.create_task(Attendant(printer, site).run())
            mib, files = [], []
            for until in (max(jobs // 10, 1), max(jobs // 2, 1), jobs):
                while printer.printed < until:
                    await printer.print_one()
                mib.append(_resident_mib(os.getpid()))
                files.append(_open_files())
            attending.cancel()
            await asyncio.gather(attending, return_exceptions=True)
    return Day(jobs, (mib[0], mib[1], mib[2]), (files[0], files[1], files[2]))


@contextlib.asynccontextmanager
async def _site(folder: Path) -> AsyncIterator[Site]:
    judging = Judging(memory_mib=JUDGE_MIB)
    settings = Settings(state=folder / "state", runtime=folder, judging=judging)
    database = Database(settings.state)
    records = Records(database, settings.name, reporting=True)
    judge = Judge(settings.judging, records, settings.state / "evidence")
    yield Site(settings, records, judge, Copies(settings.state / "copies"))
    database.close()


def _limit(pid: int, mib: int) -> None:
    """Let a process have no more address space than that; its children may set another limit."""
    _, hard = resource.prlimit(pid, resource.RLIMIT_AS)
    resource.prlimit(pid, resource.RLIMIT_AS, (mib * MIB, hard))


def _until_answers(path: Path) -> None:
    ends = time.monotonic() + READY_S
    while True:
        try:
            ask(path, "GET", "/v1/status")
        except ControlError:
            if time.monotonic() > ends:
                raise
            time.sleep(0.1)
        else:
            return


def _resident_mib(pid: int) -> float:
    """Now, of one process. Source: proc(5), VmRSS."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / KIB_A_MIB


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def _vase(size: int) -> Iterator[str]:
    """An everyday print of about so many bytes: a waved vase in one spiral of short moves."""
    yield "G28\nG90\nM83\nM104 S205\nM109 S205\nG1 Z0.2 F3000\n"
    written, step = 60, 0
    while written < size:
        angle = step * math.tau / 720
        radius = 40 + 3 * math.sin(9 * angle) + 8 * math.sin(step / 9000)
        x, y = 110 + radius * math.cos(angle), 110 + radius * math.sin(angle)
        line = f"G1 X{x:.3f} Y{y:.3f} Z{0.2 + step / 3600:.3f} E0.0123\n"
        written += len(line)
        step += 1
        yield line
    yield "M104 S0\nM84\n"
