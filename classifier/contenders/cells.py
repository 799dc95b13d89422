"""The cells that make up a solid, as points with free sides: what a rebuilt mesh would tell.

A coverage grid turns as cheaply as its points do, which no mesh with half a million faces does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataset_builder.render.occupancy import Occupancy
from dataset_builder.render.presence import SURFACE, Visible


@dataclass(frozen=True, slots=True)
class Cells:
    """points_mm: (P, 3) float32 x, y, z of the centres of cells with material.

    free: (P,) uint8, how many of a cell's six sides face no material; 0 for cells inside.
    weight: how many cells of the solid each of these stands for.
    """

    points_mm: NDArray[np.float32]
    free: NDArray[np.uint8]
    cell_mm: float
    weight: float = 1.0

    def few(self, most: int) -> Cells:
        """At most *most* of them, drawn by chance, the same ones each time."""
        if len(self.free) <= most:
            return self
        # not every n-th: in step with the rows of the grid it would keep some columns only
        kept = np.random.default_rng(0).choice(len(self.free), most, replace=False)
        weight = self.weight * len(self.free) / most
        return Cells(self.points_mm[kept], self.free[kept], self.cell_mm, weight)


def cells_of(solid: Occupancy) -> Cells:
    """The cells of *solid* that count as material, thin walls included.

    Raises EmptyToolpath where there are none.
    """
    ready = Visible.of(solid)
    material = ready.present >= SURFACE
    free = np.zeros(material.shape, np.uint8)
    for axis in range(3):
        for step in (-1, 1):
            free += ~np.roll(material, step, axis)
    points = (np.argwhere(material)[:, ::-1] + 0.5) * solid.cell_mm + ready.origin_mm
    return Cells(points.astype(np.float32), free[material], solid.cell_mm)


def cuts(heights_mm: NDArray[np.floating[Any]], frames: int) -> NDArray[np.float64]:
    """(frames,) heights up to which a print has grown at the end of each frame; the last is inf.

    heights_mm: (P,) of all its cells.
    """
    low, high = float(heights_mm.min()), float(heights_mm.max())
    levels = low + (high - low) * np.arange(1, frames + 1) / frames
    levels[-1] = np.inf  # rounding must not leave the highest cells out
    return levels
