"""Parts to enrol and to meet again: one of each kind of symmetry, and one that has none."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from dataset_builder.building.poses import RandomPoses
from dataset_builder.geometry.layers import Layers
from dataset_builder.geometry.mesh import Mesh
from dataset_builder.render.rotations import rotated
from dataset_builder.render.slice_mesh import slice_mesh

CELLS = 128  # as coarse as a small object on a plate

Triangles = NDArray[np.float64]


def bracket() -> Triangles:
    """Chiral: no turn lays it on its mirror image."""
    return joined(box((40, 20, 8)), box((8, 20, 30), (-16, 0, 19)), box((10, 8, 20), (15, 6, 14)))


def box(
    extents: tuple[float, float, float], at: tuple[float, float, float] = (0, 0, 0)
) -> Triangles:
    import trimesh

    return np.asarray(trimesh.creation.box(extents).triangles + np.array(at))


def cylinder(radius: float, height: float, sections: int = 64) -> Triangles:
    import trimesh

    return np.array(trimesh.creation.cylinder(radius, height, sections=sections).triangles)


def joined(*parts: Triangles) -> Triangles:
    return np.concatenate(parts)


PARTS: dict[str, Callable[[], Triangles]] = {
    "bracket": bracket,
    "cube": lambda: box((30, 30, 30)),
    "rod": lambda: cylinder(5, 60),
    "disc": lambda: cylinder(25, 12),
    "hexagon": lambda: cylinder(20, 14, sections=6),
    "star": lambda: joined(box((44, 8, 8)), box((8, 44, 8)), box((8, 8, 44))),
}


def drawn(
    triangles: Triangles, *, pose: int = 0, mirrored: bool = False, scale: float = 1.0
) -> Layers:
    """The part in one of several poses; pose 0 is as it was made."""
    corners = triangles * scale
    if mirrored:
        corners = corners[:, ::-1] * np.array([-1.0, 1.0, 1.0])
    turn = RandomPoses(pose + 1).poses(seed=5)[pose].rotation
    mesh = Mesh(np.ascontiguousarray(corners), watertight=True)
    return slice_mesh(rotated(mesh, turn), cells=CELLS)
