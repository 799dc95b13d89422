"""Klipper's extended commands, printers' macros, and RepRapFirmware's meta commands.

A macro's body is in the printer, not in the job: names that sane printers use for starting, ending,
heating, levelling and cleaning are on an allow-list; any other name may print anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from dataset_builder.errors import CannotAnalyse
from dataset_builder.readers.gcode.blocked import BLOCKED_MACROS
from dataset_builder.readers.gcode.frames import number
from dataset_builder.readers.gcode.objects import MACRO
from dataset_builder.readers.gcode.printer import Printer
from dataset_builder.readers.gcode.vocabulary import HARMLESS_MACROS

_NAME = re.compile(rb"[\w.]+")
_PAIR = re.compile(r"""([A-Za-z_]\w*)\s*=\s*("[^"]*"|'[^']*'|\S+)""")
_EXTRUDER = re.compile(r"extruder([12]?\d|)", re.IGNORECASE | re.ASCII)
_HOTTEST = re.compile(r"(?:EXTRUDER|HOTEND|NOZZLE|TOOL|PRINT|TEMP|INITIAL|FIRST)", re.IGNORECASE)

CLOSING = frozenset(["END_PRINT", "PRINT_END", "END_GCODE", "CANCEL_PRINT", "MMU_END"])
"""Harmless macros that end a print, heaters off."""

Values = dict[str, str]


def run(printer: Printer, text: bytes) -> None:
    """Carry out the macro call *text*. Raises CannotAnalyse when its body may print."""
    match = _NAME.match(text)
    name = match[0].decode("ascii", "replace").upper() if match else ""
    rest = text[match.end() :].decode("utf-8", "replace") if match else ""
    values = {key.upper(): value.strip("\"'") for key, value in _PAIR.findall(rest)}
    handler = HANDLERS.get(name)
    if handler is not None:
        handler(printer, values)
    elif name in HARMLESS_MACROS:
        printer.warn(f"macro {name} is taken not to print the part", flag="macro", once=name)
        if name in CLOSING:
            _heaters_off(printer, values)
        else:
            _heat_from(printer, values)
    elif name in BLOCKED_MACROS:
        flag, why = BLOCKED_MACROS[name]
        raise CannotAnalyse(f"{name} {why}", flag=flag)
    else:
        raise CannotAnalyse(f"macro {name[:40]} is not known and may print", flag="unknown_macro")


def _heat_from(printer: Printer, values: Values) -> None:
    """START_PRINT EXTRUDER_TEMP=215: macros heat the nozzle too."""
    for key, text in values.items():
        if _HOTTEST.search(key) and "BED" not in key and "CHAMBER" not in key:
            try:
                celsius = float(text)
            except ValueError:
                continue
            printer.heat.set_target(int(printer.machine.tool), celsius)
            return


def _object_start(printer: Printer, values: Values) -> None:
    printer.objects.start(values.get("NAME", ""), MACRO)


def _object_end(printer: Printer, values: Values) -> None:
    printer.objects.stop(MACRO)


def _object_cancel(printer: Printer, values: Values) -> None:
    undo = values.get("RESET", "0") == "1"
    if undo and "NAME" not in values:
        printer.objects.undo_all()
    elif "NAME" in values or values.get("CURRENT", "0") == "1":
        printer.objects.cancel(values.get("NAME"), MACRO, undo=undo)


def _gcode_offset(printer: Printer, values: Values) -> None:
    printer.frames.set_gcode_offset(printer.machine, values)
    if any(key[0] in "XY" for key in values):
        printer.warn("the frame is shifted", flag="workspace_offset", once="offset")


def _save(printer: Printer, values: Values) -> None:
    printer.frames.save(printer.machine, values.get("NAME", "default"))


def _restore(printer: Printer, values: Values) -> None:
    move = values.get("MOVE", "0") == "1"
    printer.frames.restore(printer.machine, values.get("NAME", "default"), move)


def _heater(printer: Printer, values: Values) -> None:
    match = _EXTRUDER.fullmatch(values.get("HEATER", ""))
    if match:
        printer.heat.set_target(int(match[1] or 0), number(values, "TARGET", 0.0))


def _tool(printer: Printer, values: Values) -> None:
    match = _EXTRUDER.fullmatch(values.get("EXTRUDER", "extruder"))
    printer.machine.select_tool(int(match[1] or 0) if match else 0)


def _heaters_off(printer: Printer, values: Values) -> None:
    printer.heat.all_off(printer.machine.tool)


def _echo(printer: Printer, values: Values) -> None:
    """RepRapFirmware's echo prints text on a screen, nothing else."""


def _loop(printer: Printer, values: Values) -> None:
    if values.get("COUNT", "0") != "1":
        raise CannotAnalyse("SDCARD_LOOP_BEGIN repeats a part of the file", flag="loop")


HANDLERS: dict[str, Callable[[Printer, Values], None]] = {
    "EXCLUDE_OBJECT_START": _object_start,
    "EXCLUDE_OBJECT_END": _object_end,
    "EXCLUDE_OBJECT": _object_cancel,
    "SET_GCODE_OFFSET": _gcode_offset,
    "SAVE_GCODE_STATE": _save,
    "RESTORE_GCODE_STATE": _restore,
    "SET_HEATER_TEMPERATURE": _heater,
    "TURN_OFF_HEATERS": _heaters_off,
    "ACTIVATE_EXTRUDER": _tool,
    "SDCARD_LOOP_BEGIN": _loop,
    "SDCARD_LOOP_END": _echo,
    "SDCARD_LOOP_DESIST": _echo,
    "ECHO": _echo,
}
