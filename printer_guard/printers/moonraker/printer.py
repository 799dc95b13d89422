"""Klipper behind Moonraker as a `Printer`: an agent that the gate in printer.cfg asks.

The gate opens a file and stops before its first line; then the file is read again and compared, and
only then it starts, so that what was judged is what runs. What is streamed past any file is seen in
Klipper's planner. States are read from Klipper, never taken from the answer to a request.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from printer_guard.errors import CannotFetch, PrinterError, PrinterRefused, PrinterUnreachable
from printer_guard.printers.base import (
    Capabilities,
    Ending,
    Event,
    JobStarted,
    Level,
    Phase,
    PrinterState,
    StopReport,
)
from printer_guard.printers.moonraker import gate
from printer_guard.printers.moonraker.connection import Connection
from printer_guard.printers.moonraker.jobs import Jobs
from printer_guard.printers.moonraker.stopping import PROVEN, STEPS, HeatWait
from printer_guard.printers.options import Options
from printer_guard.wire import Job, Route

LOOK_EVERY_S = 0.1
LOOKAHEAD_S = 2.0  # Klipper plans one to two seconds ahead and drains that after a pause


class MoonrakerPrinter:
    """*patience_s*: how long `stop` looks for its proof."""

    def __init__(
        self, name: str, connection: Connection, folder: Path, *, patience_s: float = 5.0
    ) -> None:
        self._name, self._connection, self._patience_s = name, connection, patience_s
        self._where = f"printer {name}"
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self._jobs = Jobs(name, connection, folder, self._events.put_nowait)
        self._running: list[asyncio.Task[None]] = []

    @property
    def name(self) -> str:
        """As the settings call it."""
        return self._name

    @property
    def capabilities(self) -> Capabilities:
        """What can be asked of it."""
        return Capabilities(
            hold_start=True,
            sees_file=True,
            sees_stream=True,
            stop_levels=frozenset(STEPS),
            lookahead_s=LOOKAHEAD_S,
            reports_stop=True,
        )

    async def events(self) -> AsyncIterator[Event]:
        """What Moonraker tells; connects again for ever."""
        self._running = [
            asyncio.ensure_future(self._connection.keep(self._jobs)),
            asyncio.ensure_future(self._jobs.stay_alive()),
        ]
        while True:
            yield await self._events.get()

    async def fetch(self, job: Job) -> Path:
        """The copy that was made when the job was offered."""
        kept = self._jobs.kept(job)
        if job.sha256 is None or not kept.exists():
            raise CannotFetch(self._where, f"nobody has the bytes of {job.name!r} ({job.route})")
        copy = kept.with_suffix(".copy")
        copy.unlink(missing_ok=True)
        os.link(kept, copy)
        return copy

    async def allow(self, job: Job, sha256: str | None) -> None:
        """Have the gate open the file, compare it, let it start, and see that it does."""
        number = self._jobs.number(job)
        if number is None:
            raise PrinterRefused(self._where, f"{job.name!r} waits no more")
        await self._connection.script(gate.load(number))
        try:
            if sha256 is not None and await self._jobs.digest_now(job) != sha256:
                raise PrinterRefused(self._where, f"{job.name!r} is not the file that was judged")
            await self._connection.script(gate.start(number))
            await self._connection.state()  # what is known of the last print is no word on this one
        except PrinterError as error:
            await self.refuse(job, f"not started: {error.what}")
            raise
        self._jobs.started(job)
        self._events.put_nowait(JobStarted(job))

    async def refuse(self, job: Job, reason: str) -> None:
        """Drop it; Moonraker's queue waits, or the next job would start at once."""
        number = self._jobs.number(job)
        if number is not None:
            await self._connection.script(gate.refuse(number, reason))
        with contextlib.suppress(PrinterRefused):
            await self._connection.call("server.job_queue.pause")
        self._jobs.end(job, Ending.CANCELLED)

    async def stop(self, job: Job, level: Level) -> StopReport:
        """Ask, then look until Klipper's state proves it."""
        sent_at = time.monotonic()
        if not self._jobs.current(job):
            state = await self._connection.state()
            return StopReport(level=level, sent_at=sent_at, verified_at=sent_at, state=state)
        asked = asyncio.ensure_future(STEPS[level](self._connection, job.route is Route.STREAM))
        state, verified_at = await self._proof(job, level, asked, sent_at)
        if verified_at is None:
            asked.cancel()
            await _answered(asked)
        else:  # where it waits for heat, Klipper answers when it is warm
            self._running.append(asyncio.ensure_future(_answered(asked)))
        return StopReport(
            level=level,
            sent_at=sent_at,
            verified_at=verified_at,
            state=state,
            heaters_off=state.heaters_off,
        )

    async def _proof(
        self, job: Job, level: Level, asked: asyncio.Future[None], sent_at: float
    ) -> tuple[PrinterState, float | None]:
        """(the last state that was seen, when it proved *level*), *asked* being the request."""
        state, heat = PrinterState(phase=Phase.UNKNOWN), HeatWait()
        while time.monotonic() - sent_at < self._patience_s:
            with contextlib.suppress(PrinterUnreachable):
                state = await self._connection.state()
            quiet = job.route is not Route.STREAM or self._jobs.stream_is_quiet()
            waits = heat.lasts(state, self._connection.status.position)
            if quiet and (PROVEN[level](state, asked.done()) or (waits and not asked.done())):
                return state, time.monotonic()
            await asyncio.sleep(LOOK_EVERY_S)
        return state, None

    async def resume(self, job: Job) -> None:
        """Go on after a pause."""
        if not self._jobs.current(job):
            raise PrinterRefused(self._where, f"{job.name!r} is over")
        await self._connection.call("printer.print.resume")

    async def say(self, text: str) -> None:
        """On the screen, in the console of Mainsail and Fluidd, and as an agent's event."""
        with contextlib.suppress(PrinterError):
            await self._connection.call(
                "connection.send_event", event="printwarden", data={"text": text}
            )
        await self._connection.script(gate.say(text))

    async def state(self) -> PrinterState:
        """Klipper's own word, asked for now."""
        return await self._connection.state()

    async def close(self) -> None:
        """Let go; what the gate holds stays held, what prints is paused by it."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._connection.close()


async def _answered(asked: asyncio.Future[None]) -> None:
    """See a request through, whatever comes of it."""
    with contextlib.suppress(PrinterError, asyncio.CancelledError):
        await asked


def open_moonraker(name: str, options: Mapping[str, Any], folder: Path) -> MoonrakerPrinter:
    """An `Opener`."""
    read = Options(name, options)
    url = read.url("url", "http://127.0.0.1:7125")
    key = read.optional_path("api_key_file")
    patience_s = read.seconds("patience_s", 5.0, 1.0, 60.0)
    read.no_others()
    return MoonrakerPrinter(name, Connection(name, url, key), folder, patience_s=patience_s)
