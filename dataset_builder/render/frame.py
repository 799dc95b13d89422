"""Where a solid lands in a picture: one scale, centred, every share of a pixel counted.

Sources and pictures have different pitches (pixels, layers, picture rows). Each source interval is
spread over the picture's pixels by the length they share, never by rounding to one of them:
rounding makes stripes where two pitches beat against each other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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

    def shares(
        self, axis: int, low: NDArray[np.float64], high: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """(size_px, n) share of each pixel along *axis* that each interval low..high covers.

        Pixel 0 is the lowest.
        """
        corner = self.centre_mm[axis] - self.size_px / 2 * self.mm_per_px
        return overlap(
            (low - corner) / self.mm_per_px, (high - corner) / self.mm_per_px, self.size_px
        )


def overlap(
    low: NDArray[np.float64], high: NDArray[np.float64], cells: int
) -> NDArray[np.float64]:
    """(cells, n) length that the unit cells 0..cells share with n intervals low..high."""
    cell = np.arange(cells)[:, None]
    shared = np.minimum(high, cell + 1) - np.maximum(low, cell)
    return np.maximum(shared, 0.0)
