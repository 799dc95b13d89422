"""A printer that does what a test says, and remembers what it was asked; and a judge alike."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from printer_guard.attending import Attendant
from printer_guard.copies import Copies
from printer_guard.database import Database
from printer_guard.errors import CannotFetch, PrinterRefused, PrinterUnreachable
from printer_guard.judging import Opinion
from printer_guard.policy import Finding
from printer_guard.printers.base import (
    Capabilities,
    Event,
    JobOffered,
    JobStarted,
    Level,
    Phase,
    PrinterState,
    StopReport,
)
from printer_guard.records import Records
from printer_guard.settings import Halting, Settings, Watch
from printer_guard.site import Site
from printer_guard.store import Stage
from printer_guard.wire import Job, Route

CUP = b"; a cup\nG28\nM104 S200\nG1 X1 E1 ; wall\nG1 X2 E2\nM117 hi\nG1 X3 E3\n"
PATIENCE_S = 30.0  # of tests: a loaded machine is slow, and no test waits that long when it passes
STATE_AFTER = {
    Level.HOLD: Phase.PAUSED,
    Level.PAUSE: Phase.PAUSED,
    Level.CANCEL: Phase.IDLE,
    Level.QUICKSTOP: Phase.IDLE,
    Level.EMERGENCY: Phase.HALTED,
}


class ScriptedPrinter:
    """bytes_of: what `fetch` gives for a job's name. deaf: levels that it takes and never proves.
    away: requests raise PrinterUnreachable. asked: everything it was asked, in order.
    """

    name = "voron"

    def __init__(self, folder: Path, **capabilities: Any) -> None:
        self.folder = folder
        self.capabilities = Capabilities(**{
            "hold_start": True, "sees_file": True, "sees_stream": True,
            "stop_levels": frozenset(Level), "lookahead_s": 0.0, "reports_stop": True,
            **capabilities,
        })  # fmt: skip
        self.queue: asyncio.Queue[Event] = asyncio.Queue()
        self.bytes_of: dict[str, bytes] = {}
        self.on_disk: dict[str, bytes] = {}  # what would run, where it is not what was fetched
        self.deaf: set[Level] = set()
        self.away = False
        self.phase = Phase.IDLE
        self.asked: list[tuple[Any, ...]] = []

    def tell(self, *events: Event) -> None:
        """Let the guard hear of *events*."""
        for event in events:
            self.queue.put_nowait(event)

    def asked_for(self, word: str) -> list[tuple[Any, ...]]:
        """What it was asked that begins with *word*."""
        return [call for call in self.asked if call[0] == word]

    async def events(self) -> AsyncIterator[Event]:
        while True:
            yield await self.queue.get()

    async def fetch(self, job: Job) -> Path:
        self._reach()
        self.asked.append(("fetch", job.name))
        if job.name not in self.bytes_of:
            raise CannotFetch(job.name, "nobody has its bytes")
        path = self.folder / f"{job.id}.fetched"
        path.write_bytes(self.bytes_of[job.name])
        return path

    async def allow(self, job: Job, sha256: str | None) -> None:
        self._reach()
        runs = self.on_disk.get(job.name, self.bytes_of.get(job.name, b""))
        if sha256 is not None and hashlib.sha256(runs).hexdigest() != sha256:
            self.asked.append(("allow-refused", job.id))
            raise PrinterRefused(job.name, "its bytes are others now")
        self.asked.append(("allow", job.id, sha256))

    async def refuse(self, job: Job, reason: str) -> None:
        self._reach()
        self.asked.append(("refuse", job.id, reason))

    async def stop(self, job: Job, level: Level) -> StopReport:
        self.asked.append(("stop", job.id, level))
        self._reach()
        sent_at = time.monotonic()
        proved = level not in self.deaf
        if proved:
            self.phase = STATE_AFTER[level]
        return StopReport(
            level=level,
            sent_at=sent_at,
            verified_at=time.monotonic() if proved else None,
            state=PrinterState(phase=self.phase),
        )

    async def resume(self, job: Job) -> None:
        self._reach()
        self.asked.append(("resume", job.id))
        self.phase = Phase.PRINTING

    async def say(self, text: str) -> None:
        self.asked.append(("say", text))

    async def state(self) -> PrinterState:
        self._reach()
        return PrinterState(phase=self.phase)

    async def close(self) -> None:
        self.asked.append(("close",))

    def _reach(self) -> None:
        if self.away:
            raise PrinterUnreachable(self.name, "no answer")


class ScriptedJudge:
    """says: the opinion on a job's name, "clear" for others. before: awaited before each answer."""

    def __init__(self) -> None:
        self.says: dict[str, Finding] = {}
        self.before: Callable[[], Awaitable[None]] | None = None
        self.judged: list[str] = []

    async def judge(self, copy: Path, sha256: str, name: str) -> Opinion:
        del copy, sha256
        self.judged.append(name)
        if self.before is not None:
            await self.before()
        finding = self.says.get(name, Finding.CLEAR)
        return Opinion(finding, f"looks {finding}")

    def request(self) -> dict[str, Any]:
        return {}


