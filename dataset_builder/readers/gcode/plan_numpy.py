"""A plan: what many lines will do, carried out on a Machine in parts.

A plan takes lines that need the interpreter for lines that move nothing, as nearly all of them do;
`holds` says after each of them whether that was right. It ends before a line that turns out not to
be plain once the machine is known: an arc off its circle, a target beyond any printer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.geometry.toolpath import SEGMENT, SegmentState
from dataset_builder.readers.gcode.axes_numpy import filled
from dataset_builder.readers.gcode.books_numpy import keep_books, not_laid
from dataset_builder.readers.gcode.commands_numpy import AXES, E
from dataset_builder.readers.gcode.machine import Machine
from dataset_builder.readers.gcode.motion_numpy import work_out
from dataset_builder.readers.gcode.page_numpy import Page

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Plan:
    """Lines [start, stop) of a page, to be carried out from the first to the last."""

    def __init__(self, machine: Machine, page: Page, start: int, stop: int) -> None:
        """It stops before a line that is not plain after all, at *start* if that is the first."""
        motion = work_out(machine, page, start, stop)
        if 0 < motion.ends < stop - start:
            motion = work_out(machine, page, start, start + motion.ends)
        self.start = start
        self.stop = start + motion.ends
        self.whole = self.stop == stop
        self._page = page
        self._motion = motion
        self._state = _motion_state(machine)
        if self.stop > start:
            self._prepare(machine)

    def _prepare(self, machine: Machine) -> None:
        motion, n = self._motion, self.stop - self.start
        words = self._page.commands.words[self.start : self.stop]
        self._counted = motion.moves & ((words & AXES != 0) | (motion.code >= 2))
        moves = np.flatnonzero(motion.moves)
        self._code = filled(machine.motion, moves, motion.code[moves], n)
        self._filament = motion.change * machine.filament_per_e
        self._at_rest = np.flatnonzero(not_laid(self._filament, motion.moved))
        self._draw(machine)
        e, modes = motion.axes[E], motion.modes
        at = e.at[e.moves]
        klipper_e = modes.absolute_xyz[at] & modes.absolute_e_word[at]
        self._ambiguous = at[klipper_e != modes.absolute_e[at]]

    def holds(self, machine: Machine) -> bool:
        """Does the machine stand where the part that was carried out left it?"""
        return self._state == _motion_state(machine)

    def carry_out(self, machine: Machine, start: int, stop: int) -> NDArray[np.void]:
        """Do the lines [start, stop), the next ones; the (N,) SEGMENT they lay."""
        first, last = start - self.start, stop - self.start
        low, high = self._beads.searchsorted((first, last))
        segments = self._segments[self._begins[low] : self._begins[high]]
        self._label(machine, segments, start, stop)
        machine.segments += len(segments)
        machine.moves += int(np.count_nonzero(self._counted[first:last]))
        machine.extruding_moves += int(high - low)
        if len(self._ambiguous):
            low, high = np.searchsorted(self._ambiguous, (first, last))
            machine.ambiguous_e += int(high - low)
        low, high = self._at_rest.searchsorted((first, last))
        if high > low or machine.pushed:
            at_rest = self._at_rest[low:high] - first
            moved = self._motion.moved[first:last]
            keep_books(machine, self._filament[first:last], moved, at_rest)
        self._leave(machine, last)
        return segments

    def _draw(self, machine: Machine) -> None:
        """Segments without their labels, and which of them belong to which line."""
        motion = self._motion
        self._beads = np.flatnonzero(motion.moved & (motion.change > 0))
        chords = np.ones(len(self._beads), np.int64)
        fed = motion.change[motion.arcs.at] > 0
        arcs = motion.arcs.chosen(fed)
        chords[np.searchsorted(self._beads, arcs.at)] = motion.chords[fed]
        self._begins = np.concatenate(([0], np.cumsum(chords)))
        line = np.repeat(self._beads, chords)
        self._segments = segments = np.zeros(len(line), SEGMENT)
        for k, axis in enumerate(motion.axes[:E]):
            segments["start"][:, k] = axis.machine[line]
            segments["end"][:, k] = axis.machine[line + 1]
        if len(arcs):
            curved = np.repeat(motion.code[self._beads] >= 2, chords)
            starts, ends = arcs.chords(motion.chords[fed])
            segments["start"][curved], segments["end"][curved] = starts.T, ends.T
        segments["filament"] = np.repeat(self._filament[self._beads] / chords, chords)
        segments["line"] = machine.line + 1 + line

    def _label(self, machine: Machine, segments: NDArray[np.void], start: int, stop: int) -> None:
        """Object, tool, state and feature of the *segments* of these lines; select the last."""
        n, tools = stop - start, self._page.tools.within(start, stop)
        features = self._page.features.within(start, stop)
        segments["object"] = machine.object
        segments["tool"], segments["state"] = machine.tool, machine.state
        segments["feature"] = machine.feature
        if len(tools.at) == 0 and len(features.at) == 0:
            return
        line = segments["line"] - np.uint32(machine.line + 1 & 0xFFFFFFFF)
        if len(tools.at):
            cold = (machine.cold_tools >> tools.value & 1) * int(SegmentState.COLD)
            states = cold | (machine.state & ~int(SegmentState.COLD))
            segments["tool"] = filled(machine.tool, tools.at, tools.value, n)[line]
            segments["state"] = filled(machine.state, tools.at, states, n)[line]
            machine.select_tool(int(tools.value[-1]))
        if len(features.at):
            segments["feature"] = filled(machine.feature, features.at, features.value, n)[line]
            machine.feature = int(features.value[-1])

    def _leave(self, machine: Machine, line: int) -> None:
        """Put the machine where it stands before *line* of the plan, which is not its first."""
        modes = self._motion.modes
        x, y, z, e = self._motion.axes
        machine.position[:] = [float(axis.machine[line]) for axis in (x, y, z)]
        for k, axis in enumerate((x, y, z)):
            if axis.offset is not None:
                machine.offset[k] = axis.offset[line]
        machine.extruder = e.machine[line]
        if e.offset is not None:
            machine.offset_e = e.offset[line]
        machine.absolute_xyz = int(modes.absolute_xyz[line - 1])
        machine.absolute_e = int(modes.absolute_e[line - 1])
        machine.absolute_e_word = int(modes.absolute_e_word[line - 1])
        machine.unit = float(modes.unit[line - 1])
        machine.motion = int(self._code[line - 1])
        self._state = _motion_state(machine)


def _motion_state(machine: Machine) -> tuple[float, ...]:
    """What decides where a line leads, and what it feeds."""
    return (
        *machine.position,
        *machine.offset,
        machine.extruder,
        machine.offset_e,
        machine.unit,
        machine.filament_per_e,
        machine.absolute_xyz,
        machine.absolute_e,
        machine.absolute_e_word,
        machine.motion,
        machine.plane,
    )
