"""Filament pushed out at rest and smeared by a dry move, over many lines at once.

The books that `keep_books` of kernel/scan.c keeps line by line, and for the same reason.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dataset_builder.readers.gcode.machine import Machine
from dataset_builder.readers.gcode.numbers_numpy import Flags, Ints

SMEAR_MM = 0.005
"""Less filament than this leaves no trace."""
_NOISE_MM = 1e-9  # sums that should be zero


def not_laid(filament: NDArray[np.float64], moved: Flags) -> Flags:
    """Lines that feed filament, forwards or backwards, and leave no bead."""
    return (filament < 0) | ((filament > 0) & ~moved)


def keep_books(machine: Machine, filament: NDArray[np.float64], moved: Flags) -> None:
    """filament: (N,) mm a line pushes. moved: (N,) the head moves on it."""
    at_rest = np.flatnonzero(not_laid(filament, moved))
    pushes, amounts = _oozing(machine, at_rest, filament[at_rest])
    if len(pushes) == 0 and machine.pushed == 0:
        return
    n = len(filament)
    beads = np.flatnonzero(moved & (filament > 0))
    dry = np.flatnonzero(moved & (filament == 0))
    pushes = np.concatenate(([0], pushes))
    until = np.append(pushes[1:], n)
    next_bead = np.append(beads, n)[np.searchsorted(beads, pushes)]
    next_dry = np.append(dry, n)[np.searchsorted(dry, pushes)]
    smeared = (next_dry < until) & (next_dry < next_bead)
    pushed = machine.pushed
    rows = zip(amounts, smeared.tolist(), (next_bead < until).tolist(), strict=True)
    for amount, by_dry_move, by_bead in rows:
        pushed += amount
        if by_dry_move and pushed > SMEAR_MM:
            machine.dry_pushes += 1
            machine.pushed_total += pushed
            pushed = 0.0
        elif by_bead:
            pushed = 0.0
    machine.pushed = pushed


def _oozing(machine: Machine, at: Ints, filament: NDArray[np.float64]) -> tuple[Ints, list[float]]:
    """Lines *at* which more is pushed than was retracted before, and 0 ahead of how much each.

    What is owed to the nozzle is the height of a running sum above its lowest point so far, and
    what oozes out is the descent of that lowest point.
    """
    if len(at) == 0:
        return at, [0.0]
    owed = machine.retracted - np.cumsum(filament)
    lowest = np.minimum(np.minimum.accumulate(owed), 0.0)
    oozed = -np.diff(lowest, prepend=0.0)
    machine.retracted = max(float(owed[-1] - lowest[-1]), 0.0)
    oozing = oozed > _NOISE_MM
    return at[oozing], [0.0, *oozed[oozing].tolist()]
