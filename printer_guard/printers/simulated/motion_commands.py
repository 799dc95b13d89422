"""Commands that move, wait, or say where the nozzle is."""

from __future__ import annotations

from collections.abc import Mapping

from printer_guard.printers.simulated.machine import Machine
from printer_guard.printers.simulated.planner import AXES, HOMING_MM_S, STEPS_PER_MM, Point

Words = Mapping[str, float]


async def move(machine: Machine, words: Words) -> None:
    """G0 to G3; an arc is carried out as its chord."""
    modes = machine.modes
    if "F" in words:
        modes.mm_s = words["F"] * modes.mm_per_unit / 60
    target = machine.planner.target
    end = [_goal(machine, words, axis, at) for axis, at in zip(AXES, target, strict=True)]
    await machine.wait(machine.planner.until_room)
    if not machine.killed and tuple(end) != machine.planner.target:
        machine.motors_on = True
        machine.planner.add((end[0], end[1], end[2], end[3]), modes.mm_s)


def _goal(machine: Machine, words: Words, axis: str, at: float) -> float:
    """Where *axis* goes, in mm."""
    if axis not in words:
        return at
    modes = machine.modes
    absolute = modes.absolute and (axis != "E" or modes.extruder_absolute)
    value = words[axis] * modes.mm_per_unit
    return value if absolute else at + value


async def dwell(machine: Machine, words: Words) -> None:
    """G4: after the moves, do nothing for a while."""
    await rest(machine, words)
    ends = machine.now() + words.get("S", words.get("P", 0.0) / 1000)
    await machine.wait(lambda: ends - machine.now())


async def home(machine: Machine, words: Words) -> None:
    """G28: named axes, or all, to zero."""
    await rest(machine, words)
    named = [axis for axis in "XYZ" if axis in words] or list("XYZ")
    x, y, z, e = machine.planner.target
    goal: Point = (0.0 if "X" in named else x, 0.0 if "Y" in named else y, z, e)
    machine.planner.add(goal, HOMING_MM_S)
    if "Z" in named:
        machine.planner.add((*goal[:2], 0.0, e), HOMING_MM_S)
    machine.motors_on = machine.modes.homed = True
    await rest(machine, words)


async def rest(machine: Machine, words: Words) -> None:
    """M400: wait until all moves are done."""
    del words
    await machine.wait(machine.planner.until_still)


async def motors_off(machine: Machine, words: Words) -> None:
    """M18, M84: after the moves."""
    await rest(machine, words)
    machine.motors_on = False


async def absolute(machine: Machine, words: Words) -> None:
    """G90, for the extruder too."""
    del words
    machine.modes.absolute = machine.modes.extruder_absolute = True


async def relative(machine: Machine, words: Words) -> None:
    """G91, for the extruder too."""
    del words
    machine.modes.absolute = machine.modes.extruder_absolute = False


async def extruder_absolute(machine: Machine, words: Words) -> None:
    """M82."""
    del words
    machine.modes.extruder_absolute = True


async def extruder_relative(machine: Machine, words: Words) -> None:
    """M83."""
    del words
    machine.modes.extruder_absolute = False


async def inches(machine: Machine, words: Words) -> None:
    """G20."""
    del words
    machine.modes.mm_per_unit = 25.4


async def millimetres(machine: Machine, words: Words) -> None:
    """G21."""
    del words
    machine.modes.mm_per_unit = 1.0


async def redefine(machine: Machine, words: Words) -> None:
    """G92: this place is called otherwise."""
    unit = machine.modes.mm_per_unit
    machine.planner.redefine({axis: value * unit for axis, value in words.items()})


async def position(machine: Machine, words: Words) -> None:
    """M114: where the planner will end, and the motors' steps now."""
    del words
    target, here = machine.planner.target, machine.planner.position
    axes = " ".join(f"{axis}:{value:.2f}" for axis, value in zip(AXES, target, strict=True))
    steps = " ".join(
        f"{axis}:{round(value * STEPS_PER_MM[axis])}"
        for axis, value in zip(AXES[:3], here[:3], strict=True)
    )
    machine.say(f"{axes} Count {steps}")


async def quick_stop(machine: Machine, words: Words) -> None:
    """M410, where it has to queue."""
    del words
    machine.quick_stop()


COMMANDS = {
    b"G0": move, b"G1": move, b"G2": move, b"G3": move, b"G4": dwell, b"G20": inches,
    b"G21": millimetres, b"G28": home, b"G90": absolute, b"G91": relative, b"G92": redefine,
    b"M18": motors_off, b"M82": extruder_absolute, b"M83": extruder_relative, b"M84": motors_off,
    b"M114": position, b"M400": rest, b"M410": quick_stop,
}  # fmt: skip
