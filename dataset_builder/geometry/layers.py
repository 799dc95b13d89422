"""A solid as a stack of bitmaps: the common ground of toolpaths and meshes.

From here on nobody needs to know whether the job was G-code or a mesh.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Layers:
    """L solid slices on one pixel grid.

    bits: (L, H, ceil(W / 8)) uint8, rows along +y, packed along +x as `np.packbits` does
          (most significant bit first); a set bit is material.
    width_px: W, the pixels of a row (the last byte may hold padding zeros).
    z_top_mm: (L,) float64 ascending; height_mm: (L,) float64; slice i fills
          z_top_mm[i] - height_mm[i] .. z_top_mm[i].
    origin_mm: x and y of the outer corner of pixel (0, 0); mm_per_px: pixel pitch, both axes.
    """

    bits: NDArray[np.uint8]
    width_px: int
    z_top_mm: NDArray[np.float64]
    height_mm: NDArray[np.float64]
    origin_mm: tuple[float, float]
    mm_per_px: float

    def bitmap(self, index: int) -> NDArray[np.bool_]:
        """(H, W) bool, one slice unpacked."""
        return np.unpackbits(self.bits[index], axis=1, count=self.width_px).view(np.bool_)
