"""Pictures for people: the expected outline over what the camera sees; few are kept, and small.

Only a "differs" is kept, in the guard's state folder. No picture leaves this host.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from printer_guard.camera.imaging import opencv, write_picture

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from printer_guard.camera.eye import Eye
    from printer_guard.camera.imaging import Picture
    from printer_guard.camera.pose import Pose

EXPECTED = (80, 220, 80)  # blue, green, red: green outline
EXTRA = (60, 60, 255)  # red: seen, and not expected
MISSING = (255, 60, 220)  # violet: expected, and not seen
GRID = (230, 200, 90)
GRID_MM = 20.0
CORNER_WORDS = ("front left", "front right", "back right", "back left")


def draw_difference(eye: Eye) -> Picture:
    """The last look of *eye*, with what speaks against the job. Needs a look that compared."""
    cv2 = opencv()
    if eye.picture is None or eye.comparison is None:
        raise ValueError("there is no look to draw")
    drawn: Picture = eye.picture.copy()
    for mask, colour in ((eye.comparison.extra, EXTRA), (eye.comparison.missing, MISSING)):
        drawn[mask > 0] = (0.4 * drawn[mask > 0] + 0.6 * np.array(colour)).astype(np.uint8)
    cv2.drawContours(drawn, eye.silhouette.outline(), -1, EXPECTED, 1)
    return drawn


def draw_calibration(
    picture: Picture,
    pose: Pose,
    corners_mm: NDArray[np.float64],
    outline: Sequence[NDArray[np.int32]] = (),
) -> Picture:
    """*picture* with the bed's grid, its corners and the expected *outline*."""
    cv2 = opencv()
    drawn: Picture = picture.copy()
    low, high = corners_mm.min(axis=0), corners_mm.max(axis=0)
    for axis in (0, 1):
        for place in np.append(np.arange(low[axis], high[axis], GRID_MM), high[axis]):
            ends = np.zeros((2, 3))
            ends[:, axis] = place
            ends[:, 1 - axis] = low[1 - axis], high[1 - axis]
            first, last = pose.project(ends).round().astype(int).tolist()
            cv2.line(drawn, first, last, GRID, 1, cv2.LINE_AA)
    flat = np.column_stack([corners_mm, np.zeros(len(corners_mm))])
    for place, words in zip(pose.project(flat).round().astype(int), CORNER_WORDS, strict=True):
        cv2.circle(drawn, place.tolist(), 5, GRID, 2)
        cv2.putText(drawn, words, (place + [8, -6]).tolist(), 0, 0.45, GRID, 1, cv2.LINE_AA)
    cv2.drawContours(drawn, list(outline), -1, EXPECTED, 2)
    return drawn


def keep_difference(eye: Eye, folder: Path, name: str, keep: int) -> Path | None:
    """Write the last look of *eye* as a JPEG into *folder* and delete all but the *keep* newest.

    None when none are to be kept. Raises CameraError.
    """
    if keep == 0:
        return None
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{time.time_ns()}-{name}.jpg"  # names in the order of their time
    write_picture(path, draw_difference(eye))
    for old in sorted(folder.glob("*.jpg"))[:-keep]:
        old.unlink(missing_ok=True)
    return path
