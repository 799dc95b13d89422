"""Modes and axes over many lines at once: what is in force, and where each line leads.

The trick is to think in *logical* coordinates, those the job speaks of (machine minus offset): an
absolute word sets one, a relative word adds to it, and G92 sets it without moving anything. So an
axis is a running sum between settings, however often the modes change.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataset_builder.readers.gcode.commands_numpy import M82, M83, Column
from dataset_builder.readers.gcode.machine import Machine
from dataset_builder.readers.gcode.motion import EPSILON_MM
from dataset_builder.readers.gcode.numbers_numpy import Flags, Ints

Reals = NDArray[np.float64]


def filled(before: float, at: Ints, value: NDArray[Any], n: int) -> NDArray[Any]:
    """(n,) what was last set: value[k] from line at[k] on, *before* ahead of them all."""
    bounds = np.empty(len(at) + 2, np.int64)
    bounds[0], bounds[1:-1], bounds[-1] = 0, at, n
    values = np.empty(len(at) + 1, value.dtype)
    values[0], values[1:] = before, value
    return np.repeat(values, bounds[1:] - bounds[:-1])


@dataclass(frozen=True, slots=True)
class Modes:
    """(N,) each: what is in force on a line."""

    absolute_xyz: Flags
    absolute_e: Flags
    absolute_e_word: Flags  # what M82 and M83 alone say
    unit: Reals  # mm

    @classmethod
    def over(cls, machine: Machine, setters: Column, n: int) -> Modes:
        """The modes of *n* lines, some of which are *setters*."""
        at, code = setters.at, setters.value

        def last(before: float, on: int, off: int) -> Flags:
            chosen = (code == on) | (code == off)
            return filled(before, at[chosen], code[chosen] == on, n)

        xyz, word = last(machine.absolute_xyz, 90, 91), last(machine.absolute_e_word, M82, M83)
        units, others = code < 90, code >= 90
        by_either = (code == 90) | (code == M82) if machine.g90_moves_e else (xyz & word)[at]
        return cls(
            absolute_xyz=xyz,
            absolute_e=filled(machine.absolute_e, at[others], by_either[others], n),
            absolute_e_word=word,
            unit=filled(machine.unit, at[units], np.where(code[units] == 20, 25.4, 1.0), n),
        )


@dataclass(frozen=True, slots=True)
class Axis:
    """at: (K,) the lines with a word of it. moves: (K,) those that are moves, not G92.

    logical, machine: (N + 1,) coordinates in mm before each line and after the last; offset:
    (N + 1,) what is between them, None where it never changes.
    """

    at: Ints
    moves: Flags
    logical: Reals
    machine: Reals
    offset: Reals | None

    def changed(self) -> Ints:
        """The lines that move it at all."""
        way = np.abs(self.machine[self.at + 1] - self.machine[self.at])
        return self.at[self.moves & (way > EPSILON_MM)]

    def beyond(self, limit_mm: float) -> Ints:
        """The lines that move it *limit_mm* or more away from zero."""
        if max(self.machine.max(), -self.machine.min()) < limit_mm:
            return self.at[:0]
        return self.at[self.moves & ~(np.abs(self.machine[self.at + 1]) < limit_mm)]


def follow(
    place: float, offset: float, words: Column, relative: Flags, renames: Flags, unit: Reals
) -> Axis:
    """An axis from *place* (machine mm) along its *words*; *renames* tells G92 from moves."""
    n, at = len(unit), words.at
    mm = words.value * unit[at]
    renaming = renames[at]
    adding = relative[at] & ~renaming
    logical = np.empty(n + 1)
    logical[0] = place - offset
    if adding.any():
        sums = np.zeros(n)
        sums[at[adding]] = mm[adding]
        np.cumsum(sums, out=sums)
        set_at, set_to = at[~adding], mm[~adding]
        logical[1:] = filled(logical[0], set_at, set_to, n)
        logical[1:] += sums - filled(0.0, set_at, sums[set_at], n)
    else:
        logical[1:] = filled(logical[0], at, mm, n)
    if not renaming.any():
        return Axis(at, ~renaming, logical, logical + offset, None)
    renamed = at[renaming]
    sums = offset + np.cumsum(logical[renamed] - mm[renaming])
    offsets = filled(offset, renamed + 1, sums, n + 1)
    return Axis(at, ~renaming, logical, logical + offsets, offsets)
