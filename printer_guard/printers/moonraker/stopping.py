"""Levels of a stop in Klipper's words: what is asked, and what state proves it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

from printer_guard.printers.base import ENDED, Level, Phase, PrinterState
from printer_guard.printers.moonraker import gate
from printer_guard.printers.moonraker.connection import Connection

WAIT_S = 1.0  # at rest on one line of the file, with a heater that is not there yet
Step = Callable[[Connection, bool], Awaitable[None]]


async def hold(connection: Connection, stream: bool) -> None:
    """Read no further in the file: no parking, no macro."""
    await connection.script(gate.tell_host("pause") if stream else "M25")


async def pause(connection: Connection, stream: bool) -> None:
    """The owner's PAUSE macro parks; a stream's sender is asked to."""
    if stream:
        await connection.script(gate.tell_host("pause"))
    else:
        await connection.call("printer.print.pause")


async def cancel(connection: Connection, stream: bool) -> None:
    """The owner's CANCEL_PRINT macro, then heaters off whatever it did.

    Both are asked for at once: while Klipper waits for heat, neither is answered.
    """
    ending = (
        connection.script(gate.tell_host("cancel"))
        if stream
        else connection.call("printer.print.cancel")
    )
    await asyncio.gather(ending, connection.script("TURN_OFF_HEATERS"))


async def emergency(connection: Connection, _stream: bool) -> None:
    """The micro-controllers stop at once; FIRMWARE_RESTART brings them back."""
    await connection.call("printer.emergency_stop")


STEPS: Mapping[Level, Step] = {
    Level.HOLD: hold,
    Level.PAUSE: pause,
    Level.CANCEL: cancel,
    Level.EMERGENCY: emergency,
}


def _paused(state: PrinterState, _asked: bool) -> bool:
    return state.phase is Phase.PAUSED or _ended(state, True)


def _ended(state: PrinterState, asked: bool) -> bool:
    """asked: the request was answered, so heaters were turned off after it, not before."""
    return asked and state.phase in ENDED and not state.moving and state.heaters_off is not False


def _halted(state: PrinterState, _asked: bool) -> bool:
    return state.phase is Phase.HALTED


PROVEN: Mapping[Level, Callable[[PrinterState, bool], bool]] = {
    Level.HOLD: _paused,
    Level.PAUSE: _paused,
    Level.CANCEL: _ended,
    Level.EMERGENCY: _halted,
}
"""(state, whether the request was answered) -> reached. Phases PAUSED and IDLE imply rest."""


class HeatWait:
    """Does Klipper do nothing but wait for heat?

    It carries out what it is asked when that wait is over, before another line of the file, and
    has no means to end it sooner; an emergency stop for its silence would be for nothing.
    Source: klippy/extras/virtual_sdcard.py, which lets others have the G-code lock first.
    """

    def __init__(self) -> None:
        self._since: float | None = None
        self._position = -1

    def lasts(self, state: PrinterState, position: int) -> bool:
        """Whether it has been so for `WAIT_S`. position: where it is in its file."""
        waits = state.phase is Phase.PRINTING and bool(state.heating) and state.moving is False
        if not waits or position != self._position:
            self._since = None
        self._position = position
        if waits and self._since is None:
            self._since = time.monotonic()
        return self._since is not None and time.monotonic() - self._since >= WAIT_S
