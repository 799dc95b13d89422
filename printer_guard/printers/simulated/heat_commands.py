"""Commands that heat and cool."""

from __future__ import annotations

from collections.abc import Mapping

from printer_guard.printers.simulated.faults import Fault
from printer_guard.printers.simulated.heaters import Heater
from printer_guard.printers.simulated.machine import Machine

Words = Mapping[str, float]


def _aim(machine: Machine, heater: Heater, words: Words) -> None:
    target = words.get("S", words.get("R"))
    if target is not None and (target > 0 or not machine.faults.strikes(Fault.DEAF_HEATERS)):
        heater.aim(target)


async def tool(machine: Machine, words: Words) -> None:
    """M104."""
    _aim(machine, machine.tool, words)


async def bed(machine: Machine, words: Words) -> None:
    """M140."""
    _aim(machine, machine.bed, words)


async def tool_and_wait(machine: Machine, words: Words) -> None:
    """M109."""
    _aim(machine, machine.tool, words)
    await _until_there(machine, machine.tool, words)


async def bed_and_wait(machine: Machine, words: Words) -> None:
    """M190."""
    _aim(machine, machine.bed, words)
    await _until_there(machine, machine.bed, words)


async def _until_there(machine: Machine, heater: Heater, words: Words) -> None:
    mine = machine.heat_waits

    def left() -> float:
        ended = machine.heat_waits != mine
        return 0.0 if ended else heater.until_there(cooling="R" in words)

    await machine.wait(left)


async def end_wait(machine: Machine, words: Words) -> None:
    """M108, where it has to queue: by then there is no wait to end."""
    del words
    machine.end_heat_wait()


async def fan_on(machine: Machine, words: Words) -> None:
    """M106."""
    machine.fan = words.get("S", 255.0)


async def fan_off(machine: Machine, words: Words) -> None:
    """M107."""
    del words
    machine.fan = 0.0


COMMANDS = {
    b"M104": tool, b"M106": fan_on, b"M107": fan_off, b"M108": end_wait, b"M109": tool_and_wait,
    b"M140": bed, b"M190": bed_and_wait,
}  # fmt: skip
