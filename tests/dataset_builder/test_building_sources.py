"""What a build makes of sources, and what it says of those it cannot use."""

from pathlib import Path

import pytest

from dataset_builder.building.build import build
from dataset_builder.building.errors import BuildError
from dataset_builder.building.presets import MESH
from dataset_builder.building.request import Request, plan_of
from dataset_builder.slicers.base import write_stl
from dataset_builder.sources.loading import load_mesh
from dataset_builder.sources.parametric import parametric_origins
from tests.dataset_builder.small_build import settings


def mesh_folder(root: Path, names: dict[str, str]) -> Path:
    """name -> label, each a mug."""
    (mug,) = parametric_origins(("mug",), 1, seed=1)
    for name, label in names.items():
        (root / label).mkdir(parents=True, exist_ok=True)
        write_stl(load_mesh(mug), root / label / f"{name}.stl")
    return root


def test_a_broken_mesh_is_skipped_counted_and_told(tmp_path):
    source = mesh_folder(tmp_path / "meshes", {"cup": "container", "beaker": "container"})
    (source / "container" / "broken.stl").write_bytes(b"solid nothing at all")
    small = plan_of(Request("smoke", sources=[str(source)], size_px=16, frames=2))
    manifest = build(small, tmp_path / "out", settings(tmp_path))
    assert manifest["counts"]["models"] == 2
    assert [skip for skip in manifest["skipped"] if "broken" in skip["location"]]


def test_jobs_given_as_gcode_are_drawn_as_such_and_an_empty_one_is_told(tmp_path):
    jobs = tmp_path / "jobs"
    jobs.mkdir()
    square = "G1 X60 Y40 E4\nG1 X60 Y70 E7\nG1 X40 Y70 E9\nG1 X40 Y40 E12\n"
    walls = "".join(f"G0 X40 Y40 Z{0.2 * layer:.1f}\nG92 E0\n{square}" for layer in range(1, 30))
    (jobs / "tower.gcode").write_text(f"G28\nM109 S200\n{walls}M104 S0\n")
    (jobs / "air.gcode").write_text("G28\nG1 X10\nM104 S0\n")
    (jobs / "labels.csv").write_text("file,label\ntower.gcode,container\nair.gcode,container\n")
    given = plan_of(Request("smoke", sources=[str(jobs), "parametric"], size_px=16, frames=2))
    manifest = build(given, tmp_path / "out", settings(tmp_path))
    ways = {origin["kind"]: set(origin["images"]) for origin in manifest["origins"]}
    assert ways == {"gcode": {"gcode"}, "parametric": {"mesh"}}
    (skip,) = manifest["skipped"]
    assert "air" in skip["location"]
    assert "never extrudes" in skip["reason"]


def test_nothing_but_broken_meshes_is_an_error(tmp_path):
    (tmp_path / "meshes" / "gear").mkdir(parents=True)
    (tmp_path / "meshes" / "gear" / "broken.stl").write_bytes(b"solid nothing at all")
    small = plan_of(Request("smoke", sources=[str(tmp_path / "meshes")]))
    with pytest.raises(BuildError, match="Nothing could be drawn"):
        build(small, tmp_path / "out", settings(tmp_path))


def test_a_label_that_the_preset_does_not_know_stops_before_anything_is_written(tmp_path):
    source = mesh_folder(tmp_path / "meshes", {"lamp": "chandelier"})
    with pytest.raises(BuildError, match=r"chandelier.*no label"):
        plan_of(Request("smoke", sources=[str(source)]))
    household = mesh_folder(tmp_path / "more", {"hook": "household"})
    with pytest.raises(BuildError, match="household"):
        plan_of(Request("c3po", sources=[str(household)], routes=[MESH]))
    plan_of(Request("smoke", sources=[str(source)], aliases={"chandelier": "household"}))


def test_a_folder_given_twice_is_an_error(tmp_path):
    source = mesh_folder(tmp_path / "meshes", {"hook": "household"})
    with pytest.raises(BuildError, match="there twice"):
        plan_of(Request("smoke", sources=[str(source), str(source)]))
