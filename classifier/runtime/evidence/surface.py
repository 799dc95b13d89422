"""A solid -> the skin around it, with few enough triangles for a browser on a phone.

Naive surface nets: a cell of the grid that is cut by the surface gets one corner, the mean of where
its edges are cut; an edge that is cut gets one quad, between the four cells around it.
Source: Gibson, MICCAI 1998, "Constrained elastic surface nets", without its relaxation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.geometry.layers import Layers
from dataset_builder.render.occupancy import Occupancy, occupancy

if TYPE_CHECKING:
    from numpy.typing import NDArray

HALF = 0.5  # of a cell: where the surface runs
QUADS = np.array([[0, 1, 2], [0, 2, 3]])


@dataclass(frozen=True, slots=True)
class Surface:
    """corners_mm: (N, 3) float32 x, y, z. triangles: (T, 3) int64, indices into it, wound so that
    they are seen from outside.
    """

    corners_mm: NDArray[np.float32]
    triangles: NDArray[np.int64]


def surface_of(layers: Layers, *, cells: int) -> Surface:
    """The skin of *layers*, whose longest side is *cells* cells long; fewer cells, less detail.

    Raises EmptyToolpath when there is no material.
    """
    solid = occupancy(layers, cells=cells)
    corners, triangles = _nets(np.pad(_levels(solid), 1))
    origin = np.array(solid.origin_mm)
    places = origin + (corners[:, ::-1] - HALF) * solid.cell_mm  # the padding is one cell wide
    return Surface(places.astype(np.float32), triangles)


def _levels(solid: Occupancy) -> NDArray[np.float32]:
    """A sheet thinner than a cell fills none of them: let its fullest cell count as full."""
    return solid.grid / np.float32(max(float(solid.grid.max(initial=0.0)), 1e-6))


def _nets(grid: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """(N, 3) corners in z, y, x of samples, (T, 3) triangles of the half level of *grid*."""
    shape = np.array(grid.shape)
    strides = np.array([shape[1] * shape[2], shape[2], 1])
    sums, hits = np.zeros((grid.size, 3)), np.zeros(grid.size)
    quads = []
    for axis in range(3):
        at, leaves = _cut_edges(grid, axis)
        low = grid[tuple(at.T)].astype(np.float64)
        high = grid[tuple((at + np.eye(3, dtype=int)[axis]).T)]
        point = at.astype(np.float64)
        point[:, axis] += (HALF - low) / (high - low)
        around = _cells_around(at @ strides, strides, axis)  # (M, 4)
        for cell in around.T:
            np.add.at(hits, cell, 1)
            np.add.at(sums, cell, point)
        quads.append(np.where(leaves[:, None], around[:, ::-1], around))  # z, y, x is left-handed
    used = np.flatnonzero(hits)
    number = np.full(grid.size, -1)
    number[used] = np.arange(len(used))
    faces = number[np.concatenate(quads)][:, QUADS].reshape(-1, 3)
    return sums[used] / hits[used, None], faces


def _cut_edges(grid: NDArray[np.float32], axis: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """(M, 3) first sample of each edge along *axis* whose ends differ; whether it leads outward."""
    inside = grid >= HALF
    first, second = (np.take(inside, range(k, grid.shape[axis] - 1 + k), axis) for k in (0, 1))
    at = np.argwhere(first != second)
    return at, np.asarray(first[tuple(at.T)])


def _cells_around(
    sample: NDArray[np.int64], strides: NDArray[np.int64], axis: int
) -> NDArray[np.int64]:
    """(M, 4) the cells that share each edge, in turning order; a cell is its low corner."""
    one, other = strides[(axis + 1) % 3], strides[(axis + 2) % 3]
    return np.stack([sample, sample - one, sample - one - other, sample - other], axis=1)
