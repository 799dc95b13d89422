"""Whole prints before a drawn camera: the right one is let be, another is noticed."""

from dataclasses import replace

import numpy as np
import pytest

from classifier.runtime.print_order import PrintOrder
from printer_guard.benchmarks import camera as bench
from printer_guard.benchmarks.camera import trial
from printer_guard.benchmarks.camera_scene import SIZE_PX, Camera, Scene, Weather, photographed
from printer_guard.benchmarks.camera_shapes import gcode, shape
from printer_guard.camera.calibration import Calibration
from printer_guard.camera.comparing import Outcome
from printer_guard.camera.eye import Eye
from printer_guard.camera.seen import in_order, merged

BOX = shape("box")


def carried_out(folder, approved, words):
    """The print of the bench with that thing approved, and that course or that growing instead."""
    plans = [plan for plan in bench.plans(12) if plan.approved.name == approved]
    same, other = plans
    return trial(same if same.course == words else other, folder)


@pytest.mark.parametrize(
    ("name", "course"), [("cone", "the light changes"), ("tube", "a hand in two looks")]
)
def test_a_print_that_is_what_was_approved_is_never_accused(tmp_path, name, course):
    found = carried_out(tmp_path, name, course)
    assert found.differs_at is None
    assert found.matched_looks >= 5


@pytest.mark.parametrize(
    ("name", "course", "words"),
    [
        ("pyramid", "the camera is pushed", "The camera has moved"),
        ("star", "it goes dark", "It is too dark"),
        ("gear", "the lens is covered with mist", "blurred"),
        ("arch", "the camera is gone", "cannot be reached"),
    ],
)
def test_a_camera_that_cannot_tell_says_why_and_accuses_nobody(tmp_path, name, course, words):
    found = carried_out(tmp_path, name, course)
    assert (found.differs_at, found.last) == (None, Outcome.CANNOT_TELL)
    assert words in found.glances[-1].reason


def test_something_else_that_grows_is_noticed(tmp_path):
    found = carried_out(tmp_path, "tube", "another shape")
    assert found.differs_at is not None
    assert found.differs_at < 0.5


def eye_of(folder, camera, looks=2):
    first, second, third, fourth = map(tuple, camera.corners_px().tolist())
    calibration = Calibration((first, second, third, fourth), SIZE_PX, (220, 220), (0, 0))
    path = folder / "box.gcode"
    path.write_bytes(gcode(BOX))
    return Eye(calibration, PrintOrder(path), looks=looks, tolerance_mm=2.5), path.stat().st_size


def pictures(scene, rng, count=3):
    return [photographed(scene.picture(), Weather(), rng) for _ in range(count)]


def test_who_begins_in_mid_print_compares_what_has_been_added_since(tmp_path):
    rng = np.random.default_rng(1)
    camera = Camera.at(np.array([150.0, -190, 210]), 560)
    eye, size = eye_of(tmp_path, camera)
    scene = Scene(camera, rng)
    half = BOX.layers // 2
    scene.grow(BOX, 0, half)
    assert eye.look(pictures(scene, rng), size // 2).outcome is None
    scene.grow(BOX, half, BOX.layers)
    glance = eye.look(pictures(scene, rng), size)
    assert glance.outcome is Outcome.MATCHES
    assert glance.height_mm == pytest.approx(BOX.height_mm)


def test_a_picture_that_never_changes_is_not_believed(tmp_path):
    rng = np.random.default_rng(1)
    camera = Camera.at(np.array([150.0, -190, 210]), 560)
    eye, _ = eye_of(tmp_path, camera)
    same = pictures(Scene(camera, rng), rng)
    eye.look(same, 0)
    glance = eye.look(same, 0)
    assert (glance.outcome, glance.reason) == (
        Outcome.CANNOT_TELL, "The picture has not changed at all since the last look.",
    )  # fmt: skip


def test_a_bed_that_is_still_being_heated_is_no_reason_to_call_anybody(tmp_path):
    rng = np.random.default_rng(1)
    camera = Camera.at(np.array([150.0, -190, 210]), 560)
    eye, _ = eye_of(tmp_path, camera)
    scene = Scene(camera, rng)
    assert {eye.look(pictures(scene, rng), 0).decided for _ in range(9)} == {None}


def test_a_picture_of_another_size_is_not_compared(tmp_path):
    camera = Camera.at(np.array([150.0, -190, 210]), 560)
    eye, _ = eye_of(tmp_path, camera)
    assert "another size" in eye.look([np.zeros((100, 100, 3), np.uint8)], 0).reason


@pytest.mark.parametrize("count", [3, 5, 6])
def test_pictures_come_in_order_as_sorting_each_pixel_has_it(count):
    rng = np.random.default_rng(count)
    stack = rng.integers(0, 255, (count, 20, 30, 3), dtype=np.uint8)
    np.testing.assert_array_equal(np.stack(in_order(list(stack))), np.sort(stack, axis=0))


def test_what_moves_through_a_minority_of_pictures_leaves_no_trace():
    bed = np.full((60, 80, 3), 90, np.uint8)
    shots = [bed.copy() for _ in range(5)]
    shots[1][20:40, 20:40] = 250
    still = merged(shots)
    np.testing.assert_array_equal(still.picture, bed)
    assert not still.moving.any()


def test_the_bench_has_as_many_right_prints_as_wrong_ones():
    plans = list(bench.plans(6))
    right = [plan for plan in plans if plan.approved == plan.grown and plan.stops == 1]
    assert (len(plans), len(right)) == (12, 6)
    assert replace(plans[0], seed=9) != plans[0]
