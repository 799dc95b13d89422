"""Layers as a coarse grid of near-equal cubes that hold how much of each is material."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.geometry.layers import Layers
from dataset_builder.render.frame import overlap
from dataset_builder.render.native import native
from dataset_builder.render.projections import filled_box, intervals
from dataset_builder.render.shadows import cast_shadows

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Occupancy:
    """grid: (Z, Y, X) float32, the share of each cell that is material, 0..1.

    cell_mm: side of the cubic cells. origin_mm: x, y, z of the outer corner of cell (0, 0, 0).
    """

    grid: NDArray[np.float32]
    cell_mm: float
    origin_mm: tuple[float, float, float]

    @property
    def volume_mm3(self) -> float:
        """Material in the whole grid."""
        return float(self.grid.sum(dtype=np.float64)) * self.cell_mm**3


def occupancy(layers: Layers, *, cells: int) -> Occupancy:
    """Resample *layers* so that the longest side of the material is *cells* cells long.

    Every pixel of every slice is spread over the cells it overlaps by area and height, so volume
    is kept. Raises EmptyToolpath when no pixel is set.
    """
    if cells < 1:
        raise ValueError(f"cells = {cells}: give at least 1")
    low, high = filled_box(layers, cast_shadows(layers))
    cell_mm = float((high - low).max()) / cells
    counts = np.maximum(np.ceil((high - low) / cell_mm - 1e-9), 1).astype(np.int64)
    x, y, z = ((low + high) / 2 - counts * cell_mm / 2).tolist()
    nx, ny, nz = counts.tolist()
    return resample(layers, (x, y, z), cell_mm, (nz, ny, nx))


def resample(
    layers: Layers,
    origin_mm: tuple[float, float, float],
    cell_mm: float,
    shape: tuple[int, int, int],
) -> Occupancy:
    """*layers* on a given grid of (Z, Y, X) cells; what lies outside of it is cut off."""
    grid = np.zeros(shape, np.float32)
    _cover(layers, _in_cells(layers, np.array(origin_mm), cell_mm), cell_mm, grid)
    return Occupancy(np.minimum(grid, 1.0, out=grid), cell_mm, origin_mm)


def _in_cells(
    layers: Layers, origin: NDArray[np.float64], cell_mm: float
) -> list[NDArray[np.float64]]:
    """(n, 2) lower and upper edges, in cells, of pixel columns, pixel rows and slices."""
    return [
        (np.stack(edges, axis=1) - origin[axis]) / cell_mm
        for axis, edges in enumerate(intervals(layers))
    ]


def _cover(
    layers: Layers, edges: list[NDArray[np.float64]], cell_mm: float, grid: NDArray[np.float32]
) -> None:
    """Add *layers* to *grid*."""
    cover = native("pw_cover_cells")
    if cover is None:
        _cover_in_numpy(layers, edges, grid)
        return
    count, height, row_bytes = layers.bits.shape
    x, y, z = edges
    scale_shift = np.array([layers.mm_per_px / cell_mm, x[0, 0], y[0, 0]])
    cells = np.array(grid.shape, np.int64)
    scratch = np.empty(cells[2] * (1 + cells[1]))
    bits = np.ascontiguousarray(layers.bits)
    cover(
        bits, count, height, row_bytes, layers.width_px, scale_shift,
        np.ascontiguousarray(z), cells, scratch, grid,
    )  # fmt: skip


def _cover_in_numpy(
    layers: Layers, edges: list[NDArray[np.float64]], grid: NDArray[np.float32]
) -> None:
    x, y, z = (
        overlap(interval[:, 0], interval[:, 1], count).astype(np.float32)
        for interval, count in zip(edges, grid.shape[::-1], strict=True)
    )
    for index in range(len(layers.bits)):
        plane = y @ layers.bitmap(index).astype(np.float32) @ x.T
        for cell in np.flatnonzero(z[:, index]):
            grid[cell] += z[cell, index] * plane
