"""One plain line of a page, carried out by motion.py: for where plans are upset all the time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dataset_builder.errors import ReadError
from dataset_builder.readers.gcode import motion
from dataset_builder.readers.gcode.commands_numpy import (
    COMMENT,
    HOST,
    M82,
    M83,
    MODAL,
    MODE,
    NOTHING,
    POSITION,
    TOOL,
)
from dataset_builder.readers.gcode.machine import Machine
from dataset_builder.readers.gcode.page_numpy import Page


def carry_out(machine: Machine, page: Page, line: int) -> NDArray[np.void] | None:
    """Carry *line* out; the SEGMENT it lays, or None if it needs the interpreter after all."""
    operation, beads = page.commands.operation[line], motion.Beads()
    code = int(page.commands.code[line])
    if operation == HOST or (operation == NOTHING and code == 17 and machine.plane != 17):
        return None
    if operation == COMMENT:
        feature = page.features.within(line, line + 1).value
        machine.feature = int(feature[0]) if len(feature) else machine.feature
    elif operation == MODE:
        _set_mode(machine, code)
    elif operation == TOOL:
        machine.select_tool(code)
    elif operation == POSITION:
        motion.set_position(machine, _words(page, line))
    elif operation > POSITION:
        try:
            _move(machine, beads, page, line, machine.motion if operation == MODAL else code)
        except ReadError:  # the interpreter says so, in its own words
            return None
    machine.segments += len(beads.rows)
    return beads.take()


def _set_mode(machine: Machine, code: int) -> None:
    if code in {M82, M83}:
        machine.set_absolute_e(code == M82)
    elif code in {90, 91}:
        machine.set_absolute(code == 90)
    else:
        machine.unit = 25.4 if code == 20 else 1.0


def _move(machine: Machine, beads: motion.Beads, page: Page, line: int, code: int) -> None:
    words = _words(page, line)
    if code < 0 or (code >= 2 and machine.plane != 17):
        raise ReadError("not a plain move")
    if code < 2:
        motion.line_to(machine, beads, words)
    else:
        motion.arc_to(machine, beads, words, clockwise=code == 2)
    machine.motion = code


def _words(page: Page, line: int) -> dict[str, float]:
    words = {}
    for letter, column in zip("XYZEIJR", page.commands.values, strict=True):
        index = column.at.searchsorted(line)
        if index < len(column.at) and column.at[index] == line:
            words[letter] = float(column.value[index])
    return words
