"""A mesh and the G-code sliced from it give nearly the same solid."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dataset_builder.benchmarks.agreement import WAYS, agreement
from dataset_builder.readers.open_job import open_job
from dataset_builder.slicers.base import SlicerFailed, write_stl
from dataset_builder.slicers.prusaslicer import prusaslicer_version, slice_with_prusaslicer
from dataset_builder.sources.solids import SOLIDS, draw_solid

pytestmark = pytest.mark.skipif(
    prusaslicer_version() is None, reason="PrusaSlicer is not installed (apt install prusa-slicer)"
)

REAL_MESHES = (
    "gear/skyentificgit_smallrobot__pulley42.stl",
    "toy_game/yannickbattail_openscad___d20.stl",
)


def _agreement(path: Path, options: tuple[str, ...], scratch: Path) -> float:
    gcode = scratch / "sliced.gcode"
    slice_with_prusaslicer(path, gcode, options)
    with open_job(path) as job:
        return agreement(job.mesh(), gcode)


@pytest.mark.parametrize("mesh", REAL_MESHES)
def test_a_real_mesh_comes_back_from_sparse_infill_with_supports(shared_data, tmp_path, mesh):
    path = shared_data / "meshes" / "benign" / mesh
    assert _agreement(path, WAYS[4].options, tmp_path) >= 0.95


@pytest.mark.parametrize("model", ["spur_gear", "elbow"])
def test_our_own_solids_come_back_whatever_the_infill(tmp_path, model):
    path = tmp_path / "mesh.stl"
    write_stl(draw_solid(SOLIDS[model], np.random.default_rng(3)), path)
    for way in (WAYS[1], WAYS[2]):
        assert _agreement(path, way.options, tmp_path) >= 0.95, way.name


def test_an_empty_mesh_is_refused_with_the_slicers_own_words(tmp_path):
    broken = tmp_path / "broken.stl"
    broken.write_bytes(b"solid nothing\nendsolid nothing\n")
    with pytest.raises(SlicerFailed, match=r"broken\.stl"):
        slice_with_prusaslicer(broken, tmp_path / "out.gcode")
