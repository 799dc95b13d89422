"""How finely a mesh must be cut so that none of it is lost.

A cell is solid when its centre is, so a blade thinner than a cell comes and goes with its pose.
Most objects need few cells, and time grows with their square; so each gets what it needs.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.building.poses import rotation
from dataset_builder.errors import EmptyToolpath
from dataset_builder.render.rotations import rotated
from dataset_builder.render.slice_mesh import slice_mesh

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dataset_builder.geometry.layers import Layers
    from dataset_builder.geometry.mesh import Mesh

FINEST = 512
FINEST_LEAKY = 256  # six rays vote for each cell of a mesh with holes: seconds, beyond
STEPS = (96, 128, 192, 256, 384)
LOST = 0.05  # of the volume, at most, in each of the poses tried
ANGLES_DEG = ((0.0, 0.0, 0.0), (33.0, 17.0, 71.0), (140.0, -40.0, 200.0))
"""As modelled, where sheets lie along the cells; and two poses where nothing does."""


def enough_cells(mesh: Mesh, least: int) -> int:
    """Cells along the longest side, at least *least*, at which *mesh* keeps its volume.

    Raises ReadError's children for a mesh that encloses nothing.
    """
    finest = FINEST if mesh.watertight else FINEST_LEAKY
    poses = [rotated(mesh, matrix) for matrix in _rotations()]
    volumes = [volume_mm3(slice_mesh(pose, cells=finest)) for pose in poses]
    for cells in (step for step in STEPS if least <= step < finest):
        if all(_keeps(pose, cells, whole) for pose, whole in zip(poses, volumes, strict=True)):
            return cells
    return max(finest, least)


def volume_mm3(layers: Layers) -> float:
    """What the set pixels of *layers* hold."""
    pixels = np.bitwise_count(layers.bits).sum(axis=(1, 2), dtype=np.int64)
    return float(pixels @ layers.height_mm) * layers.mm_per_px**2


def _keeps(pose: Mesh, cells: int, whole: float) -> bool:
    try:
        return abs(volume_mm3(slice_mesh(pose, cells=cells)) / whole - 1) <= LOST
    except EmptyToolpath:
        return False


@cache
def _rotations() -> tuple[NDArray[np.float64], ...]:
    return tuple(rotation(*angles) for angles in ANGLES_DEG)
