"""Four corners of a bed give the camera, and every point above the bed its place."""

import numpy as np
import pytest

from printer_guard.benchmarks.camera_scene import SIZE_PX, Camera
from printer_guard.camera.calibration import Calibration, load_calibration
from printer_guard.camera.pose import Pose
from printer_guard.errors import CameraError

BED = np.array([[0, 0], [220, 0], [220, 220], [0, 220]], np.float64)


def corners(eye=(150, -190, 210), focal_px=560.0):
    return Camera.at(np.array(eye, np.float64), focal_px)


def calibrated(points) -> Calibration:
    first, second, third, fourth = ((float(x), float(y)) for x, y in points)
    return Calibration((first, second, third, fourth), SIZE_PX, (220, 220), (0, 0))


@pytest.mark.parametrize("eye", [(150, -190, 210), (10, -150, 150), (300, 40, 260)])
@pytest.mark.parametrize("focal_px", [450.0, 640.0])
def test_the_camera_that_took_the_picture_is_found_again(eye, focal_px):
    camera = corners(eye, focal_px)
    pose = Pose.from_corners(BED, camera.corners_px(), SIZE_PX)
    assert pose.focal_px == pytest.approx(focal_px, rel=1e-6)
    np.testing.assert_allclose(pose.centre_mm, eye, atol=1e-3)


@pytest.mark.parametrize("z_mm", [0.0, 12.0, 150.0])
def test_points_above_the_bed_are_projected_to_where_the_camera_sees_them(z_mm):
    camera = corners()
    pose = Pose.from_corners(BED, camera.corners_px(), SIZE_PX)
    points = np.array([[20, 30, z_mm], [110, 110, z_mm], [200, 60, z_mm]])
    flat = np.column_stack([points[:, :2], np.ones(3)]) @ camera.plane(z_mm).T
    np.testing.assert_allclose(pose.project(points), flat[:, :2] / flat[:, 2:], atol=1e-3)


def test_what_lies_behind_the_camera_is_nowhere():
    pose = Pose.from_corners(BED, corners().corners_px(), SIZE_PX)
    assert np.isnan(pose.project(np.array([150.0, -400.0, 400.0]))).all()


def test_a_corner_clicked_a_pixel_off_moves_a_high_point_by_a_few_pixels_only():
    camera, rng = corners(), np.random.default_rng(7)
    point = np.array([[110.0, 110.0, 60.0]])
    right = Pose.from_corners(BED, camera.corners_px(), SIZE_PX).project(point)
    for _ in range(20):
        clicked = camera.corners_px() + rng.uniform(-1, 1, (4, 2))
        off = Pose.from_corners(BED, clicked, SIZE_PX).project(point) - right
        assert np.linalg.norm(off) < 5


@pytest.mark.parametrize(
    ("points", "words"),
    [
        ([(82, 364), (519, 407), (472, 190), (900, 180)], "point 4 lies outside the picture"),
        ([(82, 364), (519, 407), (472, 190), (472, 191)], "less than 20 pixels apart"),
        ([(82, 364), (472, 190), (519, 407), (206, 180)], "no convex four-sided figure"),
        ([(206, 180), (472, 190), (519, 407), (82, 364)], "the wrong way round"),
        ([(100, 400), (500, 400), (500, 100), (100, 100)], "not from straight above"),
        ([(82, float("nan")), (519, 407), (472, 190), (206, 180)], "is no number"),
    ],
)
def test_corners_that_no_camera_could_see_are_refused_with_a_sentence(points, words):
    with pytest.raises(CameraError, match=words):
        calibrated(points).pose()


def test_a_calibration_is_read_as_it_was_written(tmp_path):
    path = tmp_path / "camera" / "voron.json"
    written = calibrated(corners().corners_px().tolist())
    written.save(path)
    assert load_calibration(path) == written


@pytest.mark.parametrize("text", ["", "{}", '{"schema": "other"}', '{"points_px": [[1, 2]]}'])
def test_a_broken_calibration_is_named_and_never_used(tmp_path, text):
    path = tmp_path / "voron.json"
    path.write_text(text)
    with pytest.raises(CameraError, match=r"voron\.json: is no calibration"):
        load_calibration(path)
    with pytest.raises(CameraError, match="is not calibrated"):
        load_calibration(tmp_path / "prusa.json")
