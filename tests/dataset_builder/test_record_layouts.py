"""What the C kernel and its Python mirrors state twice: layouts, enumerations and constants."""

from __future__ import annotations

import ctypes
import re
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dataset_builder.geometry.toolpath import NOT_PRINTED, SEGMENT, Feature, SegmentState
from dataset_builder.kernel.build import HERE as KERNEL
from dataset_builder.kernel.build import compiler
from dataset_builder.readers import meatpack
from dataset_builder.readers.gcode import arcs, kernel_c, lines_numpy, machine, measure, motion
from dataset_builder.render import (
    beads,
    beads_numpy,
    canvas,
    fill,
    fill_graph,
    fill_numpy,
    levels,
    strokes,
    survey_numpy,
)

Structure = type[ctypes.Structure]
Place = tuple[int, int]  # offset and size in bytes

# C type -> the file that defines it, and its Python mirror
RECORDS: dict[str, tuple[str, Structure | np.dtype[Any]]] = {
    "pw_segment": ("printwarden.h", SEGMENT),
    "pw_machine": ("printwarden.h", machine.Machine),
    "pw_window": ("printwarden.h", kernel_c._Window),
    "pw_vocabulary": ("printwarden.h", kernel_c._Vocabulary),
    "pw_measure_sums": ("measure.c", measure._Sums),
    "pw_meatpack_state": ("meatpack.c", meatpack._State),
    "pw_bin": ("survey.c", strokes.BIN),
    "pw_survey_state": ("survey.c", strokes.SurveyState),
    "pw_canvas": ("beads.c", beads._CanvasC),
    "pw_pen": ("beads.c", canvas.Pen),
    "pw_fill_job": ("voids.h", fill._FillJob),
}
# C type of voids.h -> the room that Python sets aside for one
ROOM = {
    "pw_run": fill.RUN_BYTES,
    "pw_void": fill.VOID_BYTES,
    "pw_question": fill.QUESTION_BYTES,
    "pw_overlap": fill.OVERLAP_BYTES,
}

# file of the kernel -> what it repeats, as Python has it
CONSTANTS: dict[str, dict[str, float]] = {
    "printwarden.h": {
        "PW_NOT_PRINTED": NOT_PRINTED,
        "PW_FULL": kernel_c._FULL,
        "PW_HOST": kernel_c._HOST,
        "PW_COMMENT_HOST": kernel_c._HOST_COMMENT,
        "PW_COMMENT_LAYER": kernel_c._LAYER_COMMENT,
        "PW_COMMENT_FEATURE": kernel_c._FEATURE_COMMENT,
    },
    "scan.c": {"LONG_LINE": lines_numpy.LONG_LINE},
    "gcode_motion.h": {
        "LIMIT_MM": motion.LIMIT_MM,
        "EPSILON_E": motion.EPSILON_E,
        "EPSILON_MM": motion.EPSILON_MM,
        "MAX_CHORDS": arcs.MAX_CHORDS,
        "MAX_RADIUS_MM": arcs.MAX_RADIUS_MM,
        "CHORD_ERROR_MM": arcs.CHORD_ERROR_MM,
        "MAX_CHORD_ANGLE": arcs.MAX_CHORD_ANGLE,
    },
    "strokes.h": {
        "PW_BINS": levels.BINS,
        "PW_BINS_PER_MM": levels.BINS_PER_MM,
        "PW_FAR_MM": strokes.FAR_MM,
        "PW_FIRST_LAYERS_MM": strokes.FIRST_LAYERS_MM,
        "PW_JOINT_MM": strokes.JOINT_MM,
    },
    "survey.c": {
        "WIDEST_SEAM_MM": strokes.WIDEST_SEAM_MM,
        "WIDEST_SEAM_SHARE": strokes.WIDEST_SEAM_SHARE,
        "WIDEST_RAMP_MM": strokes.WIDEST_RAMP_MM,
        "REVOLUTION": strokes.REVOLUTION,
        "MOST_STEPS": survey_numpy.MOST_STEPS,
    },
    "beads.c": {
        "MIN_WIDTH_MM": beads_numpy.WIDTH_MM[0],
        "MAX_WIDTH_MM": beads_numpy.WIDTH_MM[1],
        "USUAL_WIDTH_MM": beads_numpy.USUAL_WIDTH_MM,
    },
    "voids.h": {
        "OUTSIDE": fill_graph.OUTSIDE,
        "SOLID": fill_numpy.SOLID,
        "QUESTION": fill_numpy.QUESTION,
        "LIKELY": fill_numpy.LIKELY,
    },
    "voids.c": {
        "INNER_SHARE": fill_numpy.INNER_SHARE,
        "MOSTLY": fill_numpy.MOSTLY,
        "SAMPLED_ROW": fill_numpy.SAMPLED_ROW,
        "CELL_MM2": fill_numpy.CELL_MM2,
        "PIN_HOLE_MM2": fill_numpy.PIN_HOLE_MM2,
        "THIN_BEADS": fill_numpy.THIN_BEADS,
        "EXPOSED_BEADS": fill_numpy.EXPOSED_BEADS,
    },
    "fill.c": {
        "LEAK_MM2": fill_numpy.LEAK_MM2,
        "OPENING_SHARE": fill_numpy.OPENING_SHARE,
    },
}  # fmt: skip

