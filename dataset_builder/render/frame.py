"""Where a solid lands in a picture: one scale, centred, every share of a pixel counted.

Sources and pictures have different pitches (pixels, layers, picture rows). Each source interval is
spread over the picture's pixels by the length they share, never by rounding to one of them:
rounding makes stripes where two pitches beat against each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.render.native import native

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Picture = NDArray[np.float64]  # (rows, columns), row 0 lowest
    Edges = tuple[NDArray[np.float64], NDArray[np.float64]]  # lower and upper, (n,) each


MARGIN_PX = 1  # empty border on each side of the longest extent
SIZES_PX = range(8, 1025)  # pictures people train on are 28 to 256


@dataclass(frozen=True, slots=True)
class Frame:
    """A cube of size_px pixels a side around *centre_mm* (x, y, z)."""

    centre_mm: tuple[float, float, float]
    extent_mm: tuple[float, float, float]
    mm_per_px: float
    size_px: int

    @classmethod
    def around(cls, low: NDArray[np.float64], high: NDArray[np.float64], size_px: int) -> Frame:
        """The frame whose pictures the box *low*..*high* (x, y, z in mm) fills.

        Raises ValueError for a size outside SIZES_PX.
        """
        if size_px not in SIZES_PX:
            raise ValueError(f"size_px = {size_px}: give {SIZES_PX.start} to {SIZES_PX.stop - 1}")
        x, y, z = ((low + high) / 2).tolist()
        across, along, up = (high - low).tolist()
        scale = max(across, along, up) / (size_px - 2 * MARGIN_PX)
        return cls((x, y, z), (across, along, up), scale, size_px)

    def spread(self, values: NDArray[np.float64], axis: int, edges_mm: Edges) -> Picture:
        """(n, m) rows that lie at *edges_mm* along *axis* -> (size_px, m), row 0 lowest.

        A row gives each pixel the share of the pixel that it covers.
        """
        return spread_rows(values, *self.in_pixels(axis, edges_mm), self.size_px)

    def in_pixels(self, axis: int, edges_mm: Edges) -> Edges:
        """Lower and upper edges along *axis* in pixels from the frame's lowest."""
        corner = self.centre_mm[axis] - self.size_px / 2 * self.mm_per_px
        low, high = ((edge - corner) / self.mm_per_px for edge in edges_mm)
        return low, high

    def picture(
        self, values: NDArray[np.float64], axes: tuple[int, int], edges_mm: Sequence[Edges]
    ) -> Picture:
        """Values (rows, columns) -> (size_px, size_px); *axes*: to the right, then up.

        edges_mm: of x, y and z.
        """
        across, up = axes
        rows = self.spread(values, up, edges_mm[up])
        return self.spread(rows.T, across, edges_mm[across]).T


def spread_rows(
    values: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64], cells: int
) -> Picture:
    """Share each row of (n, m) *values* among the unit cells 0..cells that low..high overlaps."""
    spread = native("pw_spread_rows")
    if spread is None:
        return np.asarray(overlap(low, high, cells) @ values)
    values, low, high = (np.ascontiguousarray(part) for part in (values, low, high))
    out = np.zeros((cells, values.shape[1]))
    spread(values, *values.shape, low, high, cells, out)
    return out


def overlap(low: NDArray[np.float64], high: NDArray[np.float64], cells: int) -> NDArray[np.float64]:
    """(cells, n) length that the unit cells 0..cells share with n intervals low..high."""
    cell = np.arange(cells)[:, None]
    shared = np.minimum(high, cell + 1) - np.maximum(low, cell)
    return np.asarray(np.maximum(shared, 0.0))
