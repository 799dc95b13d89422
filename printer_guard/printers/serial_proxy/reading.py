"""What the printer itself says of heaters, motors and card: the only proof that a stop worked."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from printer_guard.errors import PrinterUnreachable
from printer_guard.printers.base import Phase, PrinterState
from printer_guard.printers.marlin.replies import (
    Says,
    position_in,
    read_reply,
    steps_in,
    targets_in,
    tool_in,
)
from printer_guard.printers.serial_proxy.wiring import Wiring

BETWEEN_LOOKS_S = 0.1  # motors that have not moved a step (0.0125 mm) in that time are at rest


@dataclass(frozen=True, slots=True)
class Heat:
    """targets: degrees Celsius by heater. tool: temperature and target of the hotend."""

    targets: dict[str, float]
    tool: tuple[float, float] | None

    @property
    def off(self) -> bool | None:
        """Has no heater a target? None where the printer tells none."""
        return all(target <= 0 for target in self.targets.values()) if self.targets else None


async def read_heat(wiring: Wiring) -> Heat:
    """Ask for temperatures. Raises PrinterUnreachable."""
    text = b" ".join(await wiring.ask(b"M105", Says.TEMPERATURES))
    return Heat(targets_in(text), tool_in(text))


async def read_position(wiring: Wiring) -> dict[str, float]:
    """Where the planner will end, mm by axis. Raises PrinterUnreachable."""
    return position_in(_of(Says.POSITION, await wiring.ask(b"M114", Says.POSITION)))


async def read_moving(wiring: Wiring) -> bool | None:
    """Do the motors turn? None where the firmware does not count steps."""
    before = steps_in(_of(Says.POSITION, await wiring.ask(b"M114", Says.POSITION)))
    await asyncio.sleep(BETWEEN_LOOKS_S)
    after = steps_in(_of(Says.POSITION, await wiring.ask(b"M114", Says.POSITION)))
    return before != after if before and after else None


async def read_byte(wiring: Wiring) -> int | None:
    """Where the card's file is read; None when none is printed or paused."""
    replies = await wiring.ask(b"M27", Says.SD_PRINTING, Says.SD_IDLE)
    match = read_reply(_of(Says.SD_PRINTING, replies)).match
    return int(match[1]) if match else None


async def read_state(wiring: Wiring) -> PrinterState:
    """The state as far as it can be asked for just now."""
    desk = wiring.desk
    job_name = desk.job.name if desk.job is not None else None
    if not wiring.connected:
        return PrinterState(phase=Phase.OFFLINE, job_name=job_name)
    if desk.killed:
        return PrinterState(phase=Phase.HALTED, heaters_off=True, moving=False)
    if desk.uploads.writing:  # the card would take our questions for the file's text
        return PrinterState(phase=desk.phase, job_name=job_name)
    try:
        heat = await read_heat(wiring)
        moving = await read_moving(wiring)
    except PrinterUnreachable:
        return PrinterState(phase=Phase.UNKNOWN, job_name=job_name)
    return PrinterState(phase=desk.phase, job_name=job_name, heaters_off=heat.off, moving=moving)


def _of(says: Says, replies: list[bytes]) -> bytes:
    """The line of that kind, empty where there is none."""
    return next((line for line in replies if read_reply(line).says is says), b"")
