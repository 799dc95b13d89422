"""Every case of the catalogue is answered rightly, in time, and without an exception."""

from __future__ import annotations

import io
import os
import time

import numpy as np
import pytest

from dataset_builder.errors import ReadError
from dataset_builder.readers.open_job import open_job
from dataset_builder.reading import JobReading, read_job, unreadable
from tests.dataset_builder.gcode_catalogue import (
    ARCS,
    BASE,
    CANNOT,
    ERROR,
    EXTRUSION,
    FRAMES,
    LEXICAL,
    LINE_AMID,
    OK,
    Case,
    amid,
)
from tests.dataset_builder.gcode_catalogue_control import CONTROL
from tests.dataset_builder.gcode_jobs import read_fast

BASE_GEOMETRY = read_fast(BASE).geometry
CASES = [*FRAMES, *ARCS, *LEXICAL, *EXTRUSION, *CONTROL]
BUDGET_S = 5.0  # of processor time, so that a busy machine does not matter

SLOW_BYTES = int(os.environ.get("PRINTWARDEN_SLOW_BYTES", "100000"))  # 1000000 to test the claim

TERSE = [
    "%",
    "/",
    "(",
    ")",
    ";",
    "X1",
    "T9",
    "A1",
    "M6",
    "G1",
    "G9",
    "*1",
    "N1",
    "ab",
    "\0",
    "G2",
    "G5",
    "_a",
    "E1",
]

BEZIER = "G5 I1 J1 P1 Q1 X9 Y9 E9"

DEAR = ["G28", "G92", "G53 X1", "G10 L2 P1 X1", "G54", "M486 S1", "M999", "FOO",
        "G91 G1 X1", BEZIER,
        "EXCLUDE_OBJECT NAME=a", "SAVE_GCODE_STATE NAME=a", "; printing object a", ";TYPE:Skirt",
        "M117 a", "G1 X1 *1", "SDCARD_LOOP_BEGIN COUNT=1000000000", "G91\nG2 I5 E1", "G2 I9000 E1",
        "G3 I9999 P9 E1", "G2 I5 P1000000000 E1"]  # fmt: skip

NEW = ["EXCLUDE_OBJECT_START NAME=a{}", "MACRO_{}", "SAVE_GCODE_STATE NAME=a{}",
       "; printing object {}",
       "M486 S{}", "T{}", "M{}", "G{}", ";MESH:{}"]  # fmt: skip


def _many(line: str) -> str:
    count = SLOW_BYTES // (len(line) + 1)
    return "G1 X1 E1\n" + "".join(f"{line}\n".replace("{}", str(n)) for n in range(count))


ANY = (OK, CANNOT, ERROR)

SLOW = [
    *(Case(28, f"many {text!r}", _many(text), ANY, same=False) for text in [*TERSE, *DEAR, *NEW]),
    Case(28, "60,000 words after M117", "G1 X1 E1\nM117" + " a" * 60_000, (OK,), same=False),
    Case(28, "60,000 parameters", "G1 X1 E1\nSTART_PRINT" + " A=1" * 60_000, ANY, same=False),
    Case(
        28, "an endless quoted string", 'G1 X1 E1\nSTART_PRINT A="' + "x" * 900_000, ANY, same=False
    ),
]


def _read(text: str | bytes) -> tuple[JobReading, float]:
    data = text if isinstance(text, bytes) else text.encode("latin-1")
    began = time.process_time()
    try:  # anything but ReadError is a defect of ours and may escape
        with open_job(io.BytesIO(data), name="job.gcode") as job:
            reading = read_job(job)
    except ReadError as problem:
        reading = unreadable("job.gcode", problem)
    return reading, time.process_time() - began


def _assert_as_expected(case: Case) -> None:
    reading, took_s = _read(case.text)
    assert took_s < BUDGET_S
    assert len(reading.reason) < 500
    assert reading.outcome in case.outcomes, reading.reason
    assert not case.flag or case.flag in reading.flags
    if case.line is not None:
        assert reading.problem is not None
        assert reading.problem.line == case.line
    geometry = reading.geometry
    if geometry is not None:
        assert np.isfinite([*geometry.bbox, *geometry.centroid, *geometry.cov]).all()
    if case.same and reading.outcome == OK:
        assert geometry is not None
        np.testing.assert_allclose(geometry.bbox, BASE_GEOMETRY.bbox, atol=0.06)
        np.testing.assert_allclose(geometry.centroid, BASE_GEOMETRY.centroid, atol=0.06)
        assert geometry.extruded_mm == pytest.approx(BASE_GEOMETRY.extruded_mm, rel=0.01)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_catalogue(case: Case) -> None:
    _assert_as_expected(case)


@pytest.mark.parametrize("case", SLOW, ids=lambda case: case.id)
def test_a_megabyte_of_anything_is_answered_in_time(case: Case) -> None:
    _assert_as_expected(case)


def test_every_row_of_the_catalogue_has_cases() -> None:
    assert {case.row for case in CASES} == set(range(13, 43))


def test_a_job_cut_in_a_line_cannot_be_analysed() -> None:
    reading, _ = _read(BASE[: BASE.index("X", len(BASE) // 2) + 4])
    assert "truncated" in reading.flags
    assert reading.outcome == CANNOT


def test_a_job_appended_to_itself_is_flagged() -> None:
    assert _read(BASE)[0].flags == set()
    assert _read(BASE + BASE)[0].flags


def test_an_inserted_line_is_where_errors_point() -> None:
    assert amid("@").split("\n")[LINE_AMID - 1] == "@"
