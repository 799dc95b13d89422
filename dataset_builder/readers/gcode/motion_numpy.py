"""Where many plain lines lead, and what they feed, worked out at once.

The same rules as `move` of kernel/scan.c, by the logical coordinates of axes_numpy.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.readers.gcode.arcs_numpy import Arcs, centres
from dataset_builder.readers.gcode.axes_numpy import Axis, Modes, Reals, filled, follow
from dataset_builder.readers.gcode.commands_numpy import (
    CENTRE,
    MODAL,
    MOVE,
    POSITION,
    RADIUS,
    Commands,
    E,
    I,
    R,
)
from dataset_builder.readers.gcode.machine import Machine
from dataset_builder.readers.gcode.motion import EPSILON_E, LIMIT_MM
from dataset_builder.readers.gcode.numbers_numpy import Flags, Ints
from dataset_builder.readers.gcode.page_numpy import Page, within

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_SEGMENTS = 32_768
"""No more lines than this many of arcs at once: 16 bytes of text can ask for 4096 chords."""


@dataclass(frozen=True, slots=True)
class Motion:
    """N lines. code: (N,) G-code of the motion in force. moves: (N,) it is a move.

    moved: (N,) the head moves. change: (N,) mm of E. chords: one an arc. ends: N, or the first line
    that is not plain.
    """

    code: Ints
    moves: Flags
    moved: Flags
    change: Reals
    axes: tuple[Axis, Axis, Axis, Axis]
    modes: Modes
    arcs: Arcs
    chords: Ints
    ends: int


def work_out(machine: Machine, page: Page, start: int, stop: int) -> Motion:
    """What the lines [start, stop) of *page* do, if nothing is wrong with them."""
    n, operation = stop - start, page.commands.operation[start:stop]
    modes = Modes.over(machine, page.modes.within(start, stop), n)
    axes = _axes(machine, page.commands, modes, operation == POSITION, start)
    moves = operation >= MOVE
    code = _code(machine, operation, page.commands.code[start:stop])
    arcs = _arcs(page.commands, axes, modes, np.where(moves, code, 0), start)
    chords = arcs.chord_counts() if len(arcs) else arcs.at
    moved = np.zeros(n, np.bool_)
    for axis in axes[:E]:
        moved[axis.changed()] = True
    moved[arcs.at] = True
    change = np.diff(axes[E].logical) * moves
    wrong = [axis.beyond(LIMIT_MM) for axis in axes[:E]]
    wrong.append(np.flatnonzero(np.abs(change) >= LIMIT_MM))
    wrong.append(_without_sense(page, code, start))
    if machine.plane != 17:
        wrong.append(np.array(within(page.planes, start, stop), np.int64) - start)
    if len(arcs):
        wrong.append(arcs.at[~arcs.drawable() | (machine.plane != 17)])
        wrong.append(arcs.at[1:][np.cumsum(chords)[1:] > MAX_SEGMENTS])
    change[np.abs(change) < EPSILON_E] = 0.0
    ends = min((int(lines[0]) for lines in wrong if len(lines)), default=n)
    return Motion(code, moves, moved, change, axes, modes, arcs, chords, ends)


def _axes(
    machine: Machine, commands: Commands, modes: Modes, renames: Flags, start: int
) -> tuple[Axis, Axis, Axis, Axis]:
    """X, Y, Z and E."""
    stop = start + len(renames)
    words = [column.within(start, stop) for column in commands.values[: E + 1]]
    relative = ~modes.absolute_xyz
    x, y, z = (
        follow(place, offset, column, relative, renames, modes.unit)
        for place, offset, column in zip(machine.position, machine.offset, words[:E], strict=True)
    )
    extruder, offset_e = machine.extruder, machine.offset_e
    e = follow(extruder, offset_e, words[E], ~modes.absolute_e, renames, modes.unit)
    return x, y, z, e


def _code(machine: Machine, operation: NDArray[np.uint8], code: Ints) -> Ints:
    """The G-code of each move, be it written or the last one's."""
    if not (operation == MODAL).any():
        return code
    written = np.flatnonzero(operation == MOVE)
    return filled(machine.motion, written, code[written], len(code))


def _without_sense(page: Page, code: Ints, start: int) -> Ints:
    """Modal lines before any move, arcs without a centre, straight ones with one."""
    modal = np.array(within(page.modal, start, start + len(code)), np.int64)
    centre = page.commands.words[modal] & CENTRE != 0
    motion = code[modal - start]
    return np.asarray(modal[(motion < 0) | (centre != (motion >= 2))] - start)


def _arcs(commands: Commands, axes: tuple[Axis, ...], modes: Modes, code: Ints, start: int) -> Arcs:
    """The arcs among the moves, of which *code* is."""
    at = np.flatnonzero(code >= 2)
    ends = np.array([axis.machine[at + 1] for axis in axes[:E]])
    starts = np.array([axis.machine[at] for axis in axes[:E]])
    clockwise = code[at] == 2
    words = np.zeros((3, len(at)))  # I, J, R
    for row, column in zip(words, commands.values[I : R + 1], strict=True) if len(at) else ():
        values = column.within(start, start + len(code))
        values = values.where(code[values.at] >= 2)  # others are without sense
        row[np.searchsorted(at, values.at)] = values.value * modes.unit[values.at]
    centre, radius = words[:2], words[2]
    by_radius = commands.words[at + start] & CENTRE == RADIUS
    way = (ends - starts)[:2, by_radius]
    centre[:, by_radius] = centres(way, radius[by_radius], clockwise[by_radius])
    return Arcs(at, starts, ends, centre, clockwise)
