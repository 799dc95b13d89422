"""What has been printed so far, as the camera must see it: the outline of the approved job.

Every stroke up to where the printer is gets drawn at its place in the picture, with its height,
and once only: what is printed stays. So supports, skirts and objects that come one after another
are where they belong, and half a layer is half a layer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from printer_guard.camera.imaging import opencv

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from printer_guard.camera.pose import Pose

    Mask = NDArray[np.uint8]  # 0 or 255

BEAD_MM = 0.5  # what a usual nozzle lays down
ABOVE_MM = 15.0  # what grows beside the job is looked for up to that height over its top
SUBPIXEL_BITS = 4
FARTHEST_PX = 8000.0  # of a point that is drawn: OpenCV counts in 16 bits before the comma


class Silhouette:
    """mask: (H, W) uint8, 255 where something was printed. top_mm: of the highest stroke."""

    def __init__(self, pose: Pose, size_px: tuple[int, int]) -> None:
        self.pose = pose
        self.mask: Mask = np.zeros(size_px[::-1], np.uint8)
        self.top_mm = 0.0
        self._cv2 = opencv()

    def add(self, strokes: NDArray[np.float32]) -> None:
        """Draw (N, 2, 3) mm, start and end of each."""
        if not len(strokes):
            return
        self.top_mm = max(self.top_mm, float(strokes[:, 1, 2].max()))
        seen = self.pose.project(strokes)
        seen = seen[(np.abs(seen) < FARTHEST_PX).all(axis=(1, 2))]  # NaN is not below either
        scale = self.pose.px_per_mm(strokes[0, 0].astype(np.float64))
        self._cv2.polylines(
            self.mask,
            np.round(seen * (1 << SUBPIXEL_BITS)).astype(np.int32),
            isClosed=False,
            color=255,
            thickness=max(1, round(scale * BEAD_MM)),
            shift=SUBPIXEL_BITS,
        )

    def outline(self) -> list[NDArray[np.int32]]:
        """The outlines of what was drawn, holes too, as OpenCV has contours."""
        found = self._cv2.findContours(
            self.closed(), self._cv2.RETR_CCOMP, self._cv2.CHAIN_APPROX_SIMPLE
        )
        return list(found[0])

    def closed(self) -> Mask:
        """The mask without the gaps between strokes that lie a pixel apart."""
        kernel = np.ones((3, 3), np.uint8)
        closed: Mask = self._cv2.morphologyEx(self.mask, self._cv2.MORPH_CLOSE, kernel)
        return closed


def reach(pose: Pose, corners_mm: NDArray[np.float64], top_mm: float, like: Mask) -> Mask:
    """255 wherever a print on the bed could be seen that is a little higher than *top_mm*.

    corners_mm: (4, 2) of the bed.
    """
    cv2 = opencv()
    heights = np.repeat([0.0, top_mm + ABOVE_MM], len(corners_mm))
    box = np.column_stack([np.tile(corners_mm, (2, 1)), heights])
    seen = np.clip(np.nan_to_num(pose.project(box)), -FARTHEST_PX, FARTHEST_PX)
    mask: Mask = np.zeros_like(like)
    cv2.fillConvexPoly(mask, cv2.convexHull(seen.astype(np.int32)), 255)
    return mask
