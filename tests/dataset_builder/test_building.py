"""Building a dataset: the same bytes however it is built, and rows that say what they show."""

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from dataset_builder.building.build import build
from dataset_builder.building.fineness import FINEST, enough_cells, volume_mm3
from dataset_builder.building.poses import Pose
from dataset_builder.building.presets import CURA, MESH
from dataset_builder.building.request import Request, plan_of
from dataset_builder.output.dataset import WORK
from dataset_builder.render.projections import project
from dataset_builder.render.rotations import rotated
from dataset_builder.render.slice_mesh import slice_mesh
from dataset_builder.render.views import PLANES
from dataset_builder.slicers.profiles import slicer_version
from dataset_builder.sources.labels import LABEL_NAMES
from dataset_builder.sources.loading import load_mesh
from dataset_builder.sources.parametric import parametric_origins
from tests.dataset_builder.small_build import MODELS, contents, decoded, rows, settings


def test_any_number_of_workers_gives_the_same_bytes(plan, built, tmp_path):
    build(plan, tmp_path / "two", settings(tmp_path / "two", workers=2))
    assert contents(tmp_path / "two") == contents(built)


def test_a_ray_cluster_of_two_workers_gives_the_same_bytes(plan, built, tmp_path):
    pytest.importorskip("ray", reason="Ray is not installed: pip install 'printwarden[scale]'")
    build(plan, tmp_path / "ray", settings(tmp_path / "ray", workers=2, engine="ray"))
    assert contents(tmp_path / "ray") == contents(built)


def test_another_seed_gives_other_objects(plan, built, tmp_path):
    other = replace(plan, seed=2, origins=tuple(parametric_origins(MODELS, 1, seed=2)))
    manifest = build(other, tmp_path / "other", settings(tmp_path / "other"))
    ours = json.loads((built / "manifest.json").read_text())
    assert manifest["counts"] == ours["counts"]
    assert {o["sha256"] for o in manifest["origins"]}.isdisjoint(
        o["sha256"] for o in ours["origins"]
    )


def test_the_manifest_counts_what_the_tables_hold(built):
    manifest = json.loads((built / "manifest.json").read_text())
    assert manifest["counts"]["projections"] == len(rows(built, "projections")) == 15 * 3
    assert manifest["counts"]["sequence_frames"] == len(rows(built, "sequences")) == 15 * 3 * 3
    assert manifest["counts"]["solids"] == len(rows(built, "solids")) == 3
    assert sum(sum(o["images"].values()) for o in manifest["origins"]) == 15 * 12
    assert not (built / WORK).exists()


def test_every_projection_can_be_drawn_again_from_what_its_row_says(plan, built):
    origins = {origin.name: origin for origin in plan.origins}
    for row in rows(built, "projections"):
        pose = Pose(row["roll_deg"], row["pitch_deg"], row["yaw_deg"])
        mesh = load_mesh(origins[row["model"]])
        layers = slice_mesh(rotated(mesh, pose.rotation), cells=enough_cells(mesh, 96))
        views = project(layers, size_px=16, kind="root-xray")
        # angles are stored in single precision: a turn by 1e-6 degrees may tip a pixel or two
        difference = np.abs(views.pixels[PLANES.index(row["plane"])].astype(int) - decoded(row))
        assert np.count_nonzero(difference > 4) <= 2
        assert row["mm_per_px"] == pytest.approx(views.mm_per_px, rel=1e-5)
        assert LABEL_NAMES[row["label"]] == origins[row["model"]].label


@pytest.mark.parametrize("model", ["sword", "mug", "wrench"])
def test_no_blade_is_lost_between_cells_and_no_cell_is_spent_without_need(model):
    mesh = load_mesh(*parametric_origins((model,), 1, seed=2))
    cells = enough_cells(mesh, 96)
    assert (cells > 96) == (model != "mug")
    kept = volume_mm3(slice_mesh(mesh, cells=cells))
    assert kept == pytest.approx(volume_mm3(slice_mesh(mesh, cells=FINEST)), rel=0.06)


def test_frames_grow_and_the_last_one_is_the_projection(built):
    finished = {(row["job"], row["plane"]): decoded(row) for row in rows(built, "projections")}
    sequences = {}
    for row in rows(built, "sequences"):
        sequences.setdefault((row["job"], row["plane"]), []).append(row)
    assert sequences.keys() == finished.keys()
    for key, frames in sequences.items():
        pictures = [decoded(row).astype(int) for row in frames]
        assert all((b >= a).all() for a, b in pairwise(pictures))
        assert np.array_equal(pictures[-1], finished[key])
        assert [row["layer"] for row in frames] == sorted(row["layer"] for row in frames)
        assert frames[-1]["layer"] == frames[-1]["layers"]
        assert frames[-1]["z_mm"] == pytest.approx(frames[-1]["extent_z_mm"], rel=0.05)


def test_every_route_draws_an_equal_share_of_each_object(plan):
    dealt = replace(plan, routes=(MESH, *CURA), poses=plan.poses * 4)
    for number in range(len(dealt.origins)):
        routes = dealt.routes_of(number)
        assert {routes.count(route) for route in dealt.routes} == {5}
    assert dealt.routes_of(0) != dealt.routes_of(1)
    by_object = replace(dealt, deal="origin")
    assert all(len(set(by_object.routes_of(number))) == 1 for number in range(3))


@pytest.mark.skipif(slicer_version(CURA[0]) is None, reason="CuraEngine is not installed")
def test_a_mesh_and_its_gcode_give_like_pictures_and_the_rows_say_which(plan, tmp_path):
    both = replace(
        plan_of(Request("smoke", routes=[MESH, CURA[0]], size_px=28, frames=3)),
        origins=tuple(parametric_origins(("pistol", "mug"), 1, seed=1)),
    )
    one_way = replace(both, routes=(MESH,))
    build(both, tmp_path / "both", settings(tmp_path))
    build(one_way, tmp_path / "mesh", settings(tmp_path))
    plain = {
        row["job"].split("/")[0] + row["job"][-4:] + row["plane"]: decoded(row)
        for row in rows(tmp_path / "mesh", "projections")
    }
    routes = set()
    for row in rows(tmp_path / "both", "projections"):
        mesh = plain[row["job"].split("/")[0] + row["job"][-4:] + row["plane"]].astype(int)
        routes.add(row["route"])
        assert row["job"].split("/")[1] == row["route"]
        assert np.abs(mesh - decoded(row)).mean() < 6  # of 255 grey levels
    assert routes == {MESH, CURA[0]}
