"""Levels of a stop in Klipper's words: what is asked, and what state proves it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from printer_guard.printers.base import ENDED, Level, Phase, PrinterState
from printer_guard.printers.moonraker import gate
from printer_guard.printers.moonraker.connection import Connection

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
    """The owner's CANCEL_PRINT macro, then heaters off whatever it did."""
    if stream:
        await connection.script(gate.tell_host("cancel"))
    else:
        await connection.call("printer.print.cancel")
    await connection.script("TURN_OFF_HEATERS")


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
