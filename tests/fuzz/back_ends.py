"""Random G-code, read by the C and by the NumPy back end: they must agree on everything.

Run it for as long as there is time: python -m tests.fuzz.back_ends --seconds 600
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Iterator
from functools import reduce
from operator import xor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataset_builder.errors import ReadError
from dataset_builder.geometry.toolpath import SEGMENT
from dataset_builder.readers.gcode.backend import Backend
from dataset_builder.readers.gcode.kernel_c import CBackend
from dataset_builder.readers.gcode.kernel_numpy import NumpyBackend
from dataset_builder.readers.gcode.machine import Dialect, Machine
from dataset_builder.readers.gcode.scanner import Scanner

EXACT = ("line", "tool", "feature", "object", "state")
APART_MM = 1e-4  # float32 at 1 m
WHOLE = 1 << 30

Reals = NDArray[np.floating[Any]]
Reading = tuple[Scanner, NDArray[np.void], str]


def read(text: bytes, backend: Backend, dialect: Dialect, chunk: int = WHOLE) -> Reading:
    """The scanner when it is done, the segments, and what stopped it, if anything."""
    scanner, blocks, stopped = Scanner(dialect, backend), [np.zeros(0, SEGMENT)], ""
    try:
        for block in scanner.blocks(text[at : at + chunk] for at in range(0, len(text), chunk)):
            blocks.append(block.copy())
    except ReadError as error:
        stopped = repr(error)
    return scanner, np.concatenate(blocks), stopped


def disagreements(a: Reading, b: Reading) -> list[str]:
    """Where two readings of one text differ; empty when they agree."""
    found = []
    for name, _ in Machine._fields_:
        x, y = _plain(a[0].machine, name), _plain(b[0].machine, name)
        if not np.allclose(x, y, rtol=1e-9, atol=1e-6):
            found.append(f"machine.{name}: {x} != {y}")
    if a[2] != b[2]:
        found.append(f"{a[2]} != {b[2]}")
    if _told(a) != _told(b):
        found.append(f"findings: {set(_told(a)) ^ set(_told(b))}")
    ours, theirs = a[1], b[1]
    if len(ours) != len(theirs):
        return [*found, f"{len(ours)} segments != {len(theirs)}"]
    found += [name for name in EXACT if (ours[name] != theirs[name]).any()]
    found += [name for name in ("start", "end") if _apart(ours[name], theirs[name], APART_MM)]
    # by line: a kernel shares filament out over chords equally, the interpreter by length
    a_line, another = _filament_by_line(ours), _filament_by_line(theirs)
    if _apart(a_line, another, 1e-6 + 1e-5 * a_line):
        found.append("filament")
    return found


def compare(text: bytes, dialect: Dialect, chunk: int) -> list[str]:
    """Disagreements of the C back end, given all of *text*, and the NumPy one, given chunks."""
    whole = read(text, CBackend(), dialect)
    return disagreements(whole, read(text, NumpyBackend(), dialect, chunk))


def _plain(machine: Machine, name: str) -> list[float]:
    return [float(value) for value in np.ravel(getattr(machine, name))]


def _filament_by_line(segments: NDArray[np.void]) -> NDArray[np.float64]:
    return np.bincount(segments["line"], segments["filament"]).astype(np.float64)


def _told(reading: Reading) -> list[str]:
    findings = reading[0].findings
    return [*map(str, findings.warnings), str(findings.problem), *sorted(findings.flags)]


def _apart(a: Reals, b: Reals, by: float | Reals) -> bool:
    return bool((np.abs(a.astype(np.float64) - b) > by).any())


# ---- programs

PLAIN = (
    ["G90", "G91", "M82", "M83", "G20", "G21", "T0", "T1", "t3", "G10", "G11", "G17"]
    + ["G92 E0", "G92 X0 Y0", "G92 Z1.5 E2", "g92x1", "M104 S0", "M109 S210", "M73 P5", "G4 P10"]
    + ["", " ", "\t", ";", "; TYPE:Skirt", ";TYPE:Perimeter", "; FEATURE: Outer wall", ";LAYER:3"]
    + ["; 'Loop Path', 1.2", ";LAYER_CHANGE", ";MESH:cup", "; printing object a id:0", "M107 hi;!"]
)
RARE = (
    ["G28", "G28 X", "G92", "G92 E", "G18", "G19", "G53 G1 X3 E1", "G54", "G55", "G10 L20 P1 X2"]
    + ["G52 X1", "G92.1", "T99", "T31", "T32", "M200 D1.75", "M200 D0", "M221 S0", "M221 S100"]
    + ["M486 S1", "M486 S-1", "EXCLUDE_OBJECT_START NAME=a", "EXCLUDE_OBJECT NAME=a", "START_PRINT"]
    + ["SAVE_GCODE_STATE NAME=s", "RESTORE_GCODE_STATE NAME=s MOVE=1", "M302 P1", "M104 T1 S0"]
    + [
        "SET_GCODE_OFFSET Z=0.2 MOVE=1",
        "M98 P/x",
        "G5 X1 I1 J1 P1 Q1 E1",
        "G2 X5 R3 E1",
        "%",
        "/G1",
    ]
    + [
        "G1 X",
        "G1 X1 X2",
        "G1 X1e4",
        "G1e5",
        "G1 X--1",
        "G1 X1.2.3",
        "G1 X1,5",
        "G1 X0x10",
        "G 1 X1",
    ]
    + [
        "G1 X{a}",
        "G1 X123456",
        "G1 X1234567890123456789",
        "G1 E200000",
        "N G1 X1",
        "N5",
        "N6 ;x",
        "X",
    ]
    + [
        "G1 X1 (a) E1",
        "(only)",
        "G1 X1 E1 (b)",
        "G1 X1 I2",
        "G2 X1",
        "G3 X1 Y1 I50",
        "G1.5 X1",
        "M1001",
    ]
    + [
        "G1 X\xff",
        "G1 X1\x00",
        "N3 G1 X1*99",
        "G1 X1*3",
        "N4 M117 a*b",
        "g1 x1 y1e2",
        "G01 X2 E.1",
        "U1",
    ]
    + [
        "G1 U5",
        "G1 A2",
        "G1 X1 B3",
        "G1 X1 M",
        "G1 X1 T1",
        "G90 G1 X3",
        "G1 X1 ;" + "c" * 100,
        "M117 " + "w" * 100,
        "\ufeff",
        "*5",
        "12 G1",
    ]
)
ENDS = ("\n",) * 12 + ("\r\n", "\r\n", "\r", "\r\r\n", "\r\r\r\r\n", "\n\n", "\n\r")


def program(seed: int) -> bytes:
    """A random program; one in four has a few bytes of it spoiled."""
    rng = random.Random(seed)
    rare = rng.choice((0.0, 0.02, 0.2))
    modes = rng.choice((0.02, 0.1, 0.5))
    end = rng.choice(ENDS)
    lines = []
    for _ in range(rng.choice((3, 30, 300))):
        draw = rng.random()
        if draw < rare:
            line = rng.choice(RARE)
        elif draw < rare + modes:
            line = rng.choice(PLAIN)
        else:
            line = _move(rng)
        lines.append(_dressed(rng, line) + (end if rng.random() < 0.95 else rng.choice(ENDS)))
    text = "".join(lines).encode("latin-1", "replace")
    return _spoiled(rng, text) if rng.random() < 0.25 else text


def _move(rng: random.Random) -> str:
    code = rng.choice(("G1", "G1", "G1", "G0", "G2", "G3", "g1", "G01", ""))
    if code in {"G2", "G3"}:
        return f"{code}{_arc(rng)}"
    letters = [letter for letter in "XYZEF" if rng.random() < 0.5]
    rng.shuffle(letters)
    space = rng.choice(("", " ", " ", " ", "  ", "\t"))
    words = [f"{letter}{rng.choice(('', '', '', ' '))}{_number(rng)}" for letter in letters]
    text = code + space + space.join(words)
    return text.lower() if rng.random() < 0.05 else text


def _arc(rng: random.Random) -> str:
    """Mostly with an end on its circle."""
    i, j = (rng.randrange(-4, 5) / 2 for _ in "IJ")
    ends = rng.choice((" ", f" X{2 * i} Y{2 * j}", f" X{i + j} Y{j - i}", f" X{_number(rng)}"))
    extra = rng.choice(("", f" Z{_number(rng)}", f" F{_number(rng)}"))
    return f"{ends} I{i} J{j}{extra} E{_number(rng)}"


def _number(rng: random.Random) -> str:
    value = rng.choice((0, 0, 1, -1, 0.5, rng.uniform(-9, 9), rng.uniform(-300, 300)))
    text = f"{value:.{rng.choice((0, 1, 3, 3, 5))}f}"
    style: Callable[[str], str] = rng.choice(
        (str, str, str, str.strip, _short, lambda t: f"+{t}".replace("+-", "-"), _padded)
    )
    return style(text)


def _short(text: str) -> str:
    return (
        text.replace("0.", ".", 1)
        if text.startswith(("0.", "-0."))
        else text + "."[: "." not in text]
    )


def _padded(text: str) -> str:
    return f"{text}{'0' * 8}" if "." in text else f"0000{text}"


def _dressed(rng: random.Random, line: str) -> str:
    draw = rng.random()
    if draw < 0.05:
        line = f"N{rng.randrange(9999)} {line}"
        sum_ = reduce(xor, line.encode("latin-1", "replace"), 0)
        return f"{line}*{sum_ ^ (rng.random() < 0.2)}" if draw < 0.04 else line
    if draw < 0.1:
        return line + rng.choice((";c", " ; TYPE:Skirt", "  ", " (c)", "\t;*4", " ;(", ")"))
    return rng.choice((" ", "\t", "    ")) + line if draw < 0.15 else line


def _spoiled(rng: random.Random, text: bytes) -> bytes:
    spoiled = bytearray(text)
    for _ in range(rng.randrange(1, 9)):
        if spoiled:
            spoiled[rng.randrange(len(spoiled))] = rng.choice(
                (rng.randrange(256), *b"\r\n;(*eN.-+ ")
            )
    return bytes(spoiled)


def shrunk(text: bytes, dialect: Dialect, chunk: int) -> bytes:
    """*text* without the lines that are not needed for the back ends to disagree."""
    lines = text.splitlines(keepends=True)
    size = len(lines) // 2
    while size:
        at = 0
        while at < len(lines):
            fewer = lines[:at] + lines[at + size :]
            if compare(b"".join(fewer), dialect, chunk):
                lines = fewer
            else:
                at += size
        size //= 2
    return b"".join(lines)


def search(seeds: Iterator[int]) -> Iterator[tuple[bytes, str]]:
    """Programs the back ends disagree on, and how."""
    for seed in seeds:
        rng = random.Random(~seed)
        text, dialect = program(seed), rng.choice(list(Dialect))
        chunk = rng.choice((WHOLE, 7, 64, 1000))
        if compare(text, dialect, chunk):
            text = shrunk(text, dialect, chunk)
            found = compare(text, dialect, chunk)
            yield text, f"seed {seed}, {dialect.value}, chunks of {chunk}: {found}"


def main() -> int:
    """Search; leave the first program found in back_ends_disagree.gcode."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000_007)
    options = parser.parse_args()
    deadline = time.monotonic() + options.seconds
    tried = 0

    def seeds() -> Iterator[int]:
        nonlocal tried
        while time.monotonic() < deadline:
            yield options.seed + tried
            tried += 1

    for text, how in search(seeds()):
        Path("back_ends_disagree.gcode").write_bytes(text)
        sys.stderr.write(f"{how}\n")
        return 1
    sys.stdout.write(f"{tried} programs from seed {options.seed} on: no disagreement\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
