"""Benign print jobs to transform, random programs, and the fast path in one call.

The base job is an L-shaped bracket with skirt, two walls and infill, described as steps so that it
can be written in many dialects of one meaning.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, reduce
from operator import xor
from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st
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


# ---- the base job


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


# ---- random programs


def _numbers(low: float, high: float) -> st.SearchStrategy[str]:
    return st.one_of(
        st.floats(low, high).map(lambda v: f"{v:.3f}"),
        st.integers(int(low), int(high)).map(str),
        st.floats(0, high).map(lambda v: f"+{v:.2f}"),
        st.floats(0.001, 0.999).map(lambda v: f"{v:.3f}".removeprefix("0")),
        st.integers(0, int(high)).map("{}.".format),
    )


coordinates, small, feeds = _numbers(-90, 90), _numbers(-9, 9), _numbers(0, 2)


@st.composite
def _words(draw: st.DrawFn, letters: str, value: st.SearchStrategy[str], least: int = 0) -> str:
    chosen = draw(st.permutations(letters))[: draw(st.integers(least, len(letters)))]
    gap = draw(st.sampled_from([" ", " ", "", "  ", "\t"]))
    return gap + gap.join(f"{letter}{draw(value)}" for letter in chosen)


@st.composite
def _moves(draw: st.DrawFn) -> str:
    code = draw(st.sampled_from(["G0", "G1", "G1", "g1", "G01", "", "G1 "]))
    return code + draw(_words("XYZ", coordinates, 1)) + draw(_words("EF", feeds))


@st.composite
def _arcs(draw: st.DrawFn) -> str:
    """An arc whose end is on its circle, in relative words around it: always possible."""
    code, turn = draw(st.sampled_from(["G2", "G3"])), draw(st.integers(1, 71)) * math.pi / 36
    first, second = draw(st.sampled_from([("X", "Y"), ("Z", "X"), ("Y", "Z")]))
    plane = {"XY": "G17", "ZX": "G18", "YZ": "G19"}[first + second]
    radius, begin = draw(st.floats(0.3, 60)), draw(st.integers(0, 71)) * math.pi / 36
    i, j = -radius * math.cos(begin), -radius * math.sin(begin)
    sign = -1 if code == "G2" else 1
    a = radius * math.cos(begin + sign * turn) + i
    b = radius * math.sin(begin + sign * turn) + j
    centre = dict(zip("XYZ", "IJK", strict=True))
    words = [f"{first}{a:.5f}", f"{second}{b:.5f}"]
    kind = draw(st.sampled_from(["centre", "radius", "circle"]))
    if kind == "radius" and radius * math.sin(turn / 2) > 0.05:  # R needs ends that are apart
        words.append(f"R{radius if turn < math.pi else -radius:.5f}")
    else:
        words += [f"{centre[first]}{i:.5f}", f"{centre[second]}{j:.5f}"]
        words = words[2:] if kind == "circle" else words
        words += [f"P{draw(st.integers(0, 3))}"] if draw(st.booleans()) else []
    third = ({*"XYZ"} - {first, second}).pop()
    words += [f"{third}{draw(small)}"] if draw(st.booleans()) else []
    line = " ".join([code, *draw(st.permutations(words)), f"E{draw(st.floats(0.01, 1)):.4f}"])
    return f"G91\nM83\n{plane}\n{line}\nG90\nG17"


def _one_of(*lines: str) -> st.SearchStrategy[str]:
    return st.sampled_from(lines)


modes = _one_of("G20", "G21", "G90", "G91", "M82", "M83", "G17", "G18", "G19")
positions = st.one_of(
    _words("XYZE", small).map("G92{}".format),
    _one_of("G92", "G92 E", "G92 X Y", "G92.1", "G92.2", "G28", "G28 X", "G28 Z0", "g28 x y"),
)
workspaces = st.one_of(
    _one_of("G54", "G55", "G59", "G59.1", "G59.3"),
    st.builds("G10 L{} P{}{}".format, st.sampled_from([2, 20]), st.integers(1, 9),
              _words("XYZ", small, 1)),
    _words("XYZ", small, 1).map("G52{}".format),
    st.builds("G53 G1{}{}".format, _words("XYZ", coordinates, 1), _words("E", feeds)),
)  # fmt: skip
klipper = st.one_of(
    st.builds("SET_GCODE_OFFSET {}={}{}".format,
              st.sampled_from(["X", "Y", "Z", "X_ADJUST", "Z_ADJUST"]), st.integers(-5, 5),
              st.sampled_from(["", " MOVE=1", " MOVE=0"])),
    _one_of("SAVE_GCODE_STATE NAME=a", "SAVE_GCODE_STATE NAME=b", "EXCLUDE_OBJECT NAME=cup",
            "EXCLUDE_OBJECT_START NAME=cup", "EXCLUDE_OBJECT_END", "START_PRINT BED=60"),
)  # fmt: skip
extrusion = _one_of(
    "T0", "T1", "T31", "T99", "M221 S0", "M221 S100", "M221 S50", "M200 D1.75", "M200 D0",
    "M104 S210", "M104 S0", "M109 R200", "G10", "G11", "M486 S1", "M486 S-1", "M486 P1",
    "G1 E-2 F1800", "G1 E2", "G1 E1",
)  # fmt: skip
inert = _one_of(
    "", "%", "; words G1 X9 E9", "(G1 X9 E9)", "M117 G1 X9 E9", "G4 P100", "M106 S255", "M9999",
    "M105", "G29", "M862.3 P \"MK3S\"", ";TYPE:External perimeter", ";TYPE:Skirt", "G80",
)  # fmt: skip
beziers = st.builds(
    "G5 I{0} J{1} P{2} Q{3} X{4} Y{5} E30".format, *(st.integers(-9, 9) for _ in range(4)),
    *(st.integers(20, 80) for _ in range(2)),
)  # fmt: skip


def _checked(line: str, number: int, wrong: int) -> str:
    numbered = f"N{number} {line}"
    return f"{numbered}*{reduce(xor, numbered.encode('latin-1')) + wrong}"


def _dressed_lines(lines: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Lines with a comment, a line number or a checksum: no different meaning."""
    plain = st.builds(
        str.format, _one_of("{}", "{}", "{} ; E9", "(a) {}", "  {}", "{} (b) ", "n7 {}"), lines
    )
    one_line = lines.filter(lambda text: not {*"\n;("} & {*text} and not text.startswith("M117"))
    checked = st.builds(_checked, one_line, st.integers(0, 9999), st.sampled_from([0, 0, 1]))
    return st.one_of(lines, plain, checked)


plain_lines = st.one_of(_moves(), _moves(), _moves(), modes, positions, inert, extrusion, _arcs())
rare_lines = st.one_of(plain_lines, plain_lines, workspaces, klipper)


def programs(
    lines: st.SearchStrategy[str], *, longest: int = 40, dressed: bool = True
) -> st.SearchStrategy[str]:
    """Jobs of random lines that begin with a bead, so that they are never empty."""
    texts = st.lists(_dressed_lines(lines) if dressed else lines, max_size=longest)
    ends = st.sampled_from(["\n", "\n", "\r\n", "\r", "\r\r\n"])
    return st.builds(
        lambda some, end: "\n".join(["G28", "G1 X1 E1", *some, ""]).replace("\n", end), texts, ends
    )
