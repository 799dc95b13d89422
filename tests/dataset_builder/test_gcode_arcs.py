"""Arcs print what the fine polylines print that they stand for, in every plane and notation."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dataset_builder.readers.gcode.machine import Dialect
from dataset_builder.readers.gcode.measure import Geometry
from tests.dataset_builder.gcode_jobs import INCH, number, read_fast

CENTRE, RADIUS, FLOORS = (40.0, 50.0), 12.0, (0.4, 0.8)
PLANES = {"G17": "XYZ", "G18": "ZXY", "G19": "YZX"}  # first, second and third axis
CENTRE_WORDS = dict(zip("XYZ", "IJK", strict=True))
QUARTER = math.pi / 2


def _at(angle: float) -> tuple[float, float]:
    return CENTRE[0] + RADIUS * math.cos(angle), CENTRE[1] + RADIUS * math.sin(angle)


class Ring:
    """A tower of rings about CENTRE, in a plane, turning one way, in mm or inches."""

    def __init__(self, plane: str, clockwise: bool, inch: bool) -> None:
        self.axes, self.sign = PLANES[plane], -1 if clockwise else 1
        self.unit, self.code = INCH if inch else 1.0, "G2" if clockwise else "G3"
        self.lines = [plane, "G20" if inch else "G21", "G90", "M83"]

    def words(self, names: str, *values: float) -> str:
        return " ".join(
            f"{n}{number(v / self.unit, 8)}" for n, v in zip(names, values, strict=True)
        )

    def travel(self, angle: float, third: float) -> None:
        self.lines.append("G0 " + self.words(self.axes, *_at(angle), third))

    def arc(self, start: float, turn: float, third: float | None = None, *, how: str) -> None:
        """From *start* by *turn* radians, rising to *third* on the way."""
        end, begin = _at(start + self.sign * turn), _at(start)
        words = [self.words(self.axes[:2], *end)]
        if how == "R":
            words.append(self.words("R", RADIUS if turn < math.pi else -RADIUS))
        else:
            names = "".join(CENTRE_WORDS[axis] for axis in self.axes[:2])
            words.append(self.words(names, CENTRE[0] - begin[0], CENTRE[1] - begin[1]))
        if how == "full":
            words = words[1:]
        if how == "P":
            words.append("P2")
        words += [self.words(self.axes[2], third)] if third is not None else []
        self.lines.append(f"{self.code} {' '.join(words)} E{turn / self.unit:.8f}")

    def polyline(self, start: float, turn: float, low: float, high: float) -> None:
        """The same drawn finely."""
        pieces = math.ceil(turn / 0.005)
        for n in range(1, pieces + 1):
            at = _at(start + self.sign * turn * n / pieces)
            words = self.words(self.axes, *at, low + (high - low) * n / pieces)
            self.lines.append(f"G1 {words} E{turn / pieces / self.unit:.8f}")

    def geometry(self, dialect: Dialect = Dialect.MARLIN) -> Geometry:
        reading = read_fast("\n".join([*self.lines, ""]), dialect=dialect)
        assert reading.outcome == "ok", reading.problem
        assert ("arc_plane" in reading.flags) == (
            self.lines[0] != "G17" and any(line.startswith(("G2 ", "G3 ")) for line in self.lines)
        )
        return reading.geometry


def _assert_equal(arcs: Geometry, lines: Geometry) -> None:
    np.testing.assert_allclose(arcs.bbox, lines.bbox, atol=0.01)
    np.testing.assert_allclose(arcs.centroid, lines.centroid, atol=0.01)
    np.testing.assert_allclose(arcs.cov, lines.cov, atol=0.01 + 1e-3 * max(lines.cov[:3]))
    assert arcs.extruded_mm == pytest.approx(lines.extruded_mm, rel=1e-3)
    assert arcs.filament_mm == pytest.approx(lines.filament_mm, rel=1e-4)


every_way = pytest.mark.parametrize("plane", PLANES)
either_turn = pytest.mark.parametrize("clockwise", [False, True], ids=["G3", "G2"])
either_unit = pytest.mark.parametrize("inch", [False, True], ids=["mm", "inch"])


@every_way
@either_turn
@either_unit
@pytest.mark.parametrize("how", ["IJ", "R"])
@pytest.mark.parametrize("turn", [QUARTER / 9, QUARTER, 2.2 * QUARTER, 3.5 * QUARTER])
def test_arcs_print_what_fine_polylines_print(turn, how, inch, clockwise, plane) -> None:
    arcs, lines = Ring(plane, clockwise, inch), Ring(plane, clockwise, inch)
    for floor in FLOORS:
        for start in (0.0, 0.7, 2.5, 4.0):
            arcs.travel(start, floor)
            arcs.arc(start, turn, how=how)
            lines.travel(start, floor)
            lines.polyline(start, turn, floor, floor)
    _assert_equal(arcs.geometry(), lines.geometry())


@every_way
@either_turn
@either_unit
def test_coinciding_ends_are_a_full_circle(inch, clockwise, plane) -> None:
    arcs, lines = Ring(plane, clockwise, inch), Ring(plane, clockwise, inch)
    for floor, how in zip(FLOORS, ["full", "IJ"], strict=True):
        arcs.travel(0.3, floor)
        arcs.arc(0.3, 2 * math.pi, how=how)
        lines.travel(0.3, floor)
        lines.polyline(0.3, 2 * math.pi, floor, floor)
    _assert_equal(arcs.geometry(), lines.geometry())


@every_way
@either_turn
@pytest.mark.parametrize("turn", [QUARTER, 3 * QUARTER, 4 * QUARTER])
def test_a_third_axis_makes_a_helix(turn, clockwise, plane) -> None:
    arcs, lines = Ring(plane, clockwise, False), Ring(plane, clockwise, False)
    for ring in (arcs, lines):
        ring.travel(1.0, 0.4)
    arcs.arc(1.0, turn, 3.0, how="IJ")
    lines.polyline(1.0, turn, 0.4, 3.0)
    _assert_equal(arcs.geometry(), lines.geometry())


@either_turn
@pytest.mark.parametrize("turn", [QUARTER, 3 * QUARTER])
def test_p_adds_whole_turns(turn, clockwise) -> None:
    arcs, lines = Ring("G17", clockwise, False), Ring("G17", clockwise, False)
    for ring in (arcs, lines):
        ring.travel(1.0, 0.4)
    arcs.arc(1.0, turn, how="P")
    arcs.lines[-1] = arcs.lines[-1].partition("E")[0] + f"E{turn + 4 * math.pi:.6f}"
    lines.polyline(1.0, turn + 4 * math.pi, 0.4, 0.4)
    _assert_equal(arcs.geometry(), lines.geometry())


def test_klipper_turns_the_xz_plane_the_other_way_round() -> None:
    klipper, marlin = Ring("G18", False, False), Ring("G18", True, False)
    for ring in (klipper, marlin):
        ring.travel(1.0, 0.4)
        ring.lines.append(
            f"{ring.code} {ring.words('ZX', *_at(1.0 - QUARTER))} "
            f"{ring.words('KI', CENTRE[0] - _at(1.0)[0], CENTRE[1] - _at(1.0)[1])} E1"
        )
    _assert_equal(klipper.geometry(Dialect.KLIPPER), marlin.geometry())


def test_an_arc_after_relative_moves_still_has_its_centre_from_its_start() -> None:
    text = "G91\nM83\nG0 X30 Y30\nG3 X-10 Y10 I-10 J0 E1\n"
    assert read_fast(text).geometry.bbox == pytest.approx((20, 30, 0, 30, 40, 0), abs=1e-4)


@pytest.mark.parametrize("slack", [0.0, 0.05, 0.09])
def test_an_end_off_the_circle_by_a_tenth_of_a_millimetre_is_forgiven(slack: float) -> None:
    reading = read_fast(f"G0 X10\nG3 X0 Y{10 + slack} I-10 E1\n")
    assert reading.outcome == "ok"
    assert reading.geometry.extruded_mm == pytest.approx(10 * QUARTER, abs=0.2)
