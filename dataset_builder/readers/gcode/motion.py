"""Moves, curves and position words, carried out one at a time on a Machine.

The kernel does the same for plain lines; what differs between the two would be a bug
(tests/dataset_builder/test_back_ends.py).
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.errors import CannotAnalyse, Malformed
from dataset_builder.geometry.toolpath import SEGMENT
from dataset_builder.readers.gcode.arcs import (
    OFFSET_LETTERS,
    PLANES,
    Arc,
    Point,
    bezier,
    chords,
    radius_centre,
)
from dataset_builder.readers.gcode.machine import Machine

if TYPE_CHECKING:
    from numpy.typing import NDArray

LIMIT_MM = 1e5
EPSILON_E = 1e-7
EPSILON_MM = 1e-6
MAX_TURNS = 100
AXES = "XYZ"
IGNORED = frozenset("FSHPKOLDQ")
"""Words of G0 and G1 that are not about where to go: feed, laser power, fan, hints."""


_PACK = struct.Struct("<7fIHBBB3x")
"""One SEGMENT record."""


@dataclass(slots=True)
class Beads:
    """Segments of host-handled lines, until the scanner takes them."""

    rows: list[bytes] = field(default_factory=list)

    def lay(self, machine: Machine, points: Iterable[Point], filament: float) -> None:
        """From the machine's position through *points*; *filament* mm shared out by length."""
        path = [_position(machine), *points]
        lengths = [math.dist(a, b) for a, b in pairwise(path)]
        share = filament / (sum(lengths) or 1.0)
        meta = (machine.line + 1, machine.object, machine.tool, machine.feature, machine.state)
        for a, b, length in zip(path[:-1], path[1:], lengths, strict=True):
            if length > 0:
                self.rows.append(_PACK.pack(*a, *b, length * share, *meta))

    def take(self) -> NDArray[np.void]:
        """(N,) SEGMENT; empties the store."""
        rows, self.rows = self.rows, []
        return np.frombuffer(b"".join(rows), SEGMENT)


def _position(machine: Machine) -> Point:
    x, y, z = machine.position
    return x, y, z


def _target(machine: Machine, words: dict[str, float]) -> Point:
    """Where the axis words lead, machine mm. Raises Malformed beyond any printer's reach."""
    to = list(machine.position)
    for k, letter in enumerate(AXES):
        if letter in words:
            value = words[letter] * machine.unit
            to[k] = value + (machine.offset[k] if machine.absolute_xyz else to[k])
            if not abs(to[k]) < LIMIT_MM:
                raise Malformed(f"{letter} leads to {to[k]:.3g} mm", flag="coordinates")
    return to[0], to[1], to[2]


def _advance_e(machine: Machine, words: dict[str, float]) -> float:
    """Move E as the line says; the change in mm of filament."""
    if "E" not in words:
        return 0.0
    value = words["E"] * machine.unit
    before = machine.extruder
    change = value + machine.offset_e - before if machine.absolute_e else value
    if not abs(change) < LIMIT_MM:
        raise Malformed(f"E asks for {change:.3g} mm of filament", flag="coordinates")
    machine.extruder = value + machine.offset_e if machine.absolute_e else before + value
    klipper_e = bool(machine.absolute_xyz and machine.absolute_e_word)
    machine.ambiguous_e += klipper_e != bool(machine.absolute_e)
    return change * machine.filament_per_e if abs(change) >= EPSILON_E else 0.0


def _keep_books(machine: Machine, filament: float, moved: bool) -> None:
    """Filament pushed out at rest and smeared by a dry move prints; see kernel/gcode_motion.h."""
    if filament < 0:
        machine.retracted -= filament
    elif filament > 0 and moved:
        machine.pushed = 0.0
    elif filament > 0:
        machine.retracted -= filament
        if machine.retracted < 0:
            machine.pushed -= machine.retracted
            machine.retracted = 0.0
    if moved and filament == 0 and machine.pushed > 0.005:
        machine.dry_pushes += 1
        machine.pushed_total += machine.pushed
        machine.pushed = 0.0


