"""Stopping a job on a Marlin-family printer, level by level, and the proof that it stopped.

What is first in each level happens before anything is waited for: from then on not one more line
of the job goes out. An emergency parser (M115 tells of one) makes M108 and M410 act at once; a
firmware that tells so and moves on all the same is found out and said so.
Sources: marlinfw.org/docs/gcode: M25, M108, M112, M410, M524.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Mapping

from printer_guard.errors import PrinterUnreachable
from printer_guard.printers.base import Ending, Level, Phase, PrinterState, StopReport
from printer_guard.printers.serial_proxy.parking import (
    COLD_C,
    HEATERS_OFF,
    Parked,
    leaving,
    parking,
    returning,
)
from printer_guard.printers.serial_proxy.reading import (
    read_byte,
    read_heat,
    read_moving,
    read_position,
    read_state,
)
from printer_guard.printers.serial_proxy.wiring import Wiring
from printer_guard.wire import Job, Route

log = logging.getLogger(__name__)
LOOKAHEAD_S = 2.0  # Marlin without an emergency parser: 16 moves that are planned still run
TAKEN_S = 0.45  # for the line under way to find room in the planner, before that is emptied
LET_RUN_S = 0.6  # a line that found room afterwards: less than the second that another M410 takes
FOUND_OUT = 2  # looks that found motors turning after the second M410
BETWEEN_PROOFS_S = 0.02
PARSER = "EMERGENCY_PARSER"
CANCEL_HOST = b"//action:cancel"


class Stopper:
    """Stops and resumes the job at the desk of *wiring*."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._desk = wiring.desk
        self._park = wiring.options.park
        self._parked: Parked | None = None
        self._acts: Mapping[Level, Callable[[Job], Awaitable[None]]] = {
            Level.HOLD: self._hold,
            Level.PAUSE: self._pause,
            Level.CANCEL: self._cancel,
            Level.QUICKSTOP: self._quick_stop,
            Level.EMERGENCY: self._emergency,
        }

    async def stop(self, job: Job, level: Level) -> StopReport:
        """See Printer.stop. A job that is not the desk's is over: nothing is sent for it."""
        sent_at = time.monotonic()
        current = self._desk.job
        if current is None or current.id != job.id:
            state = await read_state(self._wiring)
            return StopReport(level=level, sent_at=sent_at, verified_at=sent_at, state=state)
        try:
            async with asyncio.timeout(self._patience_s(level)):
                await self._acts[level](job)
                await self._until_proved(job, level)
        except (TimeoutError, PrinterUnreachable) as problem:
            log.warning("%s: no proof of %s (%s)", self._wiring.name, level.name, problem)
            verified_at = None
        else:
            verified_at = time.monotonic()
            await self._wind_up(level)
        state = await self._last_look(level, verified_at)
        heat = state.heaters_off
        return StopReport(
            level=level, sent_at=sent_at, verified_at=verified_at, state=state, heaters_off=heat
        )

    def _patience_s(self, level: Level) -> float:
        """Moves that are planned may run out first, where nothing throws them away."""
        planned_s = LOOKAHEAD_S if level < Level.QUICKSTOP else 0.0
        return self._wiring.options.patience_s + planned_s

    async def _until_proved(self, job: Job, level: Level) -> None:
        """Look again and again; a printer that is busy answers late, not never."""
        insisting = _Insistence(self._wiring)
        while True:
            with contextlib.suppress(PrinterUnreachable):
                if await self._proved(job, level):
                    return
                if level is Level.CANCEL and self._has_emergency_parser:
                    insisting.turning()
            await asyncio.sleep(BETWEEN_PROOFS_S)

    async def _last_look(self, level: Level, verified_at: float | None) -> PrinterState:
        if verified_at is None:
            return PrinterState(phase=Phase.UNKNOWN)
        if self._desk.killed:
            return await read_state(self._wiring)
        cold = True if level >= Level.CANCEL else None
        return PrinterState(phase=self._desk.phase, heaters_off=cold, moving=False)

    async def resume(self, job: Job) -> None:
        """Give back heat, place and modes, then let the lines go on."""
        parked, self._parked = self._parked, None
        if parked is not None:
            modes = self._desk.modes
            for command in returning(self._park, parked, homed=modes.homed):
                await self._wiring.ask(command, patience_s=600.0)  # heating takes minutes
            for command in modes.restoring:
                await self._wiring.ask(command)
        self._desk.phase = Phase.PRINTING
        if job.route is Route.SD:
            await self._wiring.ask(b"M24")
        self._wiring.tell_host(b"//action:resumed")
        self._wiring.relay.pump()

    async def _hold(self, job: Job) -> None:
        """Nothing more is sent; what the planner holds still runs."""
        self._desk.phase = Phase.PAUSED
        self._wiring.tell_host(b"//action:paused")
        if job.route is Route.SD:
            self._wiring.shout(b"M25")

    async def _pause(self, job: Job) -> None:
        """Hold, then park. A file on the card sets modes that nobody sees: it waits where it is."""
        await self._hold(job)
        if self._has_emergency_parser and self._desk.modes.heated:
            self._wiring.shout(b"M108")
        if job.route is Route.SD or self._parked is not None:
            return
        await self._wiring.ask(b"M400", patience_s=self._wiring.options.patience_s)
        heat = await read_heat(self._wiring)
        warm, target = heat.tool or (0.0, 0.0)
        at = await read_position(self._wiring)
        parked = Parked(position=at, tool_c=target, retracted=warm >= COLD_C)
        self._parked = parked
        for command in parking(self._park, parked, homed=self._desk.modes.homed):
            await self._wiring.ask(command)

    async def _cancel(self, job: Job) -> None:
        """Cool, and throw moves away where that can be done at once."""
        # before M115 has been answered nobody knows; without a parser the two do no harm in turn
        urgent = self._desk.capabilities.get(PARSER, True)
        self._begin_end(urgent=urgent)
        thrown_away = await self._abort_card() if job.route is Route.SD else await self._cool()
        if urgent and not thrown_away:
            self._wiring.shout(b"M410")
        if job.route is Route.SD and await read_byte(self._wiring) is not None:
            self._wiring.shout(b"M25")  # firmware without M524

    async def _cool(self) -> bool:
        """Heaters off, and room in the planner for the line under way; no move is thrown away.

        Left behind, that line would be carried out after the M410, right across the part.
        """
        for command in HEATERS_OFF[:-1]:
            self._wiring.shout(command)
        await self._wiring.taken(HEATERS_OFF[-1], TAKEN_S)
        return False

    async def _abort_card(self) -> bool:
        """M524 empties the planner itself, and takes its second for it; was it taken in time?"""
        aborted = await self._wiring.taken(b"M524", TAKEN_S)
        for command in HEATERS_OFF:
            self._wiring.shout(command)
        return aborted

    async def _quick_stop(self, job: Job) -> None:
        """The same without moving once more, and without asking what the firmware can."""
        self._begin_end(urgent=True)
        aborting = (b"M524",) if job.route is Route.SD else ()
        for command in (b"M410", *aborting, *HEATERS_OFF, b"M84"):
            self._wiring.shout(command)

    async def _emergency(self, job: Job) -> None:
        """The firmware's kill; a reset is needed afterwards."""
        del job
        self._desk.stopping()
        self._wiring.shout(b"M112")
        self._wiring.tell_host(CANCEL_HOST)

    def _begin_end(self, *, urgent: bool) -> None:
        self._desk.stopping()
        self._parked = None
        if urgent:
            self._wiring.shout(b"M108")
        self._wiring.tell_host(CANCEL_HOST)
        self._wiring.relay.answer_host()
        self._wiring.relay.pump()

    async def _wind_up(self, level: Level) -> None:
        """It is cold and at rest, which is the promise; leaving the part is comfort."""
        if level < Level.CANCEL or self._desk.killed:
            return
        if level is Level.CANCEL:
            with contextlib.suppress(PrinterUnreachable):
                warm, _ = (await read_heat(self._wiring)).tool or (0.0, 0.0)
                for command in leaving(self._park, hot=warm >= COLD_C):
                    await self._wiring.ask(command)
        self._desk.end(Ending.CANCELLED)

    @property
    def _has_emergency_parser(self) -> bool:
        return self._desk.capabilities.get(PARSER, False)

    async def _proved(self, job: Job, level: Level) -> bool:
        """Does the printer itself say that *level* is reached?"""
        if level is Level.EMERGENCY:
            return self._desk.killed
        moving = await read_moving(self._wiring)
        if moving:
            return False
        if moving is None:  # no steps are told: the planner's own word that it is done
            await self._wiring.ask(b"M400", patience_s=self._wiring.options.patience_s)
        if level < Level.CANCEL:
            return job.route is not Route.SD or await self._card_rests()
        heat = await read_heat(self._wiring)
        return heat.off is True and (job.route is not Route.SD or await self._card_rests())

    async def _card_rests(self) -> bool:
        """Two looks at the position: firmware tells of a paused file as of a running one."""
        before = await read_byte(self._wiring)
        return before is None or before == await read_byte(self._wiring)


class _Insistence:
    """What is done about motors that turn on after an M410.

    A line that found no room in time comes after it: a long one is thrown away by a second M410.
    Motors that turn on after that belong to a firmware without the parser that it tells of.
    """

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._since: float | None = None
        self._after = 0  # looks since the second M410
        self._again = False

    def turning(self) -> None:
        """One more look has found the motors turning."""
        now = time.monotonic()
        self._since = self._since or now
        if self._again:
            self._after += 1
            if self._after == FOUND_OUT:
                self._wiring.desk.capabilities[PARSER] = False
                log.warning("%s: its emergency parser does not work", self._wiring.name)
        elif now - self._since > LET_RUN_S:
            self._again = True
            self._wiring.shout(b"M410")
