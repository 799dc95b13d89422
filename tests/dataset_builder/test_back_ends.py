"""The C and the NumPy back end are one reader: same segments, same counters, same complaints."""

from __future__ import annotations

import gzip
import itertools
import time
from pathlib import Path

import numpy as np
import pytest

from dataset_builder.kernel.library import library
from dataset_builder.readers.gcode import kernel_numpy, motion_numpy
from dataset_builder.readers.gcode.comments import meaning
from dataset_builder.readers.gcode.kernel_numpy import NumpyBackend
from dataset_builder.readers.gcode.machine import Dialect
from dataset_builder.readers.gcode.numbers_numpy import PADDING, Text, read_numbers
from tests.dataset_builder.gcode_jobs import bracket, write
from tests.fuzz.back_ends import WHOLE, compare, disagreements, program, read

needs_kernel = pytest.mark.skipif(library() is None, reason="the kernel is not built")

ONE_LINE_OF_EACH_ARC = b"""M83
G1 X0 Y0 Z1 E1
G2 X10 Y10 I5 J5 E1
G3 X0 Y0 I-5 J-5 Z2 E1
G2 I3 J0 E2
G2 X1 Y1 I300 J0 E1
G3 X10 Y0 R6 E1
X20 Y0 I5 J0 E1
G1 X0
"""


@needs_kernel
@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize("seed", range(40))
def test_back_ends_agree_on_random_programs(seed: int, dialect: Dialect) -> None:
    assert compare(program(seed), dialect, (WHOLE, 1000, 64, 7)[seed % 4]) == []


@needs_kernel
@pytest.mark.parametrize(
    ("page", "chords", "block"), [(64, 32_768, 16_384), (1 << 18, 40, 16_384), (300, 200, 10)]
)
def test_no_page_or_block_size_changes_what_is_read(monkeypatch, page, chords, block) -> None:
    monkeypatch.setattr(kernel_numpy, "PAGE_BYTES", page)
    monkeypatch.setattr(kernel_numpy, "BLOCK", block)
    monkeypatch.setattr(motion_numpy, "MAX_SEGMENTS", chords)
    for seed in range(1000, 1010):
        assert compare(program(seed), Dialect.MARLIN, WHOLE) == []


@needs_kernel
def test_back_ends_agree_on_every_real_job(shared_data: Path) -> None:
    jobs = [path for path in shared_data.glob("gcode/*") if path.suffix in {".gz", ".gcode", ".g"}]
    assert jobs
    for path in jobs:
        text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        assert compare(text[: 1 << 20], Dialect.MARLIN, 1 << 18) == [], path.name


@needs_kernel
@pytest.mark.parametrize(
    "text",
    [
        ONE_LINE_OF_EACH_ARC,
        ONE_LINE_OF_EACH_ARC.replace(b"\n", b"\r"),
        b"G20\nG91\nM83\n" + b"G1 X.1 Y-.2 E.03\n" * 50 + b"G90\nG1 X1 Y1 E1\n",
        b"M82\nG1 X1 E1\nG92 E0\nG1 X2 E1\nG92 X0 E5\nG91\nG1 X3 E.5\nG90\nG92 X7\nG1 X7 E9\n",
        b"M83\nG1 E-1\nG1 X1\nG1 E3\nG1 X2\nG1 E.003\nG1 X3\nG1 E.003\nG1 X4\nG1 X5 E1\nG1 E1",
        b"G1 X1 E1\nG28\nG1 X2 E2\nG28 X\nG1 X3 E3\nG54\nG1 Y1 E4\n" * 30,
        b"G1 X1 E1\nM104 S200\n;TYPE:Skirt\nG1 X2 E2\nM486 S1\n" * 30,
        b"G1 X100001 E1\n" * 200,
        b"G1 X1 E200000\nG1 X2 E1\nG1 X3 E2",
        b"N1 G1 X1 E1*97\nN2 G1 X2 E2*1\nN3\n  N4 M105*1\nN5 G1 X3 E3 ;c\n",
        b"G1 X 12345678.123456789 \nG1 X0000000000012.5 E1\nG1 Y+1.50000000000000 E2\nX1e1\nX1 E 3",
        b"",
        b"\n",
        b"\r\r\r\r\n\r",
        b"G1 X1 E1" + b" " * 400 + b"Y2\nG1" + b" " * 80 + b"X2 E2\n",
    ],
)
def test_back_ends_agree_on(text: bytes) -> None:
    for chunk, dialect in itertools.product((WHOLE, 3), Dialect):
        assert compare(text, dialect, chunk) == []


