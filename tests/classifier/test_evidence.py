"""The evidence package: skins are closed, curves only get coarser, and no line of a job leaves."""

import io
import json
import zipfile

import numpy as np
import pytest
from PIL import Image

from classifier.demo import sample_jobs
from classifier.runtime.bundle import load_bundle
from classifier.runtime.evidence.make import evidence_package
from classifier.runtime.evidence.package import Package, Space
from classifier.runtime.evidence.route import _coarser
from classifier.runtime.evidence.surface import surface_of
from classifier.runtime.judge import Judge
from dataset_builder.render.slice_mesh import slice_mesh
from dataset_builder.sources.solids import SOLIDS, draw_solid

SMALLEST_SAMPLE = sample_jobs()[-1]


@pytest.fixture(scope="module")
def judge():
    return Judge(load_bundle())


@pytest.fixture(scope="module")
def package(judge):
    found = judge.examine(SMALLEST_SAMPLE)
    return zipfile.ZipFile(io.BytesIO(evidence_package(SMALLEST_SAMPLE, found, judge)))


@pytest.fixture(scope="module")
def index(package):
    return json.loads(package.read("evidence.json"))


def test_a_skin_is_closed_and_holds_the_volume_of_its_solid():
    mesh = draw_solid(SOLIDS["mug"], np.random.default_rng(0))
    skin = surface_of(slice_mesh(mesh, cells=96), cells=48)
    corners = skin.corners_mm.astype(np.float64)[skin.triangles]
    volume = np.einsum("ij,ij->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6
    directed = np.concatenate([skin.triangles[:, [k, (k + 1) % 3]] for k in range(3)])
    edges, there = np.unique(directed, axis=0, return_counts=True)
    back, again = np.unique(directed[:, ::-1], axis=0, return_counts=True)
    assert np.array_equal(edges, back)  # each edge is walked once each way: no hole
    assert np.array_equal(there, again)
    assert volume == pytest.approx(mesh.volume_mm3, rel=0.05)  # above 0: wound outward


def test_a_coarser_route_keeps_the_ends_of_every_unbroken_line():
    points = np.array([[0, 0, 0], [1, 0, 0], [2, 0, 0], [3, 0, 0], [9, 9, 0], [9, 8, 0]], float)
    strokes = np.stack([points[:-1], points[1:]], axis=1).astype(np.float32)
    strokes = np.delete(strokes, 3, axis=0)  # the nozzle travels from 3, 0 to 9, 9
    kept = _coarser(strokes, 2)
    assert kept[:, :, 0].tolist() == [[0, 2], [2, 3], [9, 9]]


def test_steps_lead_back_to_millimetres():
    points = np.array([[-20.0, 3.0, 0.2], [180.0, 4.0, 9.0]], np.float32)
    space = Space.around([points])
    steps = np.frombuffer(space.steps(points), "<i2").reshape(-1, 3)
    np.testing.assert_allclose(space.middle_mm + space.step_mm * steps, points, atol=space.step_mm)


def test_the_same_parts_give_the_same_bytes():
    packages = [Package({"b": 1, "a": 2}, {"x.bin": b"1", "a.bin": b"2"}).packed() for _ in "ab"]
    assert packages[0] == packages[1]


def test_every_file_that_the_index_names_is_there_and_no_other(package, index):
    text = json.dumps(index)
    assert {name for name in package.namelist() if name != "evidence.json"} == {
        word for word in text.split('"') if word.endswith((".webp", ".bin"))
    }
    assert sum(entry.file_size for entry in package.infolist()) < 4 << 20


def test_a_strip_has_room_for_its_frames(package, index):
    (growth,) = index["growths"]
    width, height = Image.open(io.BytesIO(package.read(growth["strip"]))).size
    rows = -(-len(growth["frames"]) // growth["columns"])
    expected = growth["columns"] * growth["frame_px"], 2 * rows * growth["frame_px"]
    assert (width, height) == expected
    assert growth["frames"][-1]["layers"] == growth["layers"] == growth["looks"][-1]["layers"]


def test_indices_point_at_corners(package, index):
    for skin in index["scene"]["skins"]:
        corners = np.frombuffer(package.read(skin["corners"]), "<i2").reshape(-1, 3)
        triangles = np.frombuffer(package.read(skin["triangles"]), "<u4").reshape(-1, 3)
        assert [len(corners), len(triangles)] == skin["counts"]
        assert triangles.max() < len(corners)


def test_an_unreadable_job_gives_its_record_alone_and_no_folder(tmp_path, judge):
    path = tmp_path / "secret folder" / "broken.gcode"
    path.parent.mkdir()
    path.write_text("G1 X5 E" + "M117 private\n" * 3)
    packed = zipfile.ZipFile(io.BytesIO(evidence_package(path, judge.examine(path), judge)))
    index = json.loads(packed.read("evidence.json"))
    assert packed.namelist() == ["evidence.json"]
    assert index["record"]["job"] == "broken.gcode"
    assert index["objects"] == index["growths"] == []
    assert index["scene"] is None
    assert "secret folder" not in json.dumps(index)
