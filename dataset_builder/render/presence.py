"""A coverage grid made ready to be turned: a border, thin walls made full, its farthest cells.

All that no pose changes is worked out once. `kernel/presence.c` and `kernel/turn.c` hold the rules;
the NumPy forms below give the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.errors import EmptyToolpath
from dataset_builder.render.native import native
from dataset_builder.render.occupancy import Occupancy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Grid = NDArray[np.float32]  # (Z, Y, X) shares of cells
    Matrix = NDArray[np.float64]  # (3, 3)

SURFACE = 0.5  # the surface lies where a cell is half full
THIN_SHARE = 0.02  # a cell at least this full with no solid cell around it is a thin wall


@dataclass(frozen=True, slots=True)
class Visible:
    """A coverage grid ready to be looked at; cells are counted with a border of empty ones.

    grid: (Z, Y, X) float32 shares of material; present: the same with thin walls made full, for
    seen face-on they hide as much as thick ones. tips: (4, N) float64 x, y, z of the cells that can
    be outermost in some pose, and how far past its centre each reaches: its share of material less
    a half. cell_mm, origin_mm: as an Occupancy's.
    """

    grid: Grid
    present: Grid
    tips: NDArray[np.float64]
    cell_mm: float
    origin_mm: NDArray[np.float64]

    @classmethod
    def of(cls, solid: Occupancy) -> Visible:
        """*solid* made ready; EmptyToolpath when it holds nothing."""
        grid = np.zeros([count + 2 for count in solid.grid.shape], np.float32)
        grid[1:-1, 1:-1, 1:-1] = solid.grid
        present = _presence(grid)
        tips = _tips(present)
        if not tips.size:
            raise EmptyToolpath("There is no material to draw")
        return Visible(
            grid, present, tips, solid.cell_mm, np.array(solid.origin_mm) - solid.cell_mm
        )

    def box(self, rotation: Matrix) -> NDArray[np.float64]:
        """(2, 3) mm lowest and highest corner of the solid turned by *rotation*."""
        centres, reach = rotation @ self.tips[:3], self.tips[3]
        box = np.stack([(centres - reach).min(axis=1), (centres + reach).max(axis=1)])
        first_centre = rotation @ (self.origin_mm + self.cell_mm / 2)
        return np.asarray(first_centre + box * self.cell_mm)

    def steps_back(
        self,
        rotation: Matrix,
        first_mm: NDArray[np.float64],
        pitch_mm: NDArray[np.float64] | float,
    ) -> tuple[Matrix, NDArray[np.float64]]:
        """From points of the turned solid to cells: cells per step, and the first point's cell.

        first_mm: (3,) x, y, z of turned point (0, 0, 0); pitch_mm: between points along each axis.
        """
        steps = np.ascontiguousarray(rotation.T * (pitch_mm / self.cell_mm))
        at = rotation.T @ first_mm - self.origin_mm
        return steps, np.asarray(at / self.cell_mm - 0.5)


@dataclass(frozen=True, slots=True)
class Turnable(Visible):
    """A Visible that can be cut into layers too.

    corners: (Z, Y, X) uint8, of a cell and its neighbours at x + 1, y + 1, z + 1: 0 none is solid,
    2 all are, 1 otherwise.
    """

    corners: NDArray[np.uint8]

    @classmethod
    def of(cls, solid: Occupancy) -> Turnable:
        """*solid* made ready; EmptyToolpath when it holds nothing."""
        seen = Visible.of(solid)
        corners = _corners(seen.present)
        return Turnable(seen.grid, seen.present, seen.tips, seen.cell_mm, seen.origin_mm, corners)


def _presence(grid: Grid) -> Grid:
    fill = native("pw_fill_thin_walls")
    if fill is not None:
        present = grid.copy()
        fill(grid, np.array(grid.shape, np.int64), present)
        return present
    touched = grid >= SURFACE
    for axis in range(3):  # one axis after the other reaches all 26 neighbours; the border is empty
        touched = touched | np.roll(touched, 1, axis) | np.roll(touched, -1, axis)
    return np.where((grid >= np.float32(THIN_SHARE)) & ~touched, np.float32(1), grid)


def _corners(present: Grid) -> NDArray[np.uint8]:
    any_solid = all_solid = present >= SURFACE
    for axis in range(3):  # what wraps around at the border is empty
        any_solid = any_solid | np.roll(any_solid, -1, axis)
        all_solid = all_solid & np.roll(all_solid, -1, axis)
    return any_solid.view(np.uint8) + all_solid.view(np.uint8)


def _tips(present: Grid) -> NDArray[np.float64]:
    z, y, x = np.nonzero(_outer_cells(present))
    return np.stack([x, y, z, present[z, y, x].astype(np.float64) - 0.5])


def _outer_cells(present: Grid) -> NDArray[np.bool_]:
    """Along a row nothing between two full cells reaches farther than both, in any direction."""
    mark = native("pw_outer_cells")
    if mark is not None:
        marked = np.zeros(present.shape, np.uint8)
        mark(present, np.array(present.shape, np.int64), marked)
        return marked.view(np.bool_)
    full = present >= 1
    passed = np.logical_or.accumulate(full, axis=2)
    ahead = np.logical_or.accumulate(full[:, :, ::-1], axis=2)[:, :, ::-1]
    outer: NDArray[np.bool_] = present > 0
    outer[:, :, 1:-1] &= ~(passed[:, :, :-2] & ahead[:, :, 2:])
    return outer


def sample(grid: Grid, at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Trilinear values of a bordered *grid* at cells *at*, (3, ...) x, y, z; 0 outside of it."""
    last = np.array(grid.shape[::-1]).reshape(3, *[1] * (at.ndim - 1)) - 1
    at = np.clip(at, 0, last)
    low = np.minimum(at.astype(np.int64), last - 1)
    part = at - low
    values = np.zeros(at.shape[1:])
    for corner in np.ndindex(2, 2, 2):
        up = np.array(corner).reshape(3, *[1] * (at.ndim - 1))
        weight = np.prod(np.where(up, part, 1 - part), axis=0)
        x, y, z = low + up
        values += weight * grid[z, y, x]
    return values