def test_chunks_do_not_change_what_numpy_reads() -> None:
    text = write(bracket()).encode()
    whole = read(text, NumpyBackend(), Dialect.MARLIN)
    for chunk in (17, 256, 4096):
        assert disagreements(whole, read(text, NumpyBackend(), Dialect.MARLIN, chunk)) == []


def test_numbers_are_read_as_python_reads_them() -> None:
    wholes = ("", "0", "7", "42", "1234567", "12345678", "123456789", "000000000000012")
    parts = ("", ".", ".5", ".0625", ".1234567", ".12345678", ".123456789012")
    words = [s + w + p for s in ("", "-", "+") for w in wholes for p in parts]
    text = "X" + "X".join(words) + "X"
    at = np.flatnonzero(np.frombuffer(text.encode(), np.uint8) == ord("X"))[:-1] + 1
    numbers = read_numbers(Text(text.encode() + PADDING), at)
    for k, word in enumerate(words):
        digits = sum(c.isdigit() for c in word)
        assert numbers.good[k] == (0 < digits <= 18), word
        if numbers.good[k]:
            assert (numbers.value[k], numbers.end[k]) == (float(word), at[k] + len(word)), word


def test_comments_mean_what_they_start_with_or_are() -> None:
    assert meaning(b" printing object cup id:0") is meaning(b"MESH:cup")
    assert meaning(b"TYPE:Skirt ") == meaning(b"'Skirt Path', 1.2 [feed mm/s]") != meaning(b"TYPE")
    assert meaning(b"TYPE:Skirt and more") is None
    assert meaning(b"LAYER:12") is meaning(b"LAYER_CHANGE") is not None


HOSTILE = {
    "extruder modes flip on every line": b"M82\nG1 X1.25 Y2.5 E1.125\nM83\nG1 X2.5 Y1.25 E.25\n",
    "modes flip on every line": b"G91\nG1 X1.25 E.125\nG90\nG1 X2.5 Y1.25 E.25\n",
    "units flip on every line": b"G20\nG1 X1.25 Y2.5 E1.125\nG21\nG1 X2.5 Y1.25 E1.25\n",
    "tools change on every other line": b"T0\nG1 X1.25 Y2.5 E1.125\nT1\nG1 X2.5 Y1.25 E1.25\n",
    "features change on every other line": b";TYPE:Skirt\nG1 X1.25 E1\n;TYPE:Support\nG1 X2 E2\n",
    "G92 on every other line": b"G92 X0 E0\nG1 X1.25 E1.25\nG92 X1\nG1 X2.5 E2\n",
    "filament oozes on every other line": b"G1 E1.25\nG1 X1.25 Y3.75\nG92 E0\nG1 E2.5\nG1 X2 Y2\n",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_file_is_a_cliff(text: bytes) -> None:
    """Compared with a plain file, so that a slow or busy machine does not matter."""
    plain = b"G1 X1.25 Y2.5 E1.125\nG1 X2.5 Y1.25 E1.25\n"
    assert _seconds(text) < 8 * _seconds(plain)


def _seconds(text: bytes, size: int = 1 << 20) -> float:
    """CPU time to read *size* bytes of *text* over and over; the better of two."""
    repeated, spent = text * (size // len(text)), []
    for _ in range(2):
        start = time.process_time()
        read(repeated, NumpyBackend(), Dialect.MARLIN)
        spent.append(time.process_time() - start)
    return min(spent)
