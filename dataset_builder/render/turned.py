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
from dataset_builder.render.presence import (
    SURFACE,
    bordered,
    presence,
    sample,
    steps_back,
    turned_box,
)
from dataset_builder.render.rotations import checked_rotation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dataset_builder.render.rotations import Rotation


def turned(solid: Occupancy, rotation: Rotation, *, cells: int = 96) -> Layers:
    """*solid* turned by *rotation* about the origin, *cells* along its longest side.

    Pixels whose centres lie in the solid are set, walls thinner than half a cell of the grid
    included. Raises EmptyToolpath for an empty grid, ValueError for what is no rotation.
    """
    matrix = checked_rotation(rotation)
    solid = bordered(solid)
    present = presence(solid.grid)
    grid = CellGrid.around(turned_box(solid, present, matrix), cells=cells)
    steps, origin = steps_back(solid, matrix, grid.origin + grid.pitch / 2, grid.pitch)
    bits = np.zeros(grid.packed_shape, np.uint8)
    turn = native("pw_turn_solid") or _turn_in_numpy
    shape, turned_shape = (np.array(of, np.int64) for of in (present.shape, grid.shape))
    turn(present, shape, steps, origin, turned_shape, bits)
    if not bits.any():
        raise EmptyToolpath("There is no material to draw")
    return grid.layers(bits)


def _turn_in_numpy(
    present: NDArray[np.float32],
    shape: NDArray[np.int64],
    steps: NDArray[np.float64],
    origin: NDArray[np.float64],
    turned_shape: NDArray[np.int64],
    bits: NDArray[np.uint8],
) -> None:
    """`pw_turn_solid` in NumPy, one layer at a time."""
    _, rows, columns = turned_shape.tolist()
    y, x = np.indices((rows, columns))
    for z in range(len(bits)):
        at = origin[:, None, None] + np.tensordot(steps, np.stack([x, y, np.full_like(x, z)]), 1)
        bits[z] = np.packbits(sample(present, at) >= SURFACE, axis=1)
