"""A body's soft field, to be read at places given in millimetres along its principal axes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from classifier.runtime.known.body import Body

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SoftField:
    """grid: flat, a rim of zeros all round. sides: of the grid, z y x. into: (3, 3) and start:
    (3,) take x y z mm along the principal axes, from the centre of mass, to x y z in the grid.
    """

    grid: NDArray[np.float32]
    sides: tuple[int, int, int]
    into: Array
    start: Array

    @classmethod
    def of(cls, body: Body) -> SoftField:
        """The field of *body*, made once and read many times."""
        soft = np.pad(body.soft(), 1)
        rim = (np.array(soft.shape[::-1]) - body.solid.grid.shape[::-1]) // 2
        nz, ny, nx = soft.shape
        return cls(soft.ravel(), (nz, ny, nx), body.axes.T / body.solid.cell_mm, body.centre + rim)

    def nearest(self, places: Array) -> NDArray[np.float32]:
        """(..., N) the nearest cell's share at (..., N, 3) places; 0 outside."""
        at = places @ self.into.T
        at += self.start + 0.5
        return self.grid[self._flat(at)]

    def linear(self, places: Array) -> NDArray[np.float64]:
        """(..., N) shares between the eight cells round about; 0 outside."""
        at = places @ self.into.T + self.start
        base = np.floor(at)
        part = at - base
        total = np.zeros(at.shape[:-1])
        for corner in product((0, 1), repeat=3):
            weight = np.where(corner, part, 1 - part).prod(axis=-1)
            total += weight * self.grid[self._flat(base + corner)]
        return total

    def _flat(self, at: Array) -> NDArray[np.intp]:
        """Flat indices; a place outside lands in the rim, which is 0."""
        nz, ny, nx = self.sides
        x, y, z = (
            np.clip(at[..., k], 0, side - 1).astype(np.intp) for k, side in enumerate((nx, ny, nz))
        )
        return np.asarray((z * ny + y) * nx + x)
