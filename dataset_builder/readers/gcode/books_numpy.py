"""Filament pushed out at rest and smeared by a dry move, over many lines at once.

The books that `keep_books` of kernel/scan.c keeps line by line, and for the same reason. Few lines
feed filament at rest, so those are looked at one by one; all others only matter if some oozed out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.readers.gcode.machine import Machine
from dataset_builder.readers.gcode.numbers_numpy import Flags, Ints

if TYPE_CHECKING:
    from numpy.typing import NDArray

SMEAR_MM = 0.005
"""Less filament than this leaves no trace."""


def not_laid(filament: NDArray[np.float64], moved: Flags) -> Flags:
    """Lines that feed filament, forwards or backwards, and leave no bead."""
    return (filament < 0) | ((filament > 0) & ~moved)


def keep_books(
    machine: Machine, filament: NDArray[np.float64], moved: Flags, at_rest: Ints
) -> None:
    """filament: (N,) mm a line pushes. moved: (N,) the head moves. at_rest: those `not_laid`."""
    oozes = _oozes(machine, at_rest.tolist(), filament[at_rest].tolist())
    if not oozes and machine.pushed == 0:
        return
    n = len(filament)
    pushes = np.array([0, *(line for line, _ in oozes)])
    until = np.append(pushes[1:], n)
    beads = np.flatnonzero(moved & (filament > 0))
    dry = np.flatnonzero(moved & (filament == 0))
    next_bead = np.append(beads, n)[np.searchsorted(beads, pushes)]
    next_dry = np.append(dry, n)[np.searchsorted(dry, pushes)]
    smeared = (next_dry < until) & (next_dry < next_bead)
    amounts = [0.0, *(amount for _, amount in oozes)]
    rows = zip(amounts, smeared.tolist(), (next_bead < until).tolist(), strict=True)
    for amount, by_dry_move, by_bead in rows:
        machine.pushed += amount
        if by_dry_move and machine.pushed > SMEAR_MM:
            machine.dry_pushes += 1
            machine.pushed_total += machine.pushed
            machine.pushed = 0.0
        elif by_bead:
            machine.pushed = 0.0


def _oozes(machine: Machine, lines: list[int], filament: list[float]) -> list[tuple[int, float]]:
    """The lines that push out more than was retracted before, and how much more, mm."""
    owed, oozes = machine.retracted, []
    for line, fed in zip(lines, filament, strict=True):
        owed -= fed
        if owed < 0:
            oozes.append((line, -owed))
            owed = 0.0
    machine.retracted = owed
    return oozes
