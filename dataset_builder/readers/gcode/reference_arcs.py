"""Curves as points, for the reference interpreter: textbook formulas, finely sampled.

Sources: docs/gcode.md, "Motion"; NIST RS274/NGC, section 3.5.3 (arcs); Bernstein's form of a cubic.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

Point = tuple[float, float, float]

PLANES = {17: (0, 1, 2), 18: (2, 0, 1), 19: (1, 2, 0)}
"""First, second and perpendicular axis: the order in which counter-clockwise is positive."""

CHORD_ERROR = 0.005  # mm
CHORD_ANGLE = 0.1  # rad
MAX_RADIUS = 10_000.0  # mm
MAX_TURNS = 100
SAME_POINT = 1e-6  # mm: ends this near to each other coincide
BEZIER_CHORDS = 200


class CurveError(ValueError):
    """A curve that cannot be; *flag* is the name docs/gcode.md gives the reason."""

    def __init__(self, flag: str, what: str) -> None:
        self.flag = flag
        super().__init__(what)


def arc(
    start: Point, end: Point, words: Mapping[str, float], *, clockwise: bool, plane: int, flip: bool
) -> list[Point]:
    """Points after *start* up to *end*; I, J, K, R in millimetres.

    flip: turn the other way round (Klipper's XZ plane). Raises CurveError.
    """
    first, second, third = PLANES[plane]
    if flip:
        clockwise = not clockwise
    here, there = (start[first], start[second]), (end[first], end[second])
    if "R" in words:
        centre = _centre_by_radius(here, there, words["R"], clockwise=clockwise)
    else:
        i, j = words.get("IJK"[first], 0.0), words.get("IJK"[second], 0.0)
        if not i and not j:
            raise CurveError("arc_centre", "an arc needs a centre: I and J, or R")
        centre = (here[0] + i, here[1] + j)
    radius = math.dist(centre, here)
    end_radius = math.dist(centre, there)
    if radius > MAX_RADIUS:
        raise CurveError("arc_radius", "the radius is above 10 m")
    if abs(end_radius - radius) > max(0.1, 0.02 * radius):
        raise CurveError("arc_radius", "the arc's end is not on its circle")
    begin = math.atan2(here[1] - centre[1], here[0] - centre[0])
    sweep = math.atan2(there[1] - centre[1], there[0] - centre[0]) - begin
    if math.dist(here, there) <= SAME_POINT:
        sweep = 2 * math.pi
    else:
        sweep = (-sweep if clockwise else sweep) % (2 * math.pi)
    sweep += 2 * math.pi * _turns(words.get("P", 0.0))
    step = min(CHORD_ANGLE, 2 * math.acos(1 - min(1.0, CHORD_ERROR / radius)))
    count = max(1, math.ceil(sweep / step))
    points: list[Point] = []
    for n in range(1, count):
        share = n / count
        angle = begin + (-sweep if clockwise else sweep) * share
        reach = radius + (end_radius - radius) * share
        point = [0.0, 0.0, 0.0]
        point[first] = centre[0] + reach * math.cos(angle)
        point[second] = centre[1] + reach * math.sin(angle)
        point[third] = start[third] + (end[third] - start[third]) * share
        points.append((point[0], point[1], point[2]))
    return [*points, end]


def _turns(count: float) -> int:
    if not 0 <= count <= MAX_TURNS:
        raise CurveError("arc_radius", f"an arc of {count:g} turns")
    return int(count)


def _centre_by_radius(
    here: tuple[float, float], there: tuple[float, float], radius: float, *, clockwise: bool
) -> tuple[float, float]:
    """The centre whose arc is the short way round, or the long one if the radius is negative."""
    apart = math.dist(here, there)
    if apart <= SAME_POINT:
        raise CurveError("arc_radius", "R cannot say which full circle is meant")
    half, size = apart / 2, abs(radius)
    if half > size * 1.001 + 0.01:
        raise CurveError("arc_radius", "R is too short to join the arc's ends")
    height = math.sqrt(max(0.0, size * size - half * half))
    left = ((here[1] - there[1]) / apart, (there[0] - here[0]) / apart)  # of the way there
    side = -height if clockwise is (radius > 0) else height
    return (
        (here[0] + there[0]) / 2 + side * left[0],
        (here[1] + there[1]) / 2 + side * left[1],
    )


def bezier(start: Point, end: Point, words: Mapping[str, float]) -> list[Point]:
    """G5: I, J from the start to the first control point, P, Q from the end to the second."""
    controls = (
        start,
        (start[0] + words.get("I", 0.0), start[1] + words.get("J", 0.0)),
        (end[0] + words["P"], end[1] + words["Q"]),
        end,
    )
    points: list[Point] = []
    for n in range(1, BEZIER_CHORDS):
        t = n / BEZIER_CHORDS
        weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
        x, y = (sum(w * c[k] for w, c in zip(weights, controls, strict=True)) for k in (0, 1))
        points.append((x, y, start[2] + (end[2] - start[2]) * t))
    return [*points, end]
