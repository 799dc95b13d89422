"""A pose that depends on the shape alone: principal axes of the material, signs by its skew.

However a part is laid on the bed, it is then drawn the same way, up to what symmetry leaves open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.render.occupancy import Occupancy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


def principal_axes(solid: Occupancy) -> Array:
    """(3, 3) rotation that lays the longest spread along x and the shortest along z.

    Along x and y the longer tail points to the positive side; z follows as a right-handed frame
    needs, so a mirrored part is seen mirrored.
    """
    planes = [solid.grid.sum(axis=axis, dtype=np.float64) for axis in range(3)]
    z, y, x = _centred(planes[1].sum(axis=1), planes[0].sum(axis=1), planes[0].sum(axis=0))
    spread = np.empty((3, 3))
    spread[0, 1] = spread[1, 0] = y @ planes[0] @ x
    spread[0, 2] = spread[2, 0] = z @ planes[1] @ x
    spread[1, 2] = spread[2, 1] = z @ planes[2] @ y
    spread[0, 0], spread[1, 1] = planes[0].sum(axis=0) @ x**2, planes[0].sum(axis=1) @ y**2
    spread[2, 2] = planes[1].sum(axis=1) @ z**2
    _, vectors = np.linalg.eigh(spread)  # columns, ascending spread
    first, second = (vectors[:, k] * _heavy_tail(solid, (x, y, z), vectors[:, k]) for k in (2, 1))
    return np.stack([first, second, np.cross(first, second)])


def _centred(*marginals: Array) -> list[Array]:
    """For each axis the cell indices less the centre of mass."""
    centred = []
    for marginal in marginals:
        index = np.arange(len(marginal), dtype=np.float64)
        centred.append(index - index @ marginal / marginal.sum())
    return centred


def _heavy_tail(solid: Occupancy, xyz: tuple[Array, Array, Array], axis: Array) -> float:
    """1 when the third moment along *axis* is not negative, else -1."""
    x, y, z = (
        (coordinate * along).astype(np.float32) for coordinate, along in zip(xyz, axis, strict=True)
    )
    plane = y[:, None] + x
    moment = 0.0
    for slice_, height in zip(solid.grid, z, strict=True):  # one at a time: small in memory
        if slice_.any():
            reach = plane + height
            moment += float(np.vdot(slice_, reach * reach * reach))
    return -1.0 if moment < 0 else 1.0
