"""Where four corners of the bed lie in a picture -> the camera, so that any point can be projected.

The camera is a pinhole with square pixels that looks through the middle of its picture: one
unknown focal length. The homography of the bed then gives it, and the pose with it.
Sources: Zhang, "A flexible new technique for camera calibration", 2000, section 3.1; Hartley and
Zisserman, "Multiple View Geometry", 2nd edition, 4.1 (direct linear transformation) and 8.8.
Lens distortion is not modelled: a webcam bends a bed's edge by a few pixels, within the tolerance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

LEAST_CONDITION = 1e-3
"""Below that, both equations of the focal length say nothing: the camera looks straight down."""
VIEW_ANGLES = (15.0, 120.0)  # degrees across a picture: longer and wider lenses are no webcam's


@dataclass(frozen=True, slots=True)
class Pose:
    """projection: (3, 4), millimetres of the printer to pixels. centre_mm: (3,) of the lens."""

    projection: Array
    focal_px: float
    centre_mm: Array

    @classmethod
    def from_corners(cls, corners_mm: Array, corners_px: Array, size_px: tuple[int, int]) -> Self:
        """The camera that sees *corners_mm* (4, 2), at z = 0, at *corners_px* (4, 2).

        size_px: width and height of the picture. Raises ValueError with a sentence when no such
        camera exists: straight from above, from below, or with a lens that is no webcam's.
        """
        middle = np.array(size_px, np.float64) / 2
        plane = _homography(corners_mm, corners_px - middle)
        focal = _focal(plane, float(max(size_px)))
        # columns of the homography: the first two axes of the bed and where it lies, to a scale
        rays = np.diag([1 / focal, 1 / focal, 1]) @ plane
        rays /= np.linalg.norm(rays[:, :2]) / np.sqrt(2)
        if rays[2, 2] < 0:
            rays = -rays  # the bed lies before the camera
        turn = _nearest_rotation(rays)
        centre = -turn.T @ rays[:, 2]
        if centre[2] <= 0:
            raise ValueError("the corners go the wrong way round, as if seen from below")
        inner = np.array([[focal, 0, middle[0]], [0, focal, middle[1]], [0, 0, 1]])
        return cls(inner @ np.column_stack([turn, rays[:, 2]]), focal, centre)

    def project(self, points_mm: NDArray[np.floating]) -> Array:
        """(..., 3) mm -> (..., 2) pixels; NaN for what lies behind the camera."""
        seen = points_mm @ self.projection[:, :3].T + self.projection[:, 3]
        depth = np.where(seen[..., 2:] > 0, seen[..., 2:], np.nan)
        return np.asarray(seen[..., :2] / depth, np.float64)

    def px_per_mm(self, point_mm: Array) -> float:
        """How large a millimetre is at *point_mm* (3,), across the line of sight."""
        return self.focal_px / float(np.linalg.norm(point_mm - self.centre_mm))


def _homography(plane: Array, seen: Array) -> Array:
    """(3, 3) that takes the four points *plane* to *seen*, both (4, 2)."""
    scale_mm = np.abs(plane).max()
    rows = []
    for (x, y), (u, v) in zip(plane / scale_mm, seen, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
    try:
        eight = np.linalg.solve(np.array(rows), seen.ravel())
    except np.linalg.LinAlgError as error:
        raise ValueError("three of the corners lie on one line") from error
    return np.append(eight, 1.0).reshape(3, 3) @ np.diag([1 / scale_mm, 1 / scale_mm, 1])


def _focal(plane: Array, width_px: float) -> float:
    """From what holds of the bed's axes: they are at right angles, and equally long."""
    first, second = (plane[:, axis] / [width_px, width_px, 1] for axis in (0, 1))
    scale = np.linalg.norm([first, second])
    first, second = first / scale, second / scale
    left = np.array([first[:2] @ second[:2], first[:2] @ first[:2] - second[:2] @ second[:2]])
    right = np.array([first[2] * second[2], first[2] ** 2 - second[2] ** 2])
    if np.linalg.norm(right) < LEAST_CONDITION or left @ right >= 0:
        raise ValueError("the camera must see the bed at a slant, not from straight above")
    focal = float(np.sqrt(-(left @ left) / (left @ right)) * width_px)
    angle = float(np.degrees(2 * np.arctan(width_px / (2 * focal))))
    if not VIEW_ANGLES[0] <= angle <= VIEW_ANGLES[1]:
        raise ValueError(f"the corners ask for a lens of {angle:.0f} degrees, which is no webcam's")
    return focal


def _nearest_rotation(rays: Array) -> Array:
    """(3, 3) rotation whose first two columns are nearest to those of *rays* (Frobenius)."""
    left, _, right = np.linalg.svd(rays[:, :2], full_matrices=False)
    axes = left @ right
    return np.column_stack([axes, np.cross(axes[:, 0], axes[:, 1])])
