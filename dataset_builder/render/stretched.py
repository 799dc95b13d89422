"""Pictures in which every axis has a scale of its own, so that a long, thin solid fills them too.

Drawn to one scale a rifle leaves three quarters of a square empty, and what tells it from a pipe is
a few pixels high. Here each axis is stretched towards the longest one; the sides in mm go along as
numbers, so nothing is lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.render.frame import MARGIN_PX, SIZES_PX
from dataset_builder.render.occupancy import Occupancy
from dataset_builder.render.presence import SURFACE, Visible
from dataset_builder.render.rotations import checked_rotation, look_through

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dataset_builder.render.rotations import Rotation

FLATTEST = 1 / 16
"""A side shorter than this share of the longest is stretched as if it were as long."""
FULL = 255.0


@dataclass(frozen=True, slots=True)
class StretchedViews:
    """pixels: (3, 2, S, S) uint8: the planes xy, xz, yz, each as silhouette and as X-ray.

    An X-ray shows the root of the share of the frame's depth that is material: most lines of sight
    cross little, and a root spreads them out. extent_mm: (3,) float32 sides of the turned solid.
    """

    pixels: NDArray[np.uint8]
    extent_mm: NDArray[np.float32]


def project_stretched(
    solid: Occupancy, rotation: Rotation, size_px: int = 64, *, stretch: float = 1.0
) -> StretchedViews:
    """*solid* turned by *rotation* and looked at along its axes.

    stretch: 0 draws all axes to one scale, 1 makes each fill the picture; between, a side of share
    s of the longest is drawn as share s ** (1 - stretch). One sample a pixel is taken, so the grid
    should have one to two cells a pixel. Raises EmptyToolpath for an empty grid, ValueError for an
    impossible size or stretch.
    """
    if size_px not in SIZES_PX or not 0.0 <= stretch <= 1.0:
        raise ValueError(f"size_px = {size_px}, stretch = {stretch}: give 8 to 1024 and 0 to 1")
    matrix, ready = checked_rotation(rotation), Visible.of(solid)
    low, high = ready.box(matrix)
    extent = high - low
    inside = size_px - 2 * MARGIN_PX
    pitch_mm = extent / (inside * shown_shares(extent, stretch))
    first_mm = (low + high) / 2 - (size_px - 1) / 2 * pitch_mm
    sums, peaks = look_through(ready, matrix, first_mm, pitch_mm, size_px)
    shares = np.sqrt(np.clip(sums / inside, 0.0, 1.0))
    drawn = np.stack([(peaks >= SURFACE) * FULL, shares * FULL], axis=1)
    # rows count downwards in a picture, and upwards here
    pixels = np.ascontiguousarray(np.rint(drawn[:, :, ::-1]).astype(np.uint8))
    return StretchedViews(pixels, extent.astype(np.float32))


def shown_shares(extent_mm: NDArray[np.floating], stretch: float) -> NDArray[np.float64]:
    """(3,) sides -> the share of the picture that each is drawn as; the longest fills it."""
    shares = np.asarray(extent_mm, np.float64) / float(np.max(extent_mm))
    return np.asarray(np.maximum(shares, FLATTEST) ** (1.0 - stretch))
