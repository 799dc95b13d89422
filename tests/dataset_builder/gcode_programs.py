"""Random programs in the grammar of docs/gcode.md, for Hypothesis."""

from __future__ import annotations

import math
from functools import reduce
from operator import xor

from hypothesis import strategies as st


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
