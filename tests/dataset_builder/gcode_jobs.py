"""A benign print job to transform, and the fast path in one call.

The base job is an L-shaped bracket with skirt, two walls and infill, described as steps so that it
can be written in many dialects of one meaning.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dataset_builder.errors import EmptyToolpath, ReadError
from dataset_builder.geometry.toolpath import SEGMENT
from dataset_builder.readers.gcode.findings import Findings
from dataset_builder.readers.gcode.machine import Dialect, Machine
from dataset_builder.readers.gcode.measure import Geometry, Measure
from dataset_builder.readers.gcode.scanner import Scanner

E_PER_MM = 0.0332  # 0.4 x 0.2 mm bead of 1.75 mm filament
INCH = 25.4


@dataclass(slots=True)
class FastReading:
    """What Scanner and Measure made of a text."""

    machine: Machine
    findings: Findings
    measure: Measure
    segments: NDArray[np.void]
    problem: ReadError | None

    @property
    def outcome(self) -> str:
        return self.problem.outcome if self.problem else "ok"

    @property
    def flags(self) -> set[str]:
        return self.findings.flags | ({self.problem.flag} if self.problem else set())

    @property
    def geometry(self) -> Geometry:
        geometry = self.measure.geometry()
        assert geometry is not None, f"nothing is printed: {self.problem}"
        return geometry


def read_fast(
    text: str | bytes, *, dialect: Dialect = Dialect.MARLIN, chunk: int = 1 << 20
) -> FastReading:
    """Scan *text*, given to the scanner in pieces of *chunk* bytes."""
    data = text.encode("latin-1") if isinstance(text, str) else text
    scanner, measure, blocks = Scanner(dialect), Measure(), [np.zeros(0, SEGMENT)]
    broke_off = None
    try:
        for block in scanner.blocks(data[at : at + chunk] for at in range(0, len(data), chunk)):
            measure.add(block)
            blocks.append(block.copy())
    except ReadError as error:
        broke_off = error
    problem = broke_off or scanner.findings.problem
    if problem is None and not scanner.machine.extruding_moves:
        problem = EmptyToolpath("prints nothing")
    segments = np.concatenate(blocks)
    return FastReading(scanner.machine, scanner.findings, measure, segments, problem)


class Step(NamedTuple):
    """Go to x, y, z mm and push *e* mm of filament on the way; at rest it is a retraction."""

    x: float
    y: float
    z: float
    e: float = 0.0


L_SHAPE = ((0, 0), (20, 0), (20, 8), (8, 8), (8, 20), (0, 20))
LAYERS, LAYER_HEIGHT, RETRACTION = 6, 0.2, 0.8


def _loop(points: Sequence[tuple[float, float]], z: float) -> Iterable[Step]:
    start = points[0]
    yield Step(*start, z)
    yield Step(*start, z, RETRACTION)
    for a, b in zip(points, [*points[1:], start], strict=True):
        yield Step(*b, z, math.dist(a, b) * E_PER_MM)
    yield Step(*start, z, -RETRACTION)


def _inset(points: Sequence[tuple[float, float]], by: float) -> list[tuple[float, float]]:
    """The L shape *by* mm smaller all round; negative is larger."""
    low, high, inner = by, 20 - by, 8 - by
    new = {0: low, 20: high, 8: inner}
    return [(new[int(x)], new[int(y)]) for x, y in points]


@cache
def bracket(x: float = 100.0, y: float = 90.0, layers: int = LAYERS) -> tuple[Step, ...]:
    """An L-shaped bracket of 20 mm with its corner at *x*, *y*."""
    steps: list[Step] = []
    for layer in range(layers):
        z = (layer + 1) * LAYER_HEIGHT
        if layer == 0:
            steps += _loop(_inset(L_SHAPE, -3.0), z)
        steps += _loop(_inset(L_SHAPE, 0.2), z)
        steps += _loop(_inset(L_SHAPE, 0.6), z)
        for n in range(1, 10):
            ends = [(1.0, 2.0 * n), (19.0 if n < 4 else 7.0, 2.0 * n)][:: -1 if n % 2 else 1]
            steps += [Step(*ends[0], z), Step(*ends[0], z, RETRACTION)]
            steps.append(Step(*ends[1], z, math.dist(*ends) * E_PER_MM))
            steps.append(Step(*ends[1], z, -RETRACTION))
    return tuple(Step(s.x + x, s.y + y, s.z, s.e) for s in steps)


def number(value: float, digits: int = 5) -> str:
    """*value* in the shortest way that slicers write it."""
    text = f"{value:.{digits}f}".rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


Origin = tuple[float, float, float]
MACHINE: Origin = (0.0, 0.0, 0.0)


def words(values: Sequence[float], inch: bool = False) -> str:
    """X, Y, Z words of *values* mm, in inches if asked for."""
    unit, digits = (INCH, 8) if inch else (1.0, 6)
    return " ".join(f"{a}{number(v / unit, digits)}" for a, v in zip("XYZ", values, strict=True))


def write(
    steps: Iterable[Step],
    *,
    inch: Callable[[int], bool] = lambda layer: False,
    relative: Callable[[int], bool] = lambda layer: False,
    relative_e: Callable[[int], bool] = lambda layer: False,
    firmware_retraction: bool = False,
    origin: Callable[[int], Origin] = lambda layer: MACHINE,
    rename: Callable[[Origin, Step], str] = lambda origin, here: "",
    before_layer: Callable[[int], str] = lambda layer: "",
) -> str:
    """*steps* as a job; modes may differ from layer to layer, a layer being a run of equal z.

    origin: where the job's words put the machine's zero. rename: the command (in mm) that makes it
    so, given the origin and where the head is. before_layer: text put in front of a layer.
    """
    lines = ["M104 S210", "G90", "M82", "G92 E0"]
    here, e, layer, height, zero, inches = Step(*MACHINE), 0.0, -1, -1.0, MACHINE, False
    for step in steps:
        if step.z != height:
            height, layer, zero, inches = step.z, layer + 1, origin(layer + 1), inch(layer + 1)
            lines += ["G21", before_layer(layer), rename(zero, here)]
            lines += ["G20" if inches else "G21", "G91" if relative(layer) else "G90"]
            lines += ["M83" if relative_e(layer) else "M82\nG92 E0"]
            e = 0.0
        rest = step[:3] == here[:3]
        if rest and firmware_retraction:
            lines.append("G10" if step.e < 0 else "G11")
            continue
        e += step.e
        base = here[:3] if relative(layer) else tuple(-o for o in zero)
        line = "G1" if step.e else "G0"
        if not rest:
            line += " " + words([v - b for v, b in zip(step[:3], base, strict=True)], inches)
        if step.e:
            pushed = step.e if relative_e(layer) else e
            line += f" E{number(pushed / INCH, 8) if inches else number(pushed, 6)}"
        lines.append(line)
        here = step
    return "\n".join(line for line in [*lines, "M104 S0", "M84", ""] if line) + "\n"