def _finish(
    machine: Machine,
    beads: Beads,
    end: Point,
    words: dict[str, float],
    *,
    curve: Iterable[Point] | None = None,
) -> None:
    """Go to *end*, straight or along *curve*, and extrude on the way if the words say so."""
    curved = curve is not None
    steps = zip(end, _position(machine), strict=True)
    moved = curved or any(abs(to - at) > EPSILON_MM for to, at in steps)
    filament = _advance_e(machine, words)
    if moved and filament > 0:
        beads.lay(machine, [end] if curve is None else curve, filament)
        machine.extruding_moves += 1
    machine.moves += bool(curved or words.keys() & set("XYZE"))
    _keep_books(machine, filament, moved)
    machine.position[:] = list(end)


def line_to(machine: Machine, beads: Beads, words: dict[str, float]) -> None:
    """G0 and G1. Raises Malformed for words that a straight move cannot have."""
    strange = words.keys() - set("XYZE") - IGNORED
    if strange & set("IJR"):
        raise Malformed("I, J and R belong to arcs, not to G0 or G1", flag="word")
    if strange:
        axes = ", ".join(sorted(strange))
        raise CannotAnalyse(f"the axes {axes} are not those of a plain printer", flag="axes")
    _finish(machine, beads, _target(machine, words), words)


def arc_to(machine: Machine, beads: Beads, words: dict[str, float], clockwise: bool) -> None:
    """G2 and G3 in any plane, I/J/K or R form, helical, with P extra turns."""
    start, end = _position(machine), _target(machine, words)
    offsets = [words.get(letter, 0.0) * machine.unit for letter in OFFSET_LETTERS]
    given = [letter for letter in OFFSET_LETTERS if letter in words]
    turns = words.get("P", 0.0)
    if turns != int(turns) or not 0 <= turns <= MAX_TURNS:
        raise Malformed(f"P asks for {turns:g} turns of an arc", flag="arc_radius")
    # Klipper's G18 is XZ, Marlin's and NIST's ZX: the same letters turn the other way round
    if machine.plane == 18 and not machine.g90_moves_e:
        clockwise = not clockwise
    if "R" in words:  # it wins over I, J, K, as on Marlin
        radius = words["R"] * machine.unit
        centre = radius_centre(start, end, radius, clockwise, machine.plane)
    elif {OFFSET_LETTERS[axis] for axis in PLANES[machine.plane][:2]} & set(given):
        centre = offsets[0], offsets[1], offsets[2]
    else:
        raise Malformed("an arc needs I and J, or R", flag="arc_centre")
    arc = Arc(start, end, centre, clockwise, machine.plane, int(turns))
    _finish(machine, beads, end, words, curve=chords(arc))


def curve_to(machine: Machine, beads: Beads, words: dict[str, float]) -> None:
    """G5: cubic Bezier with the control points start + (I, J) and end + (P, Q)."""
    if not {"P", "Q"} <= words.keys():
        raise CannotAnalyse("a G5 curve without P and Q continues an earlier one", flag="bezier")
    start, end = _position(machine), _target(machine, words)
    i, j, p, q = (words.get(letter, 0.0) * machine.unit for letter in "IJPQ")
    if not max(abs(i), abs(j), abs(p), abs(q)) < LIMIT_MM:
        raise Malformed("a control point of G5 lies beyond any printer", flag="coordinates")
    first = (start[0] + i, start[1] + j, start[2] + (end[2] - start[2]) / 3)
    second = (end[0] + p, end[1] + q, start[2] + (end[2] - start[2]) * 2 / 3)
    _finish(machine, beads, end, words, curve=bezier(start, first, second, end))


def set_position(machine: Machine, words: dict[str, float]) -> None:
    """G92: the current position is called so from now on; without words everything is 0."""
    values = words or dict.fromkeys("XYZE", 0.0)
    for k, letter in enumerate(AXES):
        if letter in values:
            machine.offset[k] = machine.position[k] - values[letter] * machine.unit
    if "E" in values:
        machine.offset_e = machine.extruder - values["E"] * machine.unit
