"""What an owner says once of a camera: where the corners of the bed lie in its picture.

The points are the bed's front left, front right, back right and back left corner, in pixels from
the picture's upper left. They are kept as JSON in the guard's state folder, one file a printer.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from printer_guard.camera.pose import Pose
from printer_guard.errors import CameraError

if TYPE_CHECKING:
    from numpy.typing import NDArray

SCHEMA = "printwarden.camera/1"
ORDER = "Name front left, front right, back right and back left, in that order"
LEAST_SIDE_PX = 20.0  # a bed that is smaller in the picture shows nothing

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Calibration:
    """points_px: four corners in a picture of size_px. bed_mm, origin_mm: as in the settings."""

    points_px: tuple[Point, Point, Point, Point]
    size_px: tuple[int, int]
    bed_mm: tuple[float, float]
    origin_mm: tuple[float, float]

    @property
    def corners_mm(self) -> NDArray[np.float64]:
        """(4, 2) the printer's x and y of the four corners."""
        (left, front), (width, depth) = self.origin_mm, self.bed_mm
        unit = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float64)
        return unit * [width, depth] + [left, front]

    def pose(self) -> Pose:
        """The camera. Raises CameraError when the points ask for none that could exist."""
        _check(np.array(self.points_px), self.size_px)
        try:
            return Pose.from_corners(self.corners_mm, np.array(self.points_px), self.size_px)
        except ValueError as error:
            raise CameraError("calibration", str(error), ORDER) from error

    def save(self, path: Path) -> None:
        """Write it, whole or not at all. Raises CameraError."""
        part = path.with_suffix(".part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            part.write_text(json.dumps({"schema": SCHEMA, **asdict(self)}) + "\n", "ascii")
            part.replace(path)
        except OSError as error:
            raise CameraError(path, f"cannot be written ({error.strerror})") from error


def load_calibration(path: Path) -> Calibration:
    """The one kept in *path*. Raises CameraError."""
    try:
        body = json.loads(path.read_text("ascii"))
        first, second, third, fourth = (_pair(point) for point in body["points_px"])
        width, height = (int(side) for side in body["size_px"])
        if body["schema"] != SCHEMA:
            raise ValueError(f"the schema is not {SCHEMA!r}")
        return Calibration(
            (first, second, third, fourth),
            (width, height),
            _pair(body["bed_mm"]),
            _pair(body["origin_mm"]),
        )
    except FileNotFoundError as error:
        advice = "Calibrate it with `printwarden guard camera calibrate`"
        raise CameraError(path.stem, "its camera is not calibrated", advice) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CameraError(path, f"is no calibration ({error})", "Calibrate anew") from error


def calibration_path(state: Path, printer: str) -> Path:
    """Where that of *printer* is kept in the guard's folder *state*."""
    return state / "camera" / f"{printer}.json"


def _pair(numbers: Sequence[float]) -> Point:
    first, second = (float(number) for number in numbers)
    return first, second


def _check(points: NDArray[np.float64], size_px: tuple[int, int]) -> None:
    """Raise CameraError naming the first point that cannot be meant."""
    if not np.isfinite(points).all():
        raise CameraError("calibration", "a point is no number")
    for number, point in enumerate(points, start=1):
        if not ((point >= 0) & (point < size_px)).all():
            what = f"point {number} lies outside the picture of {size_px[0]} x {size_px[1]} pixels"
            raise CameraError("calibration", what, "Points are x,y from the upper left")
    sides = np.roll(points, -1, axis=0) - points
    if np.linalg.norm(sides, axis=1).min() < LEAST_SIDE_PX:
        what = f"two neighbouring points are less than {LEAST_SIDE_PX:g} pixels apart"
        raise CameraError("calibration", what, ORDER)
    following = np.roll(sides, -1, axis=0)
    turns = sides[:, 0] * following[:, 1] - sides[:, 1] * following[:, 0]
    if not ((turns > 0).all() or (turns < 0).all()):
        raise CameraError("calibration", "the points make no convex four-sided figure", ORDER)
