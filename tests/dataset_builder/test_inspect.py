"""`printwarden inspect` and `render`, by behaviour."""

from __future__ import annotations

import gzip
import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

KEYS = (
    "schema job sha256 outcome reason flags format flavor slicer lines moves extruding_moves "
    "layers layer_heights_mm objects tools warnings geometry"
).split()

SQUARE = """\
;FLAVOR:Marlin
M104 S210
G28
G21
G90
M82
;LAYER_COUNT:2
;LAYER:0
G1 Z0.2 F600
G0 X10 Y10
;TYPE:WALL-OUTER
G1 X30 Y10 E1
G1 X30 Y30 E2
G1 X10 Y30 E3
G1 X10 Y10 E4
;LAYER:1
G1 Z0.4
G1 X30 Y10 E5
G1 X30 Y30 E6
G1 X10 Y30 E7
G1 X10 Y10 E8
M104 S0
M84
"""


def run(*arguments: str, stdin: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    call = [sys.executable, "-m", "printwarden", *arguments]
    return subprocess.run(call, input=stdin, capture_output=True, check=False, timeout=60)


def inspect(path: Path) -> tuple[int, dict[str, Any]]:
    done = run("inspect", "--json", str(path))
    assert done.stdout.count(b"\n") == 1, done.stderr
    return done.returncode, json.loads(done.stdout)


@pytest.fixture
def square(tmp_path: Path) -> Path:
    path = tmp_path / "square.gcode"
    path.write_text(SQUARE)
    return path


def test_a_square_is_measured_exactly(square):
    status, record = inspect(square)
    assert (status, record["outcome"]) == (0, "ok")
    assert list(record) == KEYS
    shape = record["geometry"]
    assert shape["bbox"] == pytest.approx([10, 10, 0.2, 30, 30, 0.4])
    assert shape["extruded_mm"] == pytest.approx(160)
    assert shape["filament_mm"] == pytest.approx(8)
    assert shape["centroid"] == pytest.approx([20, 20, 0.3])
    # two of four sides vary along x from end to end (400 / 12), the others lie at +-10 (100)
    assert shape["cov"] == pytest.approx([200 / 3, 200 / 3, 0.01, 0, 0, 0], abs=1e-6)
    assert (record["layers"], record["layer_heights_mm"]) == (2, [0.2])
    assert (record["lines"], record["moves"], record["extruding_moves"]) == (23, 11, 8)
    assert (record["tools"], record["flavor"], record["format"]) == ([0], "marlin", "gcode")


def test_the_same_bytes_packed_or_piped_are_the_same_job(square, tmp_path):
    packed = tmp_path / "square.gcode.gz"
    packed.write_bytes(gzip.compress(SQUARE.encode()))
    piped = json.loads(run("inspect", "--json", "-", stdin=SQUARE.encode()).stdout)
    _, plain = inspect(square)
    _, unpacked = inspect(packed)
    assert unpacked["geometry"] == plain["geometry"] == piped["geometry"]
    assert piped["sha256"] == plain["sha256"] != unpacked["sha256"]


@pytest.mark.parametrize(
    ("name", "content", "outcome", "flag", "sentence"),
    [
        ("empty.gcode", b"", "clear_error", "empty", "empty"),
        ("heat.gcode", b"M104 S200\nG28\n", "clear_error", "empty", "never extrudes"),
        ("noise.gcode", bytes(range(256)) * 40, "clear_error", "", "noise.gcode"),
        ("word.gcode", b"G28\nG1 X1 Y E1\n", "clear_error", "number", ":2: Y has no value"),
        ("arc.gcode", b"G1 X1 Y1 E1\nG2 X5 Y5 E2\n", "clear_error", "arc_centre", ":2: an arc"),
        ("macro.gcode", b"G1 X1 E1\nDO_MAGIC\n", "cannot_analyse", "unknown_macro", "DO_MAGIC"),
        ("line.gcode", b"G1 X1 E1 " + b" " * (2 << 20), "clear_error", "over_long_line", ":1:"),
        ("twice.gcode", SQUARE.encode() * 2, "cannot_analyse", "repeated_job", "twice"),
        (
            "cut.gcode",
            SQUARE.split(";LAYER:1", maxsplit=1)[0].encode(),
            "cannot_analyse",
            "truncated",
            "1 of 2 layers",
        ),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(tmp_path, name, content, outcome, flag, sentence):
    path = tmp_path / name
    path.write_bytes(content)
    status, record = inspect(path)
    assert status == 5
    assert record["outcome"] == outcome
    assert sentence in record["reason"]
    assert flag in record["flags"] or not flag
    assert "\n" not in record["reason"]
    assert record["reason"].endswith(".")


def test_a_missing_file_is_a_sentence_not_a_traceback(tmp_path):
    done = run("inspect", "--json", str(tmp_path / "nowhere.gcode"))
    assert done.returncode == 5
    assert "No such file" in json.loads(done.stdout)["reason"]
    assert b"Traceback" not in done.stderr


def test_people_get_lines_programs_get_json(square):
    shown = run("inspect", str(square)).stdout.decode()
    assert "extruded_mm    160.000" in shown
    assert not shown.startswith("{")


def test_the_reference_reader_agrees_on_request(square):
    pytest.importorskip("pygcode")
    done = run("inspect", "--json", "--reference", str(square))
    (report,) = json.loads(done.stdout)["reference"]
    assert report["agrees"] is True


def test_render_names_every_picture_and_its_size(square, tmp_path):
    from PIL import Image

    folder = tmp_path / "pictures"
    done = run("render", str(square), "-o", str(folder), "--size", "40", "--sequence", "2")
    assert done.returncode == 0, done.stderr
    names = sorted(path.name for path in folder.iterdir())
    assert len(names) == 3 * 2 + 3 * 2 * 2
    assert "square.gcode-object1-xz-xray-40px.png" in names
    assert {Image.open(folder / name).size for name in names} == {(40, 40)}


def test_render_refuses_an_unknown_view_by_listing_the_known(square, tmp_path):
    done = run("render", str(square), "-o", str(tmp_path), "--views", "xy,top")
    assert done.returncode == 2
    assert b"no view 'top'; there are: xy, xz, yz" in done.stderr


def test_every_real_file_is_read_or_refused_for_a_reason(shared_data):
    from dataset_builder.inspection import inspect_job

    expected = {"duetsoftwareframewor__circle.gcode", "gcode_preview__mach3.gcode"}
    expected |= {"print3d_100mm_calibr__calib100mm_220c_left.x3g"}
    refused = set()
    for path in sorted((shared_data / "gcode").iterdir()):
        if path.name != "manifest.csv":
            record, _ = inspect_job(path, name=str(path))
            if record["outcome"] != "ok":
                refused.add(path.name)
                continue
            numbers = [v for part in record["geometry"].values() for v in _numbers(part)]
            assert all(map(math.isfinite, numbers)), path.name
    assert refused == expected


def _numbers(part: object) -> list[float]:
    if isinstance(part, list):
        return part
    return [part] if isinstance(part, int | float) else []


@pytest.mark.parametrize(
    ("name", "used_mm"),
    [
        ("libbgcode__mini_cube_ps2_8_1.bgcode", 252.22),
        ("preprocess_cancellat__prusaslicer.gcode.gz", 215.44),
        ("preprocess_cancellat__superslicer.gcode.gz", 264.59),
        ("gcode_preview__vase.gcode.gz", 2996.07),
        ("duetsoftwareframewor__slic3r.gcode.gz", 1482.1),
    ],
)
def test_filament_is_what_the_slicer_says_was_used(shared_data, name, used_mm):
    from dataset_builder.inspection import inspect_job

    record, _ = inspect_job(shared_data / "gcode" / name, name=name)
    assert record["geometry"]["filament_mm"] == pytest.approx(used_mm, abs=0.02)


def test_a_small_job_is_one_toolpath_in_memory(square):
    from dataset_builder.readers.open_job import open_job
    from dataset_builder.reading import read_job
    from dataset_builder.render.solidify import solidify_toolpath

    with open_job(square) as job:
        path = read_job(job).plates[0].toolpath()
    assert path.segments["start"].dtype == "<f4"
    assert path.layer.tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    assert path.z_mm == pytest.approx([0.2, 0.4])
    assert path.segments["line"].tolist() == [12, 13, 14, 15, 18, 19, 20, 21]
    assert solidify_toolpath(path).model.bits.any()


def test_prusas_tool_choices_at_the_printer_are_no_unknown_macros(tmp_path):
    job = tmp_path / "mmu.gcode"
    job.write_text("G28\nTx\nTc\nT?\nG1 X10 E1\n")
    assert inspect(job)[1]["outcome"] == "ok"


def test_warnings_beyond_the_hundred_that_are_shown_are_counted(tmp_path):
    job = tmp_path / "odd.gcode"
    odd = "".join(f"M{code}\n" for code in range(20_000, 20_150))
    job.write_text(f"G28\n{odd}G1 X10 E1\n")
    warnings = inspect(job)[1]["warnings"]
    assert len(warnings) == 101
    assert warnings[-1]["text"].startswith("50 more warnings")
