"""The reference interpreter's commands: what each does to a ReferenceMachine."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

from dataset_builder.readers.gcode import reference_rules as rules
from dataset_builder.readers.gcode.reference_machine import XYZ, ReferenceMachine
from dataset_builder.readers.gcode.reference_rules import doubt, reject

INCH = 25.4

Given = dict[str, float]  # the words of a line, without its commands
Handler = Callable[[ReferenceMachine, Given], None]


def _set(name: str, value: object, machine: ReferenceMachine, _: Given) -> None:
    setattr(machine, name, value)


def _home(machine: ReferenceMachine, given: Given) -> None:
    for axis in given.keys() & {*XYZ} or {*XYZ}:
        machine.position[axis] = machine.frame.g92[axis] = 0.0


def _call_position(machine: ReferenceMachine, given: Given) -> None:
    """G92: what the job calls the current position from now on."""
    frame = machine.frame
    given = given if given.keys() & rules.AXES else dict.fromkeys("XYZE", 0.0)
    for axis in given.keys() & {*XYZ}:
        frame.g92[axis] += machine.position[axis] - given[axis] * machine.unit - frame.offset(axis)
    if "E" in given:
        frame.e = machine.e - given["E"] * machine.unit


def _forget_g92(machine: ReferenceMachine, _: Given) -> None:
    machine.frame.g92 = dict.fromkeys(XYZ, 0.0)


def _select_workspace(name: str, machine: ReferenceMachine, _: Given) -> None:
    machine.frame.workspace = name
    machine.flags.add("workspace_offset")


def _shift_workspaces(machine: ReferenceMachine, given: Given) -> None:
    for axis in given.keys() & {*XYZ}:
        machine.frame.g52[axis] = given[axis] * machine.unit
    machine.flags.add("workspace_offset")


def _g10(machine: ReferenceMachine, given: Given) -> None:
    frame = machine.frame
    axes, what, number = given.keys() & {*XYZ}, given.get("L"), given.get("P", 0)
    if what not in {None, 2, 20} or (what is None and axes):
        doubt("tool_offset", "G10 sets a tool's offset")
    if what is None or not axes:
        return
    if number not in range(len(rules.WORKSPACES) + 1):
        doubt("workspace_offset", f"there is no workspace {number:g}")
    name = rules.WORKSPACES[int(number) - 1] if number else frame.workspace
    for axis in axes:
        value = given[axis] * machine.unit
        if what == 20:  # the current position is called *value* in that workspace
            others = frame.offset(axis) - frame.workspaces[frame.workspace][axis]
            value = machine.position[axis] - value - others
        frame.workspaces[name][axis] = value
    machine.flags.add("workspace_offset")


def _volumetric(machine: ReferenceMachine, given: Given) -> None:
    diameter = given.get("D") if given.get("S", 1.0) else 0.0
    if diameter is None:
        return
    machine.filament_per_e = 1 / (math.pi * (diameter / 2) ** 2) if diameter else 1.0
    if diameter:
        machine.flags.add("volumetric")


def _flow(machine: ReferenceMachine, given: Given) -> None:
    if "S" in given:
        machine.no_flow = given["S"] == 0
        if given["S"] != 100:
            machine.flags.add("flow")


def _temperature(machine: ReferenceMachine, given: Given) -> None:
    wanted = given.get("S", given.get("R"))
    if wanted is not None:
        _heat(machine, int(given.get("T", machine.tool)), wanted)


def _heat(machine: ReferenceMachine, tool: int, wanted: float) -> None:
    machine.temperature[tool] = wanted
    machine.heated = machine.heated or wanted > 0


def _allow_cold(machine: ReferenceMachine, given: Given) -> None:
    machine.cold_allowed = bool(given["P"]) if "P" in given else given.get("S") == 0


def _steps(machine: ReferenceMachine, given: Given) -> None:
    if given.keys() & {*XYZ}:
        doubt("steps_changed", "M92 scales an axis")
    if given.get("E", 0.0) < 0:
        doubt("extruder_changed", "M92 turns the extruder round")


def _m486(machine: ReferenceMachine, given: Given) -> None:
    objects, excluded = machine.objects, machine.excluded
    if "S" in given:
        objects["m486"] = f"{given['S']:g}" if given["S"] >= 0 else ""
    if "P" in given:
        excluded.add(("m486", f"{given['P']:g}"))
    if "C" in given and objects["m486"]:
        excluded.add(("m486", objects["m486"]))
    if "U" in given:
        excluded.discard(("m486", f"{given['U']:g}"))
    if given.keys() & {"P", "C"}:
        machine.flags.add("excluded_object")


def _m101(machine: ReferenceMachine, _: Given) -> None:
    machine.m101_seen = True


HANDLERS: dict[str, Handler] = {
    "G10": _g10, "G28": _home, "G52": _shift_workspaces, "G92": _call_position,
    "G92.1": _forget_g92, "G92.2": _forget_g92,
    "G11": lambda machine, given: None, "G53": lambda machine, given: None,
    "G17": partial(_set, "plane", 17), "G18": partial(_set, "plane", 18),
    "G19": partial(_set, "plane", 19),
    "G20": partial(_set, "unit", INCH), "G21": partial(_set, "unit", 1.0),
    "G90": lambda machine, given: machine.set_absolute(True),
    "G91": lambda machine, given: machine.set_absolute(False),
    "M82": lambda machine, given: machine.set_absolute_e(True),
    "M83": lambda machine, given: machine.set_absolute_e(False),
    "M92": _steps, "M101": _m101, "M104": _temperature, "M109": _temperature,
    "M200": _volumetric, "M221": _flow, "M302": _allow_cold, "M486": _m486,
    **{name: partial(_select_workspace, name) for name in rules.WORKSPACES},
}  # fmt: skip


def _gcode_offset(machine: ReferenceMachine, given: dict[str, str]) -> None:
    offset = machine.frame.klipper
    for axis in XYZ:
        before = offset[axis]
        if f"{axis}_ADJUST" in given:
            offset[axis] += _number(given[f"{axis}_ADJUST"])
        if axis in given:
            offset[axis] = _number(given[axis])
        if given.get("MOVE") == "1":
            machine.position[axis] += offset[axis] - before


def _save_state(machine: ReferenceMachine, given: dict[str, str]) -> None:
    machine.saved[given.get("NAME", "default")] = (
        machine.frame.copy(),
        {**machine.position},
        machine.e,
    )


def _restore_state(machine: ReferenceMachine, given: dict[str, str]) -> None:
    name = given.get("NAME", "default")
    if name not in machine.saved:
        doubt("unknown_macro", f"the state {name!r} was never saved")
    frame, position, e = machine.saved[name]
    machine.frame = frame.copy()
    machine.frame.e += machine.e - e  # E is called what it was called then
    if given.get("MOVE") == "1":
        machine.position = {**position}


def _object_start(machine: ReferenceMachine, given: dict[str, str]) -> None:
    machine.objects["klipper"] = given.get("NAME", "")


def _object_end(machine: ReferenceMachine, _: dict[str, str]) -> None:
    machine.objects["klipper"] = ""


def _exclude(machine: ReferenceMachine, given: dict[str, str]) -> None:
    if "NAME" in given:
        machine.excluded.add(("klipper", given["NAME"]))
        machine.flags.add("excluded_object")


def _heater(machine: ReferenceMachine, given: dict[str, str]) -> None:
    heater = given.get("HEATER", "").lower()
    if heater.startswith("extruder"):
        tool = _number(heater.removeprefix("extruder") or "0")
        _heat(machine, int(tool), _number(given.get("TARGET", "0")))


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    return value if math.isfinite(value) else reject(f"{text!r} is no number")


MACROS: dict[str, Callable[[ReferenceMachine, dict[str, str]], None]] = {
    "SET_GCODE_OFFSET": _gcode_offset,
    "SAVE_GCODE_STATE": _save_state,
    "RESTORE_GCODE_STATE": _restore_state,
    "EXCLUDE_OBJECT_START": _object_start,
    "EXCLUDE_OBJECT_END": _object_end,
    "EXCLUDE_OBJECT": _exclude,
    "SET_HEATER_TEMPERATURE": _heater,
}
