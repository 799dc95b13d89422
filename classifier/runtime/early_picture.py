"""A part that is still growing -> exactly the pictures the early network was trained on.

Everything is centred and scaled on what exists so far: what the part will become nobody knows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classifier.runtime.early_growth import BINS, Growth, Part
from dataset_builder.render.frame import overlap

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Square = NDArray[np.float32]  # (size, size), shares 0..1

CHANNELS = (
    "top silhouette",
    "top X-ray",
    "front silhouette",
    "front X-ray",
    "side silhouette",
    "side X-ray",
    "latest slice",
)
"""An X-ray is how much of the depth so far is material. Sides stand on the lowest row."""


@dataclass(frozen=True, slots=True)
class EarlyPicture:
    """pixels: (7, size, size) uint8, by CHANNELS. size_mm: (3,) float32 x, y, z so far."""

    pixels: NDArray[np.uint8]
    size_mm: NDArray[np.float32]


def draw_part(growth: Growth, part: Part, size_px: int) -> EarlyPicture:
    """Draw what exists of *part*, which must not be empty, at *size_px* pixels a side."""
    pitch = growth.grid.mm_per_px
    x, y = part.spans()
    size_mm = np.array([(x[1] - x[0]) * pitch, (y[1] - y[0]) * pitch, part.height_mm])
    scale_px = float(size_mm.max()) / size_px  # mm of a pixel of the picture
    over_x, over_y = (_across(span, pitch / scale_px, size_px) for span in (x, y))
    over_z, in_bins = _upwards(growth, part, scale_px, size_px)
    top = part.top_mm[y[0] : y[1], x[0] : x[1]]
    front, side = part.front[:, x[0] : x[1]], part.side[:, y[0] : y[1]]
    filled = np.where(in_bins > 0, 1 / np.maximum(in_bins, 1e-9), 0)[:, None].astype(np.float32)
    latest = part.latest[y[0] : y[1], x[0] : x[1]]
    pictures = [
        over_y @ (top > 0) @ over_x.T,
        over_y @ top @ over_x.T / np.float32(part.height_mm),
        over_z @ (front > 0) @ over_x.T,
        over_z @ (front * filled) @ over_x.T / np.float32(y[1] - y[0]),
        over_z @ (side > 0) @ over_y.T,
        over_z @ (side * filled) @ over_y.T / np.float32(x[1] - x[0]),
        over_y @ latest @ over_x.T,
    ]
    pixels = np.rint(255 * np.clip(np.stack(pictures), 0, 1)).astype(np.uint8)
    return EarlyPicture(pixels, size_mm.astype(np.float32))


def _across(span: tuple[int, int], ratio: float, size_px: int) -> Square:
    """(size, n) how much of each picture's pixel each of the n grid pixels covers, centred."""
    count = span[1] - span[0]
    edges = np.asarray((np.arange(count + 1) - count / 2) * ratio + size_px / 2, np.float64)
    return overlap(edges[:-1], edges[1:], size_px).astype(np.float32)


def _upwards(
    growth: Growth, part: Part, scale_px: float, size_px: int
) -> tuple[Square, NDArray[np.float64]]:
    """(size, BINS) the same for bins of height, lowest row first; (BINS,) mm filled of each."""
    edges = growth.bottom_mm + np.arange(BINS + 1) * growth.bin_mm
    edges = np.clip(edges, part.bottom_mm, part.top_z_mm) - part.bottom_mm
    rows = overlap(edges[:-1] / scale_px, edges[1:] / scale_px, size_px)
    return rows.astype(np.float32), np.diff(edges)
