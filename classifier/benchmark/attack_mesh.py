"""Attacks that change an object's mesh: mm in, mm out, the same shape to a person's eye."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.geometry.layers import Layers
from dataset_builder.geometry.mesh import Mesh
from dataset_builder.render.rotations import rotated
from dataset_builder.render.slice_mesh import slice_mesh

if TYPE_CHECKING:
    from numpy.typing import NDArray

Draw = np.random.Generator
CELLS = 128  # an attacked object's longest side on the grid that it is cut on
FINE_SHARE = 0.04  # noise and remeshing act on edges no longer than this share of the extent
MOST_TRIANGLES = 40_000  # where splitting of edges stops
_EQUAL_MM = 1e-6  # corners nearer than this are one vertex


@dataclass(frozen=True, slots=True)
class ChangedMesh:
    """The plate that holds the changed object alone."""

    change: Callable[[Draw, Mesh, float], Mesh]

    def __call__(self, rng: Draw, mesh: Mesh, level: float) -> Layers:
        """What is printed at *level*."""
        return slice_mesh(self.change(rng, mesh, level), cells=CELLS)


def untouched(_: Draw, mesh: Mesh, __: float) -> Mesh:
    """What curves start from."""
    return mesh


def turned_about(rng: Draw, mesh: Mesh, angle_deg: float) -> Mesh:
    """About an axis drawn evenly from all directions, by *angle_deg* (Rodrigues' formula)."""
    axis = rng.normal(size=3)
    cross = np.cross(np.eye(3), axis / np.linalg.norm(axis))
    angle = np.radians(angle_deg)
    matrix = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * (cross @ cross)
    return rotated(mesh, matrix)


def scaled(_: Draw, mesh: Mesh, factor: float) -> Mesh:
    """All sides by *factor*."""
    return replace(mesh, triangles=mesh.triangles * factor)


def mirrored(rng: Draw, mesh: Mesh, axes: float) -> Mesh:
    """Along that many of x, y, z, chosen at random."""
    chosen = rng.permutation(3)[: round(axes)]
    signs = np.ones(3)
    signs[chosen] = -1
    triangles = mesh.triangles * signs
    # an odd number of mirrors turns faces inside out: the order of corners keeps them outward
    return replace(mesh, triangles=triangles[:, ::-1] if len(chosen) % 2 else triangles)


def shaken(rng: Draw, mesh: Mesh, percent: float) -> Mesh:
    """Each vertex moved by normal noise of *percent* of the extent along each axis."""
    fine = finer(mesh.triangles)
    vertices, index = _indexed(fine)
    noise = rng.normal(size=vertices.shape) * _extent(fine) * percent / 100
    return replace(mesh, triangles=(vertices + noise)[index])


def clustered(rng: Draw, mesh: Mesh, percent: float) -> Mesh:
    """Remeshed: vertices of one cell, *percent* of the extent wide, become their mean.

    Triangles that lose their area go. Source: Rossignac & Borrel, Modeling in Computer Graphics,
    1993.
    """
    fine = finer(mesh.triangles)
    vertices, index = _indexed(fine)
    offset = rng.random(3)  # where the borders of cells lie
    cells = np.floor(vertices / (_extent(fine) * percent / 100) + offset).astype(np.int64)
    _, cell, count = np.unique(cells, axis=0, return_inverse=True, return_counts=True)
    cell = cell.reshape(-1)
    means = np.stack([np.bincount(cell, weights=column) / count for column in vertices.T], axis=1)
    corners = cell[index]
    a, b, c = corners.T
    kept = (a != b) & (b != c) & (c != a)
    # where everything falls into a few cells nothing is left: that is no remeshing
    return replace(mesh, triangles=means[corners[kept]]) if kept.any() else mesh


def finer(triangles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Every triangle cut into four at the middles of its edges, until no edge is long.

    All are cut each time, so that a closed mesh stays closed.
    """
    longest = FINE_SHARE * _extent(triangles)
    while _longest_edge(triangles) > longest and 4 * len(triangles) <= MOST_TRIANGLES:
        a, b, c = (triangles[:, corner] for corner in range(3))
        ab, bc, ca = (a + b) / 2, (b + c) / 2, (c + a) / 2
        parts = ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))
        triangles = np.concatenate([np.stack(part, axis=1) for part in parts])
    return triangles


def _longest_edge(triangles: NDArray[np.float64]) -> float:
    ends = pairwise((0, 1, 2, 0))
    return max(
        float(np.linalg.norm(triangles[:, i] - triangles[:, j], axis=1).max()) for i, j in ends
    )


def _extent(triangles: NDArray[np.float64]) -> float:
    """The longest side of the box around *triangles*."""
    return float((triangles.max(axis=(0, 1)) - triangles.min(axis=(0, 1))).max())


def _indexed(triangles: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """(V, 3) vertices and (F, 3) indices into them."""
    corners = triangles.reshape(-1, 3)
    keys = np.round(corners / _EQUAL_MM).astype(np.int64)
    _, first, index = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    return corners[first], index.reshape(-1, 3)
