"""Curves as chords: the geometry behind G2, G3 and G5.

Conventions: Marlin 2 (`Marlin/src/gcode/motion/G2_G3.cpp`, read, not copied) and NIST RS274NGC
part 3.5.3. The kernel draws the plain XY case with the same constants.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from dataset_builder.errors import Malformed

Point = tuple[float, float, float]

CHORD_ERROR_MM = 0.005
MAX_CHORD_ANGLE = 0.1
MAX_CHORDS = 4096
MAX_RADIUS_MM = 1e4
MIN_BEZIER_CHORDS = 64
BEZIER_CHORD_MM = 0.5

PLANES = {17: (0, 1, 2), 18: (2, 0, 1), 19: (1, 2, 0)}
"""G17, G18, G19 -> first and second axis of the plane, and the one along the helix."""
OFFSET_LETTERS = "IJK"


@dataclass(frozen=True, slots=True)
class Arc:
    """start and end: machine mm. centre: offset from start to the centre, per axis, mm."""

    start: Point
    end: Point
    centre: Point
    clockwise: bool
    plane: int = 17
    extra_turns: int = 0


def radius_centre(start: Point, end: Point, radius: float, clockwise: bool, plane: int) -> Point:
    """The centre of an R-form arc, relative to *start*; a negative R takes the long way round.

    Raises Malformed when no circle of that radius reaches both ends.
    """
    p, q, _ = PLANES[plane]
    dp, dq = end[p] - start[p], end[q] - start[q]
    chord = math.hypot(dp, dq)
    slack = 1e-3 * abs(radius) + 0.01  # slicers round both ends
    if chord == 0 or radius == 0 or chord / 2 > abs(radius) + slack:
        raise Malformed(f"no arc of radius {radius:g} mm joins its ends", flag="arc_radius")
    height = math.sqrt(max(radius * radius - chord * chord / 4, 0.0))
    side = (1 if clockwise == (radius < 0) else -1) * height / chord
    centre = [0.0, 0.0, 0.0]
    centre[p], centre[q] = dp / 2 - dq * side, dq / 2 + dp * side
    return centre[0], centre[1], centre[2]


def chords(arc: Arc) -> Iterator[Point]:
    """The end points of the chords of *arc*, the last one exactly `arc.end`; made when asked for.

    Raises Malformed at once when the end is off the circle or no printer can draw the radius.
    """
    p, q, _ = PLANES[arc.plane]
    radius = math.hypot(arc.centre[p], arc.centre[q])
    to_end = [arc.end[k] - arc.start[k] - arc.centre[k] for k in range(3)]
    end_radius = math.hypot(to_end[p], to_end[q])
    if not 1e-6 < radius <= MAX_RADIUS_MM:
        raise Malformed(f"the arc's radius is {radius:.3g} mm", flag="arc_radius")
    if abs(end_radius - radius) > max(0.1, 0.02 * radius):
        off = abs(end_radius - radius)
        raise Malformed(f"the arc's end lies {off:.3g} mm off its circle", flag="arc_radius")
    first = math.atan2(-arc.centre[q], -arc.centre[p])
    sweep = _sweep(math.atan2(to_end[q], to_end[p]) - first, arc.clockwise)
    sweep += math.copysign(math.tau * arc.extra_turns, sweep)
    return _points(arc, first, sweep, radius, end_radius)


def _points(
    arc: Arc, first: float, sweep: float, radius: float, end_radius: float
) -> Iterator[Point]:
    p, q, along = PLANES[arc.plane]
    count = _chord_count(radius, sweep)
    for k in range(1, count):
        t = k / count
        point, rho = list(arc.start), radius + (end_radius - radius) * t
        point[p] += arc.centre[p] + rho * math.cos(first + sweep * t)
        point[q] += arc.centre[q] + rho * math.sin(first + sweep * t)
        point[along] += (arc.end[along] - arc.start[along]) * t
        yield point[0], point[1], point[2]
    yield arc.end


def _sweep(angle: float, clockwise: bool) -> float:
    """*angle* brought to [-tau, 0) or (0, tau]; coinciding ends are a full circle."""
    if clockwise:
        return angle - math.tau * math.ceil((angle + 1e-9) / math.tau)
    return angle - math.tau * math.floor((angle - 1e-9) / math.tau)


def _chord_count(radius: float, sweep: float) -> int:
    angle = 2 * math.acos(1 - CHORD_ERROR_MM / max(radius, 2 * CHORD_ERROR_MM))
    return max(1, min(MAX_CHORDS, math.ceil(abs(sweep) / min(angle, MAX_CHORD_ANGLE))))


def bezier(start: Point, first: Point, second: Point, end: Point) -> Iterator[Point]:
    """A cubic Bezier curve (G5) as chord ends; control points are absolute mm."""
    outline = math.dist(start, first) + math.dist(first, second) + math.dist(second, end)
    count = max(MIN_BEZIER_CHORDS, min(MAX_CHORDS, math.ceil(outline / BEZIER_CHORD_MM)))
    for k in range(1, count + 1):
        t = k / count
        a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
        x, y, z = (a * start[i] + b * first[i] + c * second[i] + d * end[i] for i in range(3))
        yield x, y, z
