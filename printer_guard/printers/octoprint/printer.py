"""OctoPrint as a `Printer`: the plugin holds, tells and obeys; the REST interface is believed.

The plugin holds each job before its first line and gives us its bytes; what it sends afterwards is
told as bytes of them (`follower.py`). Whether an order was carried out is read from OctoPrint's
state, and without the plugin it is asked directly.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from printer_guard.errors import CannotFetch, PrinterRefused, PrinterUnreachable
from printer_guard.printers.base import (
    ENDED,
    STILL,
    Back,
    Capabilities,
    Event,
    JobStarted,
    Level,
    Lost,
    Phase,
    PrinterState,
    StopReport,
)
from printer_guard.printers.octoprint.jobs import Jobs
from printer_guard.printers.octoprint.link import PluginLink
from printer_guard.printers.octoprint.rest import COMMANDS, Rest
from printer_guard.printers.options import Options
from printer_guard.wire import Job, Route

SILENT_S = 10.0  # the plugin says something every 2 s
OBEY_S = 2.0  # from then on OctoPrint is asked without the plugin
TEND_EVERY_S = 1.0
LOOK_EVERY_S = 0.05
LOOKAHEAD_S = 2.0  # what the planner of a Marlin board holds: 16 to 64 moves


class OctoPrintPrinter:
    """*patience_s*: how long `stop` looks for its proof."""

    def __init__(self, name: str, rest: Rest, folder: Path, *, patience_s: float = 5.0) -> None:
        self._name, self._rest, self._patience_s = name, rest, patience_s
        self._where = f"printer {name}"
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self._link = PluginLink(self._where, folder)
        self._jobs = Jobs(name, self._link, self._events.put_nowait)
        self._said = ""
        self._lost = True

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
            stop_levels=frozenset(Level),
            lookahead_s=LOOKAHEAD_S,
            reports_stop=True,
        )

    async def events(self) -> AsyncIterator[Event]:
        """What the plugin tells, and whether it speaks at all."""
        while True:
            event = None
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TEND_EVERY_S):
                    event = await self._events.get()
            if event is not None:
                yield event
            self._jobs.tend()
            heard_at = self._link.heard_at
            lost = heard_at is None or time.monotonic() - heard_at > SILENT_S
            if lost != self._lost:
                self._lost = lost
                yield Lost("the plugin in OctoPrint is silent") if lost else Back()

    async def call(self, verb: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Answer the plugin."""
        return await self._link.call(verb, body)

    async def fetch(self, job: Job) -> Path:
        """The bytes that the plugin read from the file OctoPrint has open."""
        kept = self._link.bytes_of(job.id)
        if job.route is not Route.FILE or job.sha256 is None or not kept.exists():
            raise CannotFetch(self._where, f"nobody has the bytes of {job.name!r} ({job.route})")
        copy = kept.with_suffix(".copy")
        copy.unlink(missing_ok=True)
        os.link(kept, copy)
        return copy

    async def allow(self, job: Job, sha256: str | None) -> None:
        """Let it start; the plugin looks once more whether the file still is what we have."""
        done = await self._link.order("allow", job.id, sha256=sha256, within_s=self._patience_s)
        if done is None:
            raise PrinterUnreachable(self._where, "the plugin did not answer; the job stays held")
        if not done:
            raise PrinterRefused(self._where, f"{job.name!r} is gone, or its bytes are others now")
        if self._jobs.allowed(job):
            self._events.put_nowait(JobStarted(job))

    async def refuse(self, job: Job, reason: str) -> None:
        """Cancel a held job, or refuse an upload, with the reason on the page."""
        done = await self._link.order("refuse", job.id, reason=reason, within_s=self._patience_s)
        if done is None:
            raise PrinterUnreachable(self._where, "the plugin did not answer; the job stays held")

    async def stop(self, job: Job, level: Level) -> StopReport:
        """Order it, then look until OctoPrint, and for the end of motion the printer, agrees."""
        sent_at = time.monotonic()
        if not self._jobs.current(job):
            return StopReport(
                level=level, sent_at=sent_at, verified_at=sent_at, state=await self.state()
            )
        self._jobs.at_rest.clear()
        order = self._link.order(level.name.lower(), job.id, reason=self._said, within_s=OBEY_S)
        obeyed = asyncio.ensure_future(order)
        state, verified_at, asked = PrinterState(phase=Phase.UNKNOWN), None, False
        while time.monotonic() - sent_at < self._patience_s:
            if obeyed.done() and obeyed.result() is None and not asked and level in COMMANDS:
                asked = True
                await self._rest.command(level)
            state = await self._state_or_unknown()
            if self._reached(level, state, obeyed) or self._waits(job, level, state, sent_at):
                verified_at = time.monotonic()
                break
            await asyncio.sleep(LOOK_EVERY_S)
        await obeyed
        return StopReport(
            level=level,
            sent_at=sent_at,
            verified_at=verified_at,
            state=state,
            heaters_off=state.heaters_off,
        )

    def _reached(self, level: Level, state: PrinterState, obeyed: asyncio.Future[Any]) -> bool:
        """Whether *state* proves *level*."""
        if level is Level.EMERGENCY:
            return state.phase in {Phase.HALTED, Phase.OFFLINE}
        if level is Level.HOLD:
            return bool(obeyed.done() and obeyed.result()) or state.phase is Phase.PAUSED
        if level is Level.PAUSE and state.phase is Phase.PAUSED:
            return True  # OctoPrint says so after M400: nothing moves any more
        if not self._jobs.at_rest.is_set():
            return False
        if self._jobs.streaming:
            return level is Level.PAUSE or state.heaters_off is not False
        return state.phase in ENDED and state.heaters_off is not False

    def _waits(self, job: Job, level: Level, state: PrinterState, sent_at: float) -> bool:
        """Whether it does nothing but wait for heat: no answer comes before it is warm.

        Firmware with an emergency parser ends that wait at OctoPrint's M108. Any other cannot be
        cooled before it is warm, by no level: to climb would not help.
        """
        ending = state.phase in STILL | {Phase.STOPPING}
        waits = bool(state.heating) and self._jobs.waits_for_heat(job)
        planned_are_done = time.monotonic() - sent_at > LOOKAHEAD_S
        return level < Level.EMERGENCY and ending and waits and planned_are_done

    async def resume(self, job: Job) -> None:
        """Go on after a pause or a hold."""
        if not await self._link.order("resume", job.id, reason="", within_s=self._patience_s):
            raise PrinterRefused(self._where, f"{job.name!r} cannot go on")

    async def say(self, text: str) -> None:
        """On the printer's screen, in the plugin's tab and as a notice."""
        self._said = text
        await self._link.order("say", "", reason=text, within_s=OBEY_S)

    async def state(self) -> PrinterState:
        """OctoPrint's own word."""
        state = await self._rest.state()
        if state.phase is Phase.PRINTING and self._jobs.waiting:
            return PrinterState(
                phase=Phase.WAITING, job_name=state.job_name, heaters_off=state.heaters_off
            )
        return state

    async def close(self) -> None:
        """Let go; the plugin holds what it holds."""
        await self._rest.close()

    async def _state_or_unknown(self) -> PrinterState:
        try:
            return await self.state()
        except PrinterUnreachable:
            return PrinterState(phase=Phase.UNKNOWN)


def open_octoprint(name: str, options: Mapping[str, Any], folder: Path) -> OctoPrintPrinter:
    """An `Opener`."""
    read = Options(name, options)
    url = read.url("url", "http://127.0.0.1:5000")
    key = read.path("api_key_file")
    patience_s = read.seconds("patience_s", 5.0, 1.0, 60.0)
    read.no_others()
    return OctoPrintPrinter(name, Rest(f"printer {name}", url, key), folder, patience_s=patience_s)
