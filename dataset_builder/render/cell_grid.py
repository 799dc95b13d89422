"""The cells that a solid is filled on: near cubes, centred on its box, whole ones on every side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.errors import Malformed
from dataset_builder.geometry.layers import Layers

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_LAYERS = 4096  # a finer stack than any printer makes; a bound on memory for absurd heights
LEAST_EXTENT_MM = 1e-6  # smaller is a point: nothing prints, and pitches would round to zero


@dataclass(frozen=True, slots=True)
class CellGrid:
    """shape: cells along z, y, x; origin and pitch in mm along x, y, z."""

    shape: tuple[int, int, int]
    origin: NDArray[np.float64]
    pitch: NDArray[np.float64]

    @classmethod
    def around(
        cls, bbox_mm: NDArray[np.float64], *, cells: int, layer_height_mm: float | None = None
    ) -> CellGrid:
        """*cells* pixels along the longest side of *bbox_mm*, (2, 3) lowest and highest corner.

        layer_height_mm: None makes cells near cubes; either way the nearest height that divides
        the box evenly. The grid is centred, so that a mirrored solid gives mirrored bitmaps.
        Raises ValueError for what is not positive, Malformed for a box without extent.
        """
        if cells < 1 or (layer_height_mm is not None and not layer_height_mm > 0):
            raise ValueError(
                f"cells = {cells}, layer_height_mm = {layer_height_mm}: give positive ones"
            )
        with np.errstate(over="ignore", invalid="ignore"):
            extent = bbox_mm[1] - bbox_mm[0]
        if not (np.isfinite(extent).all() and extent.max() >= LEAST_EXTENT_MM):
            raise Malformed("The mesh has no extent, or an endless one")
        pitch = np.full(3, extent.max() / cells)
        # a side that ends a rounding error past a cell border gets no cell for it
        counts = np.maximum(np.ceil(extent / pitch - 1e-9), 1)
        layers = extent[2] / (pitch[2] if layer_height_mm is None else layer_height_mm)
        counts[2] = np.clip(round(min(layers, MAX_LAYERS)), 1, MAX_LAYERS)
        pitch[2] = extent[2] / counts[2] or pitch[2]
        origin = bbox_mm[0] + (extent - counts * pitch) / 2
        return cls((int(counts[2]), int(counts[1]), int(counts[0])), origin, pitch)

    @property
    def packed_shape(self) -> tuple[int, int, int]:
        """Of the bitmaps: layers, rows and bytes of a row."""
        layers, rows, columns = self.shape
        return layers, rows, -(-columns // 8)

    def centres(self, axis: int) -> NDArray[np.float64]:
        """(n,) mm where the cells along *axis* have their middles."""
        count = self.shape[2 - axis]
        return np.asarray(self.origin[axis] + (np.arange(count) + 0.5) * self.pitch[axis])

    def layers(self, bits: NDArray[np.uint8]) -> Layers:
        """The slices whose pixels are *bits*, of `packed_shape`."""
        count = self.shape[0]
        return Layers(
            bits=bits,
            width_px=self.shape[2],
            z_top_mm=self.origin[2] + np.arange(1, count + 1) * self.pitch[2],
            height_mm=np.full(count, self.pitch[2]),
            origin_mm=(float(self.origin[0]), float(self.origin[1])),
            mm_per_px=float(self.pitch[0]),
        )
