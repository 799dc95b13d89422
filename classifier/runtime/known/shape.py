"""A body -> what a library keeps of it: sixty numbers and a coarse, smeared block of cells.

    kept = Shape.of(body)

Nothing finer than a cell survives, and of a cell only 64 steps of how full it is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classifier.runtime.known.descriptor import describe
from classifier.runtime.known.sampling import SoftField

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classifier.runtime.known.body import Body

    Array = NDArray[np.float64]

STEPS = 63  # six bits a cell; with four, one part in two poses agrees by 0.94, not 0.98
MOST_SIDE = 41  # cells; twice the reach of 16 and the rim that the blur needs, and some to spare


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape in its principal axes, longest spread along x, centre of mass in the middle.

    levels: (Z, Y, X) uint8, odd sides, 0..STEPS; times peak / STEPS is the share of material.
    descriptor: (NUMBERS,) float32. spreads_mm: (3,) standard deviations along x, y, z; extent_mm:
    (3,) sides of the box along them.
    """

    levels: NDArray[np.uint8]
    peak: float
    cell_mm: float
    spreads_mm: Array
    extent_mm: Array
    volume_mm3: float
    descriptor: NDArray[np.float32]

    @classmethod
    def of(cls, body: Body) -> Shape:
        """What is kept of *body*."""
        low, high = _box_mm(body)
        reach = np.ceil(np.maximum(-low, high)[::-1] / body.cell_mm).astype(int) + 1
        sides = tuple((2 * reach + 1).tolist())
        places = centred_places(sides) * body.cell_mm
        shares = SoftField.of(body).linear(places).reshape(sides)
        peak = float(shares.max())
        return cls(
            levels=np.rint(shares * (STEPS / peak)).astype(np.uint8),
            peak=peak,
            cell_mm=body.cell_mm,
            spreads_mm=body.spreads_mm,
            extent_mm=high - low,
            volume_mm3=body.volume_mm3,
            descriptor=describe(body),
        )

    @property
    def gyration_mm(self) -> float:
        """Root mean square distance of the material from its centre."""
        return math.sqrt(float((self.spreads_mm**2).sum()))


def centred_places(sides: tuple[int, ...]) -> Array:
    """(Z * Y * X, 3) x y z of the cells of a grid of odd sides, its middle cell at 0."""
    z, y, x = np.indices(sides).reshape(3, -1) - (np.array(sides)[:, None] // 2)
    return np.stack([x, y, z], axis=1).astype(np.float64)


def _box_mm(body: Body) -> tuple[Array, Array]:
    """Lowest and highest (3,) x y z of the material along the principal axes, from its centre."""
    z, y, x = np.nonzero(body.solid.grid > 0)
    along = (np.stack([x, y, z], axis=1) - body.centre) @ body.axes.T * body.solid.cell_mm
    return along.min(axis=0), along.max(axis=0)
