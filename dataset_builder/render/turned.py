"""A solid read once, cut into layers again in another pose.

A job has no mesh to turn; its coverage grid is turned instead, so that one reading of the G-code
serves any number of poses and whatever draws layers draws them as it draws a turned mesh's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.errors import EmptyToolpath
from dataset_builder.geometry.layers import Layers
from dataset_builder.render.cell_grid import CellGrid
from dataset_builder.render.native import native
from dataset_builder.render.occupancy import Occupancy
from dataset_builder.render.presence import SURFACE, Turnable, sample
from dataset_builder.render.rotations import checked_rotation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dataset_builder.render.rotations import Rotation


def turned(solid: Occupancy | Turnable, rotation: Rotation, *, cells: int = 96) -> Layers:
    """*solid* turned by *rotation* about the origin, *cells* along its longest side.

    Pixels whose centres lie in the solid are set, walls thinner than half a cell of the grid
    included. For many poses of one solid give it as a Turnable: half of the work is then done once.
    Raises EmptyToolpath for an empty grid, ValueError for what is no rotation.
    """
    matrix = checked_rotation(rotation)
    if isinstance(solid, Occupancy):
        solid = Turnable.of(solid)
    grid = CellGrid.around(solid.box(matrix), cells=cells)
    bits = _turn(solid, matrix, grid)
    if not bits.any():
        raise EmptyToolpath("There is no material to draw")
    return grid.layers(bits)


def _turn(solid: Turnable, matrix: Rotation, grid: CellGrid) -> NDArray[np.uint8]:
    steps, origin = solid.steps_back(matrix, grid.origin + grid.pitch / 2, grid.pitch)
    bits = np.zeros(grid.packed_shape, np.uint8)
    turn = native("pw_turn_solid")
    if turn is None:
        _turn_in_numpy(solid.present, steps, origin, grid.shape, bits)
        return bits
    shape, turned_shape = (np.array(of, np.int64) for of in (solid.present.shape, grid.shape))
    turn(solid.present, solid.corners, shape, steps, origin, turned_shape, bits)
    return bits


def _turn_in_numpy(
    present: NDArray[np.float32],
    steps: NDArray[np.float64],
    origin: NDArray[np.float64],
    turned_shape: tuple[int, int, int],
    bits: NDArray[np.uint8],
) -> None:
    """`pw_turn_solid` in NumPy, one layer at a time."""
    layers, rows, columns = turned_shape
    y, x = np.indices((rows, columns))
    for z in range(layers):
        at = origin[:, None, None] + np.tensordot(steps, np.stack([x, y, np.full_like(x, z)]), 1)
        bits[z] = np.packbits(sample(present, at) >= SURFACE, axis=1)
