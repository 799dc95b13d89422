"""Plain lines of a page carried out on a Machine at once: their segments, and where it stands then.

The same rules as `move` of kernel/scan.c. A line that turns out not to be plain once the machine is
known (an arc off its circle, a target beyond any printer) ends the stretch.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dataset_builder.geometry.toolpath import SEGMENT, SegmentState
from dataset_builder.readers.gcode.arcs_numpy import Arcs
from dataset_builder.readers.gcode.axes_numpy import Axis, Modes, Reals, filled, follow
from dataset_builder.readers.gcode.books_numpy import keep_books
from dataset_builder.readers.gcode.commands_numpy import (
    AXES,
    CENTRE,
    MODAL,
    MOVE,
    POSITION,
    Column,
    Commands,
    E,
    I,
    J,
)
from dataset_builder.readers.gcode.machine import Machine
from dataset_builder.readers.gcode.motion import EPSILON_E, LIMIT_MM
from dataset_builder.readers.gcode.numbers_numpy import Flags, Ints
from dataset_builder.readers.gcode.page_numpy import Page

MAX_SEGMENTS = 32_768
"""A stretch ends when its arcs exceed this: 16 bytes of text can ask for 4096 chords."""


def carry_out(machine: Machine, page: Page, start: int, stop: int) -> tuple[NDArray[np.void], int]:
    """Carry lines [start, stop) out; the (N,) SEGMENT they lay and the line they end before.

    All lines must be plain. Fewer are carried out where one is not after all, or MAX_SEGMENTS would
    be exceeded; none, where that is the first.
    """
    stretch = _work_out(machine, page, start, stop)
    if stretch.ends < stop - start:
        stop = start + stretch.ends
        if stop == start:
            return np.empty(0, SEGMENT), start
        stretch = _work_out(machine, page, start, stop)
    segments = _draw(machine, page, stretch, start)
    _count(machine, page, stretch, start)
    _leave(machine, page, stretch, start)
    return segments, stop


@dataclass(frozen=True, slots=True)
class Stretch:
    """N lines, worked out but not yet carried out on the machine.

    code: (N,) G-code of the motion in force. moves, moved: (N,) it is a move; the head moves.
    change: (N,) mm of filament fed. ends: N, or the first line that cannot be carried out here.
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


def _work_out(machine: Machine, page: Page, start: int, stop: int) -> Stretch:
    """What the lines [start, stop) of *page* do, if nothing is wrong with them."""
    n, operation = stop - start, page.commands.operation[start:stop]
    modes = Modes.over(machine, page.modes.within(start, stop), n)
    axes = _axes(machine, page.commands, modes, operation == POSITION, start)
    moves = operation >= MOVE
    code = _motion(machine, operation, page.commands.code[start:stop])
    arcs = _arcs(page.commands, axes, modes, np.where(moves, code, 0), start)
    moved = np.zeros(n, np.bool_)
    for axis in axes[:3]:
        moved[axis.changed()] = True
    moved[arcs.at] = True
    asked = np.diff(axes[E].logical) * moves
    change = np.where(np.abs(asked) < EPSILON_E, 0.0, asked)
    wrong = [axis.beyond(LIMIT_MM) for axis in axes[:3]]
    wrong.append(np.flatnonzero(np.abs(asked) >= LIMIT_MM))
    wrong.append(_without_sense(page, code, start))
    chords = arcs.chord_counts() if len(arcs) else arcs.at
    if len(arcs):
        wrong.append(arcs.at[~arcs.drawable() | (machine.plane != 17)])
        wrong.append(arcs.at[np.cumsum(chords) > MAX_SEGMENTS])
    ends = min((int(lines[0]) for lines in wrong if len(lines)), default=n)
    return Stretch(code, moves, moved, change, axes, modes, arcs, chords, ends)


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


def _motion(machine: Machine, operation: NDArray[np.uint8], code: Ints) -> Ints:
    """The G-code of each move, be it written or the last one's."""
    if not (operation == MODAL).any():
        return code
    written = np.flatnonzero(operation == MOVE)
    return filled(machine.motion, written, code[written], len(code))


def _without_sense(page: Page, code: Ints, start: int) -> Ints:
    """Modal lines before any move, arcs without a centre, straight ones with one."""
    low, high = np.searchsorted(page.modal, (start, start + len(code)))
    modal = page.modal[low:high]
    centre = page.commands.words[modal] & CENTRE != 0
    motion = code[modal - start]
    return modal[(motion < 0) | (centre != (motion >= 2))] - start