class Bench:
    """A printer attended to, with everything around it."""

    def __init__(self, folder: Path, printer: ScriptedPrinter, site: Site) -> None:
        self.folder = folder
        self.printer = printer
        self.site = site
        self.judge: Any = site.judge
        self.attendant = Attendant(printer, site)

    def job(self, name: str, data: bytes | None = None, route: Route = Route.FILE) -> Job:
        """A new attempt to print *data*, which the printer has unless it is None."""
        if data is not None:
            self.printer.bytes_of[name] = data
        return Job(printer=self.printer.name, name=name, route=route)

    async def asked(self, word: str, times: int = 1) -> list[tuple[Any, ...]]:
        """Wait until the printer was asked for *word* so often."""
        await until(lambda: len(self.printer.asked_for(word)) >= times)
        return self.printer.asked_for(word)

    async def stage(self, job: Job, stage: str) -> None:
        """Wait until *job* is at *stage*."""
        await until(lambda: self.stage_of(job) == stage)

    def stage_of(self, job: Job) -> str | None:
        """Where *job* is now."""
        case = self.attendant.cases.get(job.id)
        return case.stage if case is not None else None


async def until(holds: Callable[[], bool]) -> None:
    """Wait until *holds*; fails when it does not."""
    async with asyncio.timeout(PATIENCE_S):
        while not holds():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def attended(folder: Path, **settings: Any) -> AsyncIterator[Bench]:
    """A bench whose attendant runs; like a guard that is killed when the block ends early."""
    state = folder / "state"
    for name in ("sent", "evidence", "fetched"):
        (state / name).mkdir(parents=True, exist_ok=True)
    tables: dict[str, Any] = {
        "halting": Halting(step_s=0.2, again_s=0.1), "watch": Watch(interval_s=0.05),
        "state": state, "runtime": state,
    }  # fmt: skip
    database = Database(state)
    records = Records(database, "shed", reporting=False)
    judge: Any = ScriptedJudge()
    site = Site(Settings(**(tables | settings)), records, judge, Copies(state / "copies"))
    bench = Bench(folder, ScriptedPrinter(state / "fetched"), site)
    running = asyncio.create_task(bench.attendant.run())
    try:
        yield bench
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        database.close()


async def printing(bench: Bench, data: bytes = CUP) -> Job:
    """A job that was cleared and prints now."""
    job = bench.job("cup.gcode", data)
    bench.printer.tell(JobOffered(job))
    await bench.asked("allow", len(bench.printer.asked_for("allow")) + 1)
    bench.printer.phase = Phase.PRINTING
    bench.printer.tell(JobStarted(job))
    await bench.stage(job, Stage.PRINTING)
    return job


async def events_of(bench: Bench) -> list[dict[str, Any]]:
    """What the journal holds."""

    def read(connection: Any) -> list[dict[str, Any]]:
        return [json.loads(body) for (body,) in connection.execute("SELECT body FROM journal")]

    return await bench.site.records.call(read)


def levels(bench: Bench) -> list[Level]:
    """The means by which the printer was asked to stop, in order."""
    return [call[2] for call in bench.printer.asked_for("stop")]
