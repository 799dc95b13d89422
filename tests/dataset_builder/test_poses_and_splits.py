"""Poses, and which pictures may be trained on."""

import zlib
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset_builder.building.poses import PoseGrid, RandomPoses, rotation
from dataset_builder.building.presets import C3PO_MODELS, PRESETS
from dataset_builder.building.splits import (
    FOLDS,
    model_folds,
    orientation_split,
    random_split,
    route_split,
    source_folds,
)
from dataset_builder.sources.origin import Origin
from dataset_builder.sources.solids import SOLIDS

ANGLES = st.floats(-360, 360)


def origin(name, label, family=None, source="here"):
    return Origin(name, family or name, label, source, "CC0-1.0", "us", "0" * 64, "mesh", name)


@given(ANGLES, ANGLES, ANGLES)
def test_a_rotation_is_orthonormal_and_never_mirrors(roll, pitch, yaw):
    matrix = rotation(roll, pitch, yaw)
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(matrix) == pytest.approx(1)


def test_roll_turns_about_x_pitch_about_y_yaw_about_z_and_roll_comes_first():
    x, y, z = np.eye(3)
    np.testing.assert_allclose(rotation(90, 0, 0) @ y, z, atol=1e-12)
    np.testing.assert_allclose(rotation(0, 90, 0) @ z, x, atol=1e-12)
    np.testing.assert_allclose(rotation(0, 0, 90) @ x, y, atol=1e-12)
    np.testing.assert_allclose(rotation(90, 90, 0) @ y, x, atol=1e-12)


@pytest.mark.parametrize("preset", ["smoke", "c3po"])
def test_a_grid_names_no_rotation_twice_and_holds_the_pose_as_modelled(preset):
    poses = PRESETS[preset].poses.poses(seed=1)
    matrices = np.array([pose.rotation.ravel() for pose in poses])
    assert len(np.unique(matrices.round(6), axis=0)) == len(poses)
    assert any(np.allclose(matrix, np.eye(3).ravel()) for matrix in matrices)


def test_random_poses_are_uniform_over_all_rotations():
    matrices = np.array([pose.rotation for pose in RandomPoses(4000).poses(seed=3)])
    np.testing.assert_allclose(matrices.mean(axis=0), 0, atol=0.05)
    # the trace of a uniform rotation is 1 + 2 cos(angle), with mean 0 and mean square 1
    trace = np.trace(matrices, axis1=1, axis2=2)
    assert abs(trace.mean()) < 0.06
    assert (trace**2).mean() == pytest.approx(1, abs=0.1)


def test_more_random_poses_begin_with_the_fewer():
    assert RandomPoses(9).poses(5)[:4] == RandomPoses(4).poses(5)
    assert RandomPoses(9).poses(5) != RandomPoses(9).poses(6)


def test_c3po_is_as_large_as_what_was_published():
    preset = PRESETS["c3po"]
    jobs = len(preset.models) * len(preset.poses.poses(1))
    assert (len(preset.models), len(preset.labels)) == (22, 10)
    assert 3 * jobs >= 62_200
    assert 3 * jobs * preset.frames >= 671_677
    grid = preset.poses
    assert isinstance(grid, PoseGrid)
    assert min(grid.roll, grid.pitch, grid.yaw) >= 6


def test_c3po_models_have_the_labels_they_are_listed_under():
    for label, models in C3PO_MODELS.items():
        assert len(models) >= 2  # one can be held out
        assert {SOLIDS[model].label.name for model in models} == {label}


def test_a_fifth_of_pictures_is_held_out_at_random_and_always_the_same_ones():
    names = [f"mug/mesh/{number:04d}/xy" for number in range(5000)]
    held_out = [name for name in names if random_split(name) == "test"]
    assert 0.18 < len(held_out) / len(names) < 0.22
    assert random_split(names[0]) == ("test" if zlib.crc32(names[0].encode()) % 5 == 0 else "train")


def test_a_third_of_roll_angles_is_held_out_whole_the_quarter_turns():
    rolls = [pose.roll_deg for pose in PRESETS["c3po"].poses.poses(1)]
    parts = {roll: orientation_split(roll) for roll in rolls}
    assert Counter(parts.values()) == {"train": 8, "test": 4}
    assert {roll for roll, part in parts.items() if part == "test"} == {0.0, 90.0, 180.0, 270.0}


@given(ANGLES)
def test_an_angle_and_the_same_angle_a_turn_on_are_in_one_part(roll):
    assert orientation_split(round(roll)) == orientation_split(round(roll) + 360)


def test_the_last_of_several_routes_is_held_out_and_a_single_one_is_not():
    assert [route_split(name, ["mesh", "a", "b"]) for name in ("mesh", "a", "b")] == [
        "train", "train", "test",
    ]  # fmt: skip
    assert route_split("mesh", ["mesh"]) == "train"


def test_families_of_a_label_are_dealt_to_different_folds():
    origins = [origin(model, label) for label, models in C3PO_MODELS.items() for model in models]
    folds = model_folds(origins)
    for models in C3PO_MODELS.values():
        assert len({folds[model] for model in models}) == len(models)
    sizes = Counter(folds.values())
    assert max(sizes.values()) - min(sizes.values()) <= 2


def test_variants_of_one_design_share_a_fold():
    folds = model_folds([origin("a1", "gear", "a"), origin("a2", "gear", "a"), origin("b", "gear")])
    assert set(folds) == {"a", "b"}


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.booleans()), min_size=1))
def test_sources_fall_into_one_fold_each_whatever_their_order(drawn):
    origins = [
        origin(str(number), "handgun-shaped" if weapon else "gear", source=source)
        for number, (source, weapon) in enumerate(drawn)
    ]
    folds = source_folds(origins)
    assert set(folds) == {source for source, _ in drawn}
    assert set(folds.values()) <= set(range(FOLDS))
    assert folds == source_folds(origins[::-1])
