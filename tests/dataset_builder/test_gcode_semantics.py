"""docs/gcode.md, sentence by sentence: short programs and what must be laid down."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dataset_builder.geometry.toolpath import Feature, SegmentState
from dataset_builder.readers.gcode.machine import Dialect
from dataset_builder.readers.gcode.reference import read_reference
from tests.dataset_builder.gcode_jobs import read_fast

Ends = list[tuple[float, float, float]]
MOTION: dict[str, tuple[str, Ends]] = {  # program -> the ends of its beads
    "straight": ("G1 X10 Y5 E1", [(10, 5, 0)]),
    "G0 extrudes too": ("G0 X10 E1", [(10, 0, 0)]),
    "travel lays nothing down": ("G1 X10\nG1 X20 E1", [(20, 0, 0)]),
    "E must rise": ("G1 X10 E1\nG1 X20 E1\nG1 X30 E0.5\nG1 X40 E1", [(10, 0, 0), (40, 0, 0)]),
    "a rise of 5e-8 is none": ("G1 X5 E0.00000005\nG1 X10 E1", [(10, 0, 0)]),
    "at rest nothing is laid down": ("G1 E5\nG1 X0 E6\nG1 X1 E7", [(1, 0, 0)]),
    "relative": ("G91\nG1 X10 E1\nG1 X10 Y-5 E1", [(10, 0, 0), (20, -5, 0)]),
    "relative E": ("M83\nG1 X10 E1\nG1 X20 E1", [(10, 0, 0), (20, 0, 0)]),
    "inches": ("G20\nG1 X1 E1\nG21\nG1 X30 E30", [(25.4, 0, 0), (30, 0, 0)]),
    "units never reinterpret positions": (
        "G1 X10 E1\nG20\nG91\nG1 X1 E1", [(10, 0, 0), (35.4, 0, 0)]),
    "G92 moves nothing": ("G1 X10 E1\nG92 X0\nG1 X5 E2", [(10, 0, 0), (15, 0, 0)]),
    "G92 alone zeroes all": ("G1 X10 Y5 Z1 E9\nG92\nG1 X1 E1", [(10, 5, 1), (11, 5, 1)]),
    "G92 with bare letters": ("G1 X10 E9\nG92 X E\nG1 X1 E1", [(10, 0, 0), (11, 0, 0)]),
    "G92.1 forgets": ("G1 X10 E1\nG92 X0\nG92.1\nG1 X5 E2", [(10, 0, 0), (5, 0, 0)]),
    "G92.1 leaves E": ("G1 X10 E5\nG92 E0\nG92.1\nG1 X5 E1", [(10, 0, 0), (5, 0, 0)]),
    "G92 in inches": ("G20\nG92 X1\nG1 X2 E1", [(25.4, 0, 0)]),
    "G28 is at zero": ("G0 X10 Y10 Z5\nG28 X\nG91\nG1 Y1 E1", [(0, 11, 5)]),
    "G28 forgets G92": ("G92 X50\nG28\nG1 X5 E1", [(5, 0, 0)]),
    "G28 of another axis keeps G92": ("G92 X50\nG28 Y\nG1 X55 E1", [(5, 0, 0)]),
    "workspaces stay when homing": ("G10 L2 P1 X10\nG28\nG1 X5 E1", [(15, 0, 0)]),
    "G53": ("G10 L2 P1 X10\nG53 G1 X5 E1\nG1 X6 E2", [(5, 0, 0), (16, 0, 0)]),
    "G53 with modal words": ("G10 L2 P1 X10\nG1 X1 E1\nG53 X5 E2", [(11, 0, 0), (5, 0, 0)]),
    "workspace 2": ("G10 L2 P2 X10 Y1\nG55\nG1 X5 Y0 E1\nG54\nG1 X6 E2", [(15, 1, 0), (6, 1, 0)]),
    "workspace 9": ("G10 L2 P9 X10\nG59.3\nG1 X5 E1", [(15, 0, 0)]),
    "G10 L20 names the position": ("G0 X7\nG10 L20 P1 X0\nG1 X5 E1", [(12, 0, 0)]),
    "G52 shifts all": ("G52 X5\nG1 X1 E1\nG55\nG1 X2 E2", [(6, 0, 0), (7, 0, 0)]),
    "Klipper's offset": ("SET_GCODE_OFFSET X=5\nG1 X1 E1", [(6, 0, 0)]),
    "Klipper's offset is not cumulative": (
        "SET_GCODE_OFFSET X=5\nSET_GCODE_OFFSET X=2\nG1 X1 E1", [(3, 0, 0)]),
    "Klipper's adjustment is": (
        "SET_GCODE_OFFSET X_ADJUST=5\nSET_GCODE_OFFSET X_ADJUST=2\nG1 X1 E1", [(8, 0, 0)]),
    "Klipper's offset in inches": ("G20\nSET_GCODE_OFFSET X=5\nG1 X1 E1", [(30.4, 0, 0)]),
    "Klipper's offset moves": ("SET_GCODE_OFFSET Z=5 MOVE=1\nG1 X1 E1", [(1, 0, 5)]),
    "Klipper's offset survives homing": ("SET_GCODE_OFFSET X=5\nG28\nG1 X1 E1", [(6, 0, 0)]),
    "a saved state": (
        "G0 X3\nSAVE_GCODE_STATE NAME=a\nG91\nM83\nG92 X50\nG0 Y5\n"
        "RESTORE_GCODE_STATE NAME=a\nG1 X4 E1",
        [(4, 5, 0)],
    ),
    "a saved state returns": (
        "G0 X3\nSAVE_GCODE_STATE\nG0 X90 Y90\nRESTORE_GCODE_STATE MOVE=1\nG91\nG1 X1 E1",
        [(4, 0, 0)],
    ),
    "modal": ("G1 X1 E1\nX2 E2\nY3E3", [(1, 0, 0), (2, 0, 0), (2, 3, 0)]),
    "modal after homing": ("G1 X1 E1\nG28\nX2 E2", [(1, 0, 0), (2, 0, 0)]),
    "modes first": ("G0 X5\nG1 X1 E1 G91", [(6, 0, 0)]),
    "MakerBot's axes": ("G1 X1 A1\nG1 X2 B2", [(1, 0, 0), (2, 0, 0)]),
    "printed texts are none": ("M117 G1 X50 E5\nG1 X1 E1", [(1, 0, 0)]),
    "no exponent": ("G1 X10.5E0.03", [(10.5, 0, 0)]),
    "lower case e": ("g1 x1e4", [(1, 0, 0)]),
    "block delete": ("/G1 X1 E1", [(1, 0, 0)]),
}  # fmt: skip


@pytest.mark.parametrize("case", MOTION)
def test_motion_is_what_the_documentation_says(case: str) -> None:
    program, ends = MOTION[case]
    reading = read_fast(program + "\n")
    assert reading.outcome == "ok", reading.problem
    np.testing.assert_allclose(reading.segments["end"], ends, atol=1e-4)
    slow = read_reference((program + "\n").encode(), dialect=Dialect.MARLIN)
    np.testing.assert_allclose(slow.segments["end"], ends, atol=1e-9)


E_MODES = {  # program -> beads under Marlin, under Klipper
    "G90 after M83": ("M83\nG90\nG1 X1 E5\nG1 X2 E4\n", 1, 2),
    "G91 after M82": ("M82\nG91\nG1 X1 E5\nG1 X1 E4\n", 2, 2),
    "M82 after G91": ("G91\nM82\nG1 X1 E5\nG1 X1 E4\n", 1, 2),
    "M83 after G90": ("G90\nM83\nG1 X1 E5\nG1 X2 E4\n", 2, 2),
    "G90 after G91 and M83": ("M83\nG91\nG90\nG1 X1 E5\nG1 X2 E4\n", 1, 2),
}


@pytest.mark.parametrize("case", E_MODES)
def test_firmwares_disagree_on_e_as_documented(case: str) -> None:
    program, marlin, klipper = E_MODES[case]
    assert read_fast(program, dialect=Dialect.MARLIN).machine.extruding_moves == marlin
    assert read_fast(program, dialect=Dialect.KLIPPER).machine.extruding_moves == klipper


def test_volumetric_extrusion_is_converted_to_filament() -> None:
    reading = read_fast("M200 D2\nG1 X1 E10\nM200 D0\nG1 X2 E20\n")
    assert reading.segments["filament"] == pytest.approx([10 / math.pi, 10], rel=1e-5)
    assert "volumetric" in reading.flags


def test_tools_beyond_31_do_nothing() -> None:
    tools = read_fast("M83\nT1\nG1 X1 E1\nT31\nG1 X2 E1\nT32\nG1 X3 E1\nT99\nG1 X4 E1\n").segments
    assert tools["tool"].tolist() == [1, 31, 31, 31]


def test_lines_and_features_are_marked() -> None:
    text = "M83\r\n;TYPE:Perimeter\r\nG1 X1 E1\r\n\r\n; FEATURE: Sparse infill\r\nG1 X2 E1\r\n"
    segments = read_fast(text).segments
    assert segments["line"].tolist() == [3, 6]
    assert segments["feature"].tolist() == [Feature.INNER_WALL, Feature.INFILL]


@pytest.mark.parametrize(
    ("before", "state"),
    [
        ("M221 S0", SegmentState.NO_FLOW), ("M221 S0\nM221 S100", SegmentState.PRINTED),
        ("M104 S100", SegmentState.COLD), ("M104 S200", SegmentState.PRINTED),
        ("M302 P1", SegmentState.COLD), ("M302 P1\nM104 S200", SegmentState.PRINTED),
        ("", SegmentState.PRINTED), ("M486 S3\nM486 P3", SegmentState.EXCLUDED),
        ("M486 S3\nM486 C", SegmentState.EXCLUDED), ("M486 S3\nM486 P4", SegmentState.PRINTED),
        ("M486 S3 A\"cup\"", SegmentState.PRINTED),
        ("EXCLUDE_OBJECT NAME=a\nEXCLUDE_OBJECT_START NAME=a", SegmentState.EXCLUDED),
        ("EXCLUDE_OBJECT NAME=a\nEXCLUDE_OBJECT_START NAME=b", SegmentState.PRINTED),
        ("EXCLUDE_OBJECT NAME=a\nEXCLUDE_OBJECT_START NAME=a\nEXCLUDE_OBJECT_END",
         SegmentState.PRINTED),
    ],
)  # fmt: skip
def test_segments_are_marked_not_dropped(before: str, state: SegmentState) -> None:
    segments = read_fast(f"{before}\nG1 X1 E1\n").segments
    assert segments["state"].tolist() == [state]
    slow = read_reference(f"{before}\nG1 X1 E1\n".encode(), dialect=Dialect.MARLIN)
    assert slow.segments["state"].tolist() == [state]


def test_a_pushed_bead_is_shared_out_over_an_arc() -> None:
    segments = read_fast("G3 X0 Y20 I0 J10 E5\n").segments
    length = np.linalg.norm(segments["end"] - segments["start"], axis=1)
    np.testing.assert_allclose(segments["filament"], length * 5 / length.sum(), rtol=1e-3)
    assert segments["filament"].sum() == pytest.approx(5, rel=1e-5)


def test_reading_goes_on_after_errors_and_doubts() -> None:
    reading = read_fast("G1 X5 E1\nG1 X1..2 E2\nFORCE_MOVE\nG1 X20 E3\nG1 Xnan\n")
    assert reading.outcome == "clear_error"
    assert reading.problem is not None
    assert reading.problem.line == 2
    assert reading.geometry.bbox[3] == pytest.approx(20)


def test_an_error_outranks_an_earlier_doubt() -> None:
    assert read_fast("G1 X5 E1\nM98 P1\nG1 X1..2 E2\n").outcome == "clear_error"
