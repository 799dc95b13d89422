"""A coverage grid made ready to be turned: a border, thin walls made full, its box, its points.

`kernel/presence.c` and `kernel/turn.c` hold the rules; the NumPy forms below give the same.
"""

from __future__ import annotations

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


def bordered(solid: Occupancy) -> Occupancy:
    """*solid* with one empty cell more on every side: whatever is sampled lies between cells."""
    grid = np.zeros([count + 2 for count in solid.grid.shape], np.float32)
    grid[1:-1, 1:-1, 1:-1] = solid.grid
    x, y, z = (low - solid.cell_mm for low in solid.origin_mm)
    return Occupancy(grid, solid.cell_mm, (x, y, z))


def presence(grid: Grid) -> Grid:
    """A bordered *grid* with thin walls made full: seen face-on they hide as much as thick ones."""
    fill = native("pw_fill_thin_walls")
    if fill is not None:
        present = grid.copy()
        fill(grid, np.array(grid.shape, np.int64), present)
        return present
    touched = grid >= SURFACE
    for axis in range(3):  # one axis after the other reaches all 26 neighbours; the border is empty
        touched = touched | np.roll(touched, 1, axis) | np.roll(touched, -1, axis)
    return np.where((grid >= np.float32(THIN_SHARE)) & ~touched, np.float32(1), grid)


def turned_box(solid: Occupancy, present: Grid, rotation: Matrix) -> NDArray[np.float64]:
    """(2, 3) mm lowest and highest corner of *solid* (bordered) turned by *rotation*.

    A cell reaches past its centre by its share of material less a half. Raises EmptyToolpath for
    an empty grid.
    """
    box = np.empty((2, 3))
    look = native("pw_turned_box") or _box_in_numpy
    if not look(present, np.array(present.shape, np.int64), rotation, box):
        raise EmptyToolpath("There is no material to draw")
    first_centre = rotation @ (np.array(solid.origin_mm) + solid.cell_mm / 2)
    return np.asarray(first_centre + box * solid.cell_mm)


def _box_in_numpy(
    present: Grid, shape: NDArray[np.int64], rotation: Matrix, box: NDArray[np.float64]
) -> int:
    cells = np.argwhere(present > 0)
    if len(cells):
        reach = present[tuple(cells.T)][:, None].astype(np.float64) - 0.5
        centres = cells[:, ::-1] @ rotation.T
        box[:] = (centres - reach).min(axis=0), (centres + reach).max(axis=0)
    return len(cells)


def steps_back(
    solid: Occupancy,
    rotation: Matrix,
    first_mm: NDArray[np.float64],
    pitch_mm: NDArray[np.float64] | float,
) -> tuple[Matrix, NDArray[np.float64]]:
    """From points of the turned solid to cells of *solid*: cells per step, and the first point's.

    first_mm: (3,) x, y, z of turned point (0, 0, 0); pitch_mm: between points along each axis.
    """
    steps = np.ascontiguousarray(rotation.T * (pitch_mm / solid.cell_mm))
    at = rotation.T @ first_mm - np.array(solid.origin_mm)
    return steps, np.asarray(at / solid.cell_mm - 0.5)


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