_ENUM = re.compile(r"\benum \{([^}]*)\}")
_DEFINE = re.compile(r"^#define +(\w+) +(.*?) *(?:/\*.*)?$", re.MULTILINE)
_NUMBER = re.compile(r"\(?(-?[\d.]+(?:e-?\d+)?)f?(?: << (\d+))?\)?")


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_lies_in_c_as_in_python(name: str, tmp_path: Path) -> None:
    source, mirror = RECORDS[name]
    size, places = _layout(mirror)
    expressions = [f"sizeof({name})"]
    for member in places:
        expressions += [f"offsetof({name}, {member})", f"sizeof((({name} *)0)->{member})"]
    native_size, *numbers = _evaluate(source, expressions, tmp_path)
    assert dict(zip(places, zip(numbers[::2], numbers[1::2], strict=True), strict=True)) == places
    assert native_size == size


def test_a_segment_packed_by_hand_is_the_record() -> None:
    numbers = (1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 70_000, 300, 4, 5, 6)
    (segment,) = np.frombuffer(motion._PACK.pack(*numbers), SEGMENT)
    unpacked = [*segment["start"], *segment["end"], *segment.item()[2:8]]
    assert tuple(unpacked) == numbers


def test_python_sets_enough_room_aside_for_what_only_c_looks_into(tmp_path: Path) -> None:
    sizes = _evaluate("voids.h", [f"sizeof({name})" for name in ROOM], tmp_path)
    assert dict(zip(ROOM, sizes, strict=True)) == ROOM


@pytest.mark.parametrize("source", CONSTANTS)
def test_constants_are_the_same_in_c_and_in_python(source: str) -> None:
    stated = _constants(source)
    assert {name: stated[name] for name in CONSTANTS[source]} == CONSTANTS[source]


@pytest.mark.parametrize(
    ("source", "mirror", "fewest"),
    [
        ("strokes.h", Feature, 9),
        ("strokes.h", strokes.StrokeClass, 3),
        ("printwarden.h", SegmentState, 3),
    ],
)
def test_enumerators_are_those_of_python(
    source: str, mirror: type[Feature | strokes.StrokeClass | SegmentState], fewest: int
) -> None:
    stated = _constants(source)
    common = {f"PW_{member.name}": member.value for member in mirror}
    common = {name: value for name, value in common.items() if name in stated}
    assert len(common) >= fewest
    assert {name: stated[name] for name in common} == common


def _layout(mirror: Structure | np.dtype[Any]) -> tuple[int, dict[str, Place]]:
    """The whole size, and where each named member lies."""
    if isinstance(mirror, np.dtype):
        fields: dict[str, Any] = dict(mirror.fields or {})
        named = {n: f for n, f in fields.items() if not re.fullmatch(r"f\d+", n)}  # no padding
        return mirror.itemsize, {n: (offset, kind.itemsize) for n, (kind, offset) in named.items()}
    members = {field[0]: getattr(mirror, field[0]) for field in mirror._fields_}
    return ctypes.sizeof(mirror), {n: (m.offset, m.size) for n, m in members.items()}


def _evaluate(source: str, expressions: list[str], folder: Path) -> list[int]:
    """What the host's compiler makes of *expressions* where *source* is included."""
    command = compiler()
    if command is None:
        pytest.skip("no C compiler on this host, so no kernel either")
    lines = [f'printf("%zu\\n", {expression});' for expression in expressions]
    includes = f'#include "{source}"\n#include <stddef.h>\n#include <stdio.h>\n'
    program, binary = folder / "layout.c", folder / "layout"
    program.write_text(includes + "int main(void) { " + "\n".join(lines) + " return 0; }\n")
    call = [*command, "-std=c99", f"-I{KERNEL}", "-o", str(binary), str(program), "-lm"]
    done = subprocess.run(call, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    printed = subprocess.run([binary], capture_output=True, text=True, check=True, timeout=60)
    return [int(number) for number in printed.stdout.split()]


def _constants(source: str) -> dict[str, float]:
    """Enumerators with a stated value, and macros that are one number."""
    text = (KERNEL / source).read_text(encoding="utf-8")
    pairs = _DEFINE.findall(text)
    for block in _ENUM.findall(text):
        pairs += [item.split(" = ") for item in block.strip().split(", ") if " = " in item]
    stated: dict[str, float] = {}
    for name, value in pairs:
        if number := _NUMBER.fullmatch(value):
            mantissa, shift = number.groups(default="0")
            stated[name] = float(mantissa) * 2 ** int(shift)
        elif all(part in stated for part in value.split(" | ")):
            stated[name] = sum(stated[part] for part in value.split(" | "))
    return stated
