"""G-, M- and T-commands beyond the plain subset, as tables of what each one does."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from dataset_builder.errors import CannotAnalyse, Malformed
from dataset_builder.readers.gcode import motion
from dataset_builder.readers.gcode.heat import MELTING_C
from dataset_builder.readers.gcode.objects import M486
from dataset_builder.readers.gcode.printer import Printer
from dataset_builder.readers.gcode.vocabulary import INERT_G
from dataset_builder.readers.gcode.words import loose_words, without_comments

_OBJECT_NAME = re.compile(rb'[Aa][ \t]*(?:"([^"]*)"?|([^;]*))')
"""What follows the A of M486 is a name, whatever letters it has."""

GWords = list[tuple[str, float | None]]


def _move(printer: Printer, words: GWords, code: int) -> None:
    printer.machine.motion = code
    values = printer.axis_words(words)
    machine, beads = printer.machine, printer.beads
    if code < 2:
        motion.line_to(machine, beads, values)
    else:
        motion.arc_to(machine, beads, values, clockwise=code == 2)
        if machine.plane != 17:
            printer.warn("an arc outside the XY plane", flag="arc_plane", once="arc_plane")


def _bezier(printer: Printer, words: GWords) -> None:
    printer.warn("a Bezier curve", flag="bezier", once="bezier")
    values = printer.axis_words(words)
    motion.curve_to(printer.machine, printer.beads, values)


def _set_position(printer: Printer, words: GWords) -> None:
    # "G92 XYZ" without values is common enough to have a meaning: zero
    zeroed: GWords = [(letter, value or 0.0) for letter, value in words]
    values = {k: v for k, v in printer.axis_words(zeroed).items() if k in "XYZE"}
    if words and not values:
        return
    motion.set_position(printer.machine, values)


def _home(printer: Printer, words: GWords) -> None:
    printer.frames.home(printer.machine, {letter for letter, _ in words})


def _g10(printer: Printer, words: GWords) -> None:
    """L2 and L20 set workspaces; P with axes offsets a tool; S and R are standby temperatures."""
    values = {letter: value for letter, value in words if value is not None}
    axes = values.keys() & set("XYZ")
    if values.get("L") in (2, 20):
        printer.warn("a workspace is shifted", flag="workspace_offset", once="offset")
        relative = values["L"] == 20
        printer.frames.set_workspace(printer.machine, values, relative)
    elif axes and any(values[axis] for axis in axes):
        raise CannotAnalyse("G10 offsets a tool", flag="tool_offset")
    elif "P" in values and "S" in values:
        printer.heat.set_target(int(values["P"]) if abs(values["P"]) < 1e6 else 0, values["S"])


def _local_frame(printer: Printer, words: GWords) -> None:
    printer.warn("the frame is shifted", flag="workspace_offset", once="offset")
    printer.frames.set_local(printer.machine, printer.axis_words(words))


def _unit(mm: float) -> Callable[[Printer], None]:
    def apply(printer: Printer) -> None:
        printer.machine.unit = mm

    return apply


def _absolute(value: bool) -> Callable[[Printer], None]:
    return lambda printer: printer.machine.set_absolute(value)


def _plane(code: int) -> Callable[[Printer], None]:
    def apply(printer: Printer) -> None:
        printer.machine.plane = code

    return apply


def _workspace(index: int) -> Callable[[Printer], None]:
    return lambda printer: printer.frames.select(printer.machine, index)


def _forget_g92(printer: Printer) -> None:
    printer.frames.forget_g92(printer.machine)


WORKSPACES = ("G54", "G55", "G56", "G57", "G58", "G59", "G59.1", "G59.2", "G59.3")

G_MODES: dict[str, Callable[[Printer], None]] = {
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

G_HANDLERS: dict[str, Callable[[Printer, GWords], None]] = {
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


def select_tool(printer: Printer, name: str) -> None:
    """T0..T31 is a tool; higher numbers are printers' own (T255 and T1000 unload on Bambu's)."""
    tool = int(float(name[1:]))
    if tool < 32:
        printer.machine.select_tool(tool)


def _tool_word(printer: Printer, rest: bytes) -> None:
    tool = loose_words(without_comments(rest)).get("T")
    if tool is not None and 0 <= tool < 32:
        printer.machine.select_tool(int(tool))


def _temperature(printer: Printer, rest: bytes) -> None:
    words = loose_words(without_comments(rest))
    celsius = words.get("S") if words.get("S") is not None else words.get("R")
    tool = words.get("T")
    if celsius is not None and (tool is None or 0 <= tool < 1000):
        number = int(printer.machine.tool if tool is None else tool)
        printer.heat.set_target(number, celsius)


def _wait_for_temperature(printer: Printer, rest: bytes) -> None:
    """M109; below melting it waits for cooling (Bambu) or means the bed (MakerBot), S0 is off."""
    celsius = loose_words(without_comments(rest)).get("S")
    if celsius is None or celsius == 0 or celsius >= MELTING_C:
        _temperature(printer, rest)


def _allow_cold(printer: Printer, rest: bytes) -> None:
    words = loose_words(without_comments(rest))
    lowest = words.get("S")
    printer.heat.allow_cold(words.get("P") == 1 or (lowest is not None and lowest < 100))


def _flow(printer: Printer, rest: bytes) -> None:
    percent = loose_words(without_comments(rest)).get("S")
    if percent is None:
        return
    printer.no_flow = percent <= 0
    if not 50 < percent < 150:
        printer.warn(f"flow is set to {percent:g} %", flag="flow", once="flow")


def _volumetric(printer: Printer, rest: bytes) -> None:
    """M200 D1.75: from here on E counts mm3 of a filament this thick; D0 ends it."""
    diameter = loose_words(without_comments(rest)).get("D") or 0.0
    if not 0 <= diameter <= 10:
        raise Malformed(f"M200 gives a filament of {diameter:g} mm", flag="volumetric")
    area = math.pi / 4 * diameter**2
    printer.machine.filament_per_e = 1 / area if area > 1e-3 else 1.0
    if area:
        printer.warn("E counts volume", flag="volumetric", once="volumetric")


def _steps(printer: Printer, rest: bytes) -> None:
    words = loose_words(without_comments(rest))
    if (words.get("E") or 1.0) < 0:
        raise CannotAnalyse("M92 turns the extruder round", flag="extruder_changed")
    if any(words.get(axis) is not None for axis in "XYZ"):
        raise CannotAnalyse("M92 rescales an axis", flag="steps_changed")
    if words.get("E") is not None:
        printer.warn("M92 rescales the extruder", flag="steps_changed", once="M92")


def _offset_unless_zero(name: str, flag: str, allowed_mm: float = 0.0) -> MHandler:
    def apply(printer: Printer, rest: bytes) -> None:
        words = loose_words(without_comments(rest))
        if any(abs(words.get(axis) or 0.0) > allowed_mm for axis in "XYZ"):
            raise CannotAnalyse(f"{name} shifts the part", flag=flag)

    return apply


def _m486(printer: Printer, rest: bytes) -> None:
    """Object labels: S begins, A names, P cancels, U revives, C cancels the one at hand."""
    objects = printer.objects
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


def _loop(printer: Printer, rest: bytes) -> None:
    if loose_words(without_comments(rest)).get("L", 0.0) != 1.0:
        raise CannotAnalyse("M808 repeats a part of the file", flag="loop")


def _extruder_on(printer: Printer, rest: bytes) -> None:
    """MakerBot's and Skeinforge's switch; redundant in files that have E words as well."""
    printer.findings.extruder_switched = True


def _e_mode(absolute: bool) -> MHandler:
    return lambda printer, rest: printer.machine.set_absolute_e(absolute)


MHandler = Callable[["Printer", bytes], None]

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
