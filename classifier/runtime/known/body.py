"""An object's solid as a soft, smooth field about its centre of mass, in its own units of size.

    body = Body.of(layers)

Everything a known shape is compared by comes from here. The field is the solid smeared by an
equal blur in all directions, so that a part reads the same however it lies on the grid it was
drawn on, and walls thinner than a cell leave a faint trace instead of a lottery of set bits.
The measure of size is the radius of gyration: unlike a box, it doesn't depend on the pose.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.render.occupancy import Occupancy, occupancy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dataset_builder.geometry.layers import Layers

    Array = NDArray[np.float64]

CELLS = 72
"""Along the longest side of the object as it lies; 2.2 or more to each cell of a reference."""
GYRATION_CELLS = 8.0
REACH_CELLS = 16.0
"""A reference's cell is the radius of gyration / 8, or the furthest reach / 16 where that is more:
at most 32 cells across in any direction, 16 along the side of a cube, 28 along a rod."""
BLUR_CELLS = 0.5
"""Standard deviation of the blur, in cells of a reference; sampling then loses under 1 %."""
DRAWN_BLUR = 1 / 12 + 1 / 6
"""Variance, in drawn cells, that drawing (a box) and reading between cells (a tent) bring."""
BARELY = 0.02  # a cell with less material is a rounding of the drawing


@dataclass(frozen=True, slots=True)
class Body:
    """An object about its centre of mass.

    solid: as drawn. centre: (3,) its centre of mass, x y z in cells of the grid, the first cell's
    centre at 0. axes: (3, 3) rows are the principal axes, the widest spread first. spreads_mm:
    (3,) standard deviations along them. cell_mm: the cell of a reference of this size.
    """

    solid: Occupancy
    centre: Array
    axes: Array
    spreads_mm: Array
    reach_mm: float
    volume_mm3: float

    @classmethod
    def of(cls, layers: Layers) -> Body:
        """Measure *layers*. Raises EmptyToolpath when no pixel is set."""
        solid = occupancy(layers, cells=CELLS)
        centre, covariance = _moments(solid.grid)
        variances, vectors = np.linalg.eigh(covariance)
        spreads = np.sqrt(np.maximum(variances[::-1], 0)) * solid.cell_mm
        reach = _reach(solid.grid, centre) * solid.cell_mm
        return cls(solid, centre, vectors.T[::-1].copy(), spreads, reach, solid.volume_mm3)

    @property
    def gyration_mm(self) -> float:
        """Root mean square distance of the material from its centre."""
        return math.sqrt(float((self.spreads_mm**2).sum()))

    @property
    def cell_mm(self) -> float:
        """The cell of a reference of this size."""
        return max(self.gyration_mm / GYRATION_CELLS, self.reach_mm / REACH_CELLS)

    def soft(self) -> NDArray[np.float32]:
        """(Z, Y, X) the solid's grid, blurred by BLUR_CELLS of a reference's cells."""
        wanted = (BLUR_CELLS * self.cell_mm / self.solid.cell_mm) ** 2 - DRAWN_BLUR
        return blurred(self.solid.grid, math.sqrt(max(wanted, 0.01)))


def blurred(grid: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    """*grid* with a rim of zeros, convolved with a Gaussian of *sigma* cells; the sum is kept.

    The rim is `rim(sigma)` cells wide on every side.
    """
    width = rim(sigma)
    weights = np.exp(-0.5 * (np.arange(-width, width + 1) / sigma) ** 2)
    weights = (weights / weights.sum()).astype(np.float32)
    soft = np.pad(grid, width)
    for axis in range(3):
        wide = np.pad(soft, [(width, width) if a == axis else (0, 0) for a in range(3)])
        count = soft.shape[axis]
        total = np.zeros_like(soft)
        for shift, weight in enumerate(weights):
            part = [slice(None)] * 3
            part[axis] = slice(shift, shift + count)
            total += weight * wide[tuple(part)]
        soft = total
    return soft


def rim(sigma: float) -> int:
    """Cells beyond which a Gaussian of *sigma* cells has nothing left."""
    return max(1, math.ceil(3 * sigma))


def _moments(grid: NDArray[np.float32]) -> tuple[Array, Array]:
    """Centre of mass and (3, 3) covariance of the material, x y z in cells."""
    planes = [grid.sum(axis=axis, dtype=np.float64) for axis in range(3)]  # yx, zx, zy
    marginals = [planes[0].sum(axis=0), planes[0].sum(axis=1), planes[1].sum(axis=1)]
    mass = marginals[0].sum()
    centre = np.array([np.arange(len(m)) @ m / mass for m in marginals])
    x, y, z = (np.arange(len(m)) - c for m, c in zip(marginals, centre, strict=True))
    spread = np.diag([w @ at**2 for w, at in zip(marginals, (x, y, z), strict=True)])
    spread[0, 1] = spread[1, 0] = y @ planes[0] @ x
    spread[0, 2] = spread[2, 0] = z @ planes[1] @ x
    spread[1, 2] = spread[2, 1] = z @ planes[2] @ y
    return centre, spread / mass + np.eye(3) / 12  # a cell is a small cube, not a point


def _reach(grid: NDArray[np.float32], centre: Array) -> float:
    """Distance from *centre* to the furthest cell with material, in cells."""
    z, y, x = np.nonzero(grid > BARELY)
    far = (x - centre[0]) ** 2 + (y - centre[1]) ** 2 + (z - centre[2]) ** 2
    return math.sqrt(float(far.max())) if len(far) else 0.5
