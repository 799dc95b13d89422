"""G-, M- and T-commands beyond the plain subset, as tables of what each one does."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from dataset_builder.errors import CannotAnalyse, Malformed
from dataset_builder.readers.gcode import motion
from dataset_builder.readers.gcode.heat import MELTING_C
from dataset_builder.readers.gcode.objects import M486
from dataset_builder.readers.gcode.vocabulary import INERT_G
from dataset_builder.readers.gcode.words import loose_words, without_comments

if TYPE_CHECKING:
    from dataset_builder.readers.gcode.interpreter import Interpreter

_OBJECT_NAME = re.compile(rb'[Aa][ \t]*(?:"([^"]*)"?|([^;]*))')
"""What follows the A of M486 is a name, whatever letters it has."""

GWords = list[tuple[str, float | None]]


def _move(interpreter: Interpreter, words: GWords, code: int) -> None:
    interpreter.machine.motion = code
    values = interpreter.axis_words(words)
    machine, beads = interpreter.machine, interpreter.beads
    if code < 2:
        motion.line_to(machine, beads, values)
    else:
        motion.arc_to(machine, beads, values, clockwise=code == 2)
        if machine.plane != 17:
            interpreter.warn("an arc outside the XY plane", flag="arc_plane", once="arc_plane")


def _bezier(interpreter: Interpreter, words: GWords) -> None:
    interpreter.warn("a Bezier curve", flag="bezier", once="bezier")
    values = interpreter.axis_words(words)
    motion.curve_to(interpreter.machine, interpreter.beads, values)


def _set_position(interpreter: Interpreter, words: GWords) -> None:
    # "G92 XYZ" without values is common enough to have a meaning: zero
    zeroed: GWords = [(letter, value or 0.0) for letter, value in words]
    values = {k: v for k, v in interpreter.axis_words(zeroed).items() if k in "XYZE"}
    if words and not values:
        return
    motion.set_position(interpreter.machine, values)


def _home(interpreter: Interpreter, words: GWords) -> None:
    interpreter.frames.home(interpreter.machine, {letter for letter, _ in words})


def _g10(interpreter: Interpreter, words: GWords) -> None:
    """L2 and L20 set workspaces; P with axes offsets a tool; S and R are standby temperatures."""
    values = {letter: value for letter, value in words if value is not None}
    axes = values.keys() & set("XYZ")
    if values.get("L") in (2, 20):
        interpreter.warn("a workspace is shifted", flag="workspace_offset", once="offset")
        relative = values["L"] == 20
        interpreter.frames.set_workspace(interpreter.machine, values, relative)
    elif axes and any(values[axis] for axis in axes):
        raise CannotAnalyse("G10 offsets a tool", flag="tool_offset")
    elif "P" in values and "S" in values:
        interpreter.heat.set_target(int(values["P"]) if abs(values["P"]) < 1e6 else 0, values["S"])


def _local_frame(interpreter: Interpreter, words: GWords) -> None:
    interpreter.warn("the frame is shifted", flag="workspace_offset", once="offset")
    interpreter.frames.set_local(interpreter.machine, interpreter.axis_words(words))


def in_machine_frame(interpreter: Interpreter, takers: list[str], words: GWords) -> None:
    """G53: this line's coordinates are the machine's own."""
    machine = interpreter.machine
    kept = list(machine.offset)
    machine.offset[:] = [0.0, 0.0, 0.0]
    try:
        if takers:
            interpreter.g_command(takers[0], words)
        elif words and machine.motion >= 0:
            interpreter.g_command(f"G{machine.motion}", words)
    finally:
        machine.offset[:] = kept


def _unit(mm: float) -> Callable[[Interpreter], None]:
    def apply(interpreter: Interpreter) -> None:
        interpreter.machine.unit = mm

    return apply


def _absolute(value: bool) -> Callable[[Interpreter], None]:
    return lambda interpreter: interpreter.machine.set_absolute(value)


def _plane(code: int) -> Callable[[Interpreter], None]:
    def apply(interpreter: Interpreter) -> None:
        interpreter.machine.plane = code

    return apply


def _workspace(index: int) -> Callable[[Interpreter], None]:
    return lambda interpreter: interpreter.frames.select(interpreter.machine, index)


def _forget_g92(interpreter: Interpreter) -> None:
    interpreter.frames.forget_g92(interpreter.machine)


WORKSPACES = ("G54", "G55", "G56", "G57", "G58", "G59", "G59.1", "G59.2", "G59.3")

G_MODES: dict[str, Callable[[Interpreter], None]] = {
    "G17": _plane(17),
    "G18": _plane(18),
    "G19": _plane(19),
    "G20": _unit(25.4),
    "G21": _unit(1.0),
    "G90": _absolute(True),
    "G91": _absolute(False),
    "G92.1": _forget_g92,
    "G92.2": _forget_g92,
    **{code: _workspace(index) for index, code in enumerate(WORKSPACES)},
}
"""Take no words; any number of them may stand on a line."""

G_HANDLERS: dict[str, Callable[[Interpreter, GWords], None]] = {
    "G0": lambda i, words: _move(i, words, 0),
    "G1": lambda i, words: _move(i, words, 1),
    "G2": lambda i, words: _move(i, words, 2),
    "G3": lambda i, words: _move(i, words, 3),
    "G5": _bezier,
    "G10": _g10,
    "G28": _home,
    "G52": _local_frame,
    "G92": _set_position,
}

G_INERT = frozenset(
    [f"G{n}" for n in INERT_G]
    + ["G11", "G15", "G50", "G60", "G69", "G28.1", "G38.2", "G38.3", "G38.4", "G38.5", "G43.1"]
    + ["G29.1", "G29.2", "G29.3", "G29.4", "G39.1", "G39.3", "G39.4", "G80.1", "G90.1", "G91.1"]
    + ["G150.1", "G150.2", "G150.3", "G380.1", "G61.1"]
)


def select_tool(interpreter: Interpreter, name: str) -> None:
    """T0..T31 is a tool; higher numbers are printers' own (T255 and T1000 unload on Bambu's)."""
    tool = int(float(name[1:]))
    if tool < 32:
        interpreter.machine.select_tool(tool)


def _tool_word(interpreter: Interpreter, rest: bytes) -> None:
    tool = loose_words(without_comments(rest)).get("T")
    if tool is not None and 0 <= tool < 32:
        interpreter.machine.select_tool(int(tool))


def _temperature(interpreter: Interpreter, rest: bytes) -> None:
    words = loose_words(without_comments(rest))
    celsius = words.get("S") if words.get("S") is not None else words.get("R")
    tool = words.get("T")
    if celsius is not None and (tool is None or 0 <= tool < 1000):
        number = int(interpreter.machine.tool if tool is None else tool)
        interpreter.heat.set_target(number, celsius)


def _wait_for_temperature(interpreter: Interpreter, rest: bytes) -> None:
    """M109; below melting it waits for cooling (Bambu) or means the bed (MakerBot), S0 is off."""
    celsius = loose_words(without_comments(rest)).get("S")
    if celsius is None or celsius == 0 or celsius >= MELTING_C:
        _temperature(interpreter, rest)


def _allow_cold(interpreter: Interpreter, rest: bytes) -> None:
    words = loose_words(without_comments(rest))
    lowest = words.get("S")
    interpreter.heat.allow_cold(words.get("P") == 1 or (lowest is not None and lowest < 100))


def _flow(interpreter: Interpreter, rest: bytes) -> None:
    percent = loose_words(without_comments(rest)).get("S")
    if percent is None:
        return
    interpreter.no_flow = percent <= 0
    if not 50 < percent < 150:
        interpreter.warn(f"flow is set to {percent:g} %", flag="flow", once="flow")


def _volumetric(interpreter: Interpreter, rest: bytes) -> None:
    """M200 D1.75: from here on E counts mm3 of a filament this thick; D0 ends it."""
    diameter = loose_words(without_comments(rest)).get("D") or 0.0
    if not 0 <= diameter <= 10:
        raise Malformed(f"M200 gives a filament of {diameter:g} mm", flag="volumetric")
    area = math.pi / 4 * diameter**2
    interpreter.machine.filament_per_e = 1 / area if area > 1e-3 else 1.0
    if area:
        interpreter.warn("E counts volume", flag="volumetric", once="volumetric")


def _steps(interpreter: Interpreter, rest: bytes) -> None:
    words = loose_words(without_comments(rest))
    if (words.get("E") or 1.0) < 0:
        raise CannotAnalyse("M92 turns the extruder round", flag="extruder_changed")
    if any(words.get(axis) is not None for axis in "XYZ"):
        raise CannotAnalyse("M92 rescales an axis", flag="steps_changed")
    if words.get("E") is not None:
        interpreter.warn("M92 rescales the extruder", flag="steps_changed", once="M92")


def _offset_unless_zero(name: str, flag: str, allowed_mm: float = 0.0) -> MHandler:
    def apply(interpreter: Interpreter, rest: bytes) -> None:
        words = loose_words(without_comments(rest))
        if any(abs(words.get(axis) or 0.0) > allowed_mm for axis in "XYZ"):
            raise CannotAnalyse(f"{name} shifts the part", flag=flag)

    return apply


def _m486(interpreter: Interpreter, rest: bytes) -> None:
    """Object labels: S begins, A names, P cancels, U revives, C cancels the one at hand."""
    objects = interpreter.objects
    name = _OBJECT_NAME.search(rest)
    words = loose_words(without_comments(rest[: name.start()] if name else rest))
    index = words.get("S")
    if index is not None and index >= 0:
        objects.start(f"{index:g}", M486)
    elif index is not None:
        objects.stop(M486)
    if words.get("P") is not None:
        objects.cancel(f"{words['P']:g}", M486)
    if words.get("U") is not None:
        objects.cancel(f"{words['U']:g}", M486, undo=True)
    if "C" in words:
        objects.cancel(None, M486)
    if name:
        objects.rename((name[1] or name[2] or b"").decode("utf-8", "replace").strip())


def _loop(interpreter: Interpreter, rest: bytes) -> None:
    if loose_words(without_comments(rest)).get("L", 0.0) != 1.0:
        raise CannotAnalyse("M808 repeats a part of the file", flag="loop")


def _extruder_on(interpreter: Interpreter, rest: bytes) -> None:
    """MakerBot's and Skeinforge's switch; redundant in files that have E words as well."""
    interpreter.findings.extruder_switched = True


def _e_mode(absolute: bool) -> MHandler:
    return lambda interpreter, rest: interpreter.machine.set_absolute_e(absolute)


MHandler = Callable[["Interpreter", bytes], None]

M_HANDLERS: dict[str, MHandler] = {
    "M6": _tool_word,
    "M82": _e_mode(True),
    "M83": _e_mode(False),
    "M92": _steps,
    "M101": _extruder_on,
    "M104": _temperature,
    "M109": _wait_for_temperature,
    "M135": _tool_word,
    "M200": _volumetric,
    "M206": _offset_unless_zero("M206", "home_offset"),
    "M218": _offset_unless_zero("M218", "tool_offset"),
    "M221": _flow,
    "M290": _offset_unless_zero("M290", "workspace_offset", allowed_mm=2.0),
    "M302": _allow_cold,
    "M486": _m486,
    "M808": _loop,
}