def _arcs(commands: Commands, axes: tuple[Axis, ...], modes: Modes, code: Ints, start: int) -> Arcs:
    at = np.flatnonzero(code >= 2)
    centre = np.zeros((2, len(at)))
    for row, column in zip(centre, commands.values[I : J + 1], strict=True) if len(at) else ():
        words = column.within(start, start + len(code))
        curved = code[words.at] >= 2  # others are without sense
        words = Column(words.at[curved], words.value[curved])
        row[np.searchsorted(at, words.at)] = words.value * modes.unit[words.at]
    return Arcs(
        at=at,
        start=np.array([axis.machine[at] for axis in axes[:E]]),
        end=np.array([axis.machine[at + 1] for axis in axes[:E]]),
        centre=centre,
        clockwise=code[at] == 2,
    )


def _draw(machine: Machine, page: Page, stretch: Stretch, start: int) -> NDArray[np.void]:
    """The segments of *stretch*."""
    n, change = len(stretch.moves), stretch.change
    beads = np.flatnonzero(stretch.moved & (change > 0))
    chords = np.ones(len(beads), np.int64)
    fed = change[stretch.arcs.at] > 0
    arcs = stretch.arcs.chosen(fed)
    chords[np.searchsorted(beads, arcs.at)] = stretch.chords[fed]
    line = np.repeat(beads, chords) if len(arcs) else beads

    segments = np.zeros(len(line), SEGMENT)
    for k, axis in enumerate(stretch.axes[:E]):
        segments["start"][:, k] = axis.machine[line]
        segments["end"][:, k] = axis.machine[line + 1]
    share = change[beads] * machine.filament_per_e / chords
    segments["filament"] = np.repeat(share, chords) if len(arcs) else share
    if len(arcs):
        curved = np.repeat(stretch.code[beads] >= 2, chords)
        starts, ends = arcs.chords(stretch.chords[fed])
        segments["start"][curved], segments["end"][curved] = starts.T, ends.T
    segments["line"] = machine.line + 1 + line
    segments["object"] = machine.object
    tools, features = _labels(page, start, start + n)
    segments["tool"] = filled(machine.tool, tools.at, tools.value, n)[line]
    segments["state"] = filled(machine.state, tools.at, _states(machine, tools), n)[line]
    segments["feature"] = filled(machine.feature, features.at, features.value, n)[line]
    return segments


def _labels(page: Page, start: int, stop: int) -> tuple[Column, Column]:
    return page.tools.within(start, stop), page.features.within(start, stop)


def _states(machine: Machine, tools: Column) -> Ints:
    """The machine's state after each of *tools* is selected; see Machine.select_tool."""
    cold = (machine.cold_tools >> tools.value & 1) * int(SegmentState.COLD)
    return cold | (machine.state & ~SegmentState.COLD)


def _count(machine: Machine, page: Page, stretch: Stretch, start: int) -> None:
    """What *stretch* adds to the machine's counters, but for its lines."""
    n, e, modes = len(stretch.moves), stretch.axes[E], stretch.modes
    axes = page.commands.words[start : start + n] & AXES != 0
    machine.moves += np.count_nonzero(stretch.moves & (axes | (stretch.code >= 2)))
    machine.extruding_moves += np.count_nonzero(stretch.moved & (stretch.change > 0))
    at = e.at[e.moves]
    klipper_e = modes.absolute_xyz[at] & modes.absolute_e_word[at]
    machine.ambiguous_e += np.count_nonzero(klipper_e != modes.absolute_e[at])
    keep_books(machine, stretch.change * machine.filament_per_e, stretch.moved)


def _leave(machine: Machine, page: Page, stretch: Stretch, start: int) -> None:
    """Put the machine where *stretch* ends."""
    for k, axis in enumerate(stretch.axes[:E]):
        machine.position[k] = axis.machine[-1]
        if not axis.moves.all():
            machine.offset[k] = axis.machine[-1] - axis.logical[-1]
    e, modes = stretch.axes[E], stretch.modes
    machine.extruder = e.machine[-1]
    if not e.moves.all():
        machine.offset_e = e.machine[-1] - e.logical[-1]
    machine.absolute_xyz = int(modes.absolute_xyz[-1])
    machine.absolute_e = int(modes.absolute_e[-1])
    machine.absolute_e_word = int(modes.absolute_e_word[-1])
    machine.unit = float(modes.unit[-1])
    moves = np.flatnonzero(stretch.moves)
    if len(moves):
        machine.motion = int(stretch.code[moves[-1]])
    tools, features = _labels(page, start, start + len(stretch.moves))
    if len(tools.at):
        machine.select_tool(int(tools.value[-1]))
    if len(features.at):
        machine.feature = int(features.value[-1])
