"""Whether a picture can be compared with the reference at all: light, sharpness, and the camera's
own place. A camera that was pushed makes everything differ, and no print is to blame for it.

What surrounds the prints is laid over what surrounded them, edges over edges.
Source: Kuglin and Hines, "The phase correlation image alignment method", 1975.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from printer_guard.camera.imaging import opencv

if TYPE_CHECKING:
    from printer_guard.camera.expected import Mask
    from printer_guard.camera.imaging import Picture

DARKEST = 18.0  # mean grey level: below, a webcam shows its own noise
MOST_SHIFT_PX = 4.0  # more than that and the corners are elsewhere
MOVED = 0.12  # height of the correlation's peak from which on it shows a shift
LIKE = (
    0.40  # below, the surroundings are not what they were; the bench's sharp ones have 0.6 to 1.1
)
LEAST_AROUND = 0.1  # of the picture, that must show something else than the bed


def unusable(picture: Picture, reference: Picture, print_area: Mask) -> str | None:
    """Why *picture* cannot be compared, in a sentence; None when it can.

    print_area: 255 where prints are, which may look as they like.
    """
    cv2 = opencv()
    grey, then = (cv2.cvtColor(one, cv2.COLOR_BGR2GRAY) for one in (picture, reference))
    if float(grey.mean()) < DARKEST:
        return "It is too dark."
    if np.count_nonzero(print_area == 0) < LEAST_AROUND * print_area.size:
        return None  # the bed fills the picture: nothing tells where the camera is
    shift_px, peak = _shift(grey, then, print_area)
    if peak >= MOVED and shift_px > MOST_SHIFT_PX:
        return f"The camera has moved, by about {shift_px:.0f} pixels: calibrate it anew."
    if peak < LIKE:
        return "The picture is blurred, or something stands before the camera."
    return None


def _shift(grey: Mask, then: Mask, print_area: Mask) -> tuple[float, float]:
    """How far *grey* lies from *then*, in pixels, and how sure that is: 1 for a sharp copy."""
    cv2 = opencv()
    edges = [_edges(one, print_area) for one in (grey, then)]
    window = cv2.createHanningWindow(edges[0].shape[::-1], cv2.CV_32F)
    (across, down), peak = cv2.phaseCorrelate(*edges, window)
    return float(np.hypot(across, down)), float(peak)


def _edges(grey: Mask, print_area: Mask) -> Any:
    """(H, W) float32 strength of the edges outside of *print_area*."""
    cv2 = opencv()
    smooth = cv2.GaussianBlur(grey, (5, 5), 0).astype(np.float32)
    strength = np.hypot(cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1))
    strength[print_area > 0] = 0
    return strength / (float(strength.max()) + 1e-6)
