"""A mesh as a stack of bitmaps, also when the mesh is not what a mesh should be.

Closed contours are filled where their winding number is not zero: right for solids inside out,
doubled or overlapping. Where shells wound both ways meet, they are turned outward first. Where a
line of pixels does not close, the mesh has holes or flipped faces; then rays along x, y and z vote
for every cell (kernel/winding.c says how), so that two axes outvote a leak along the third.
Sources: Jacobson et al., SIGGRAPH 2013 (winding numbers of triangle soup); Nooruddin & Turk,
IEEE TVCG 2003 (votes along several axes).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.errors import EmptyToolpath
from dataset_builder.geometry.layers import Layers
from dataset_builder.geometry.mesh import Mesh
from dataset_builder.render.cell_grid import CellGrid
from dataset_builder.render.contours import contours, count_segments
from dataset_builder.render.shells import shells_outward, signed_volumes
from dataset_builder.render.twins import without_twins
from dataset_builder.render.winding import Lines, cast_rays, fill_closed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dataset_builder.render.contours import Contours, Triangles

BATCH_SEGMENTS = 1 << 17  # 4 MiB of contour at a time
BATCH_CELLS = 1 << 21  # 2 MiB of votes at a time
ENOUGH_VOTES = 3  # of six rays; two leaking axes cannot reach it from outside


def slice_mesh(mesh: Mesh, *, layer_height_mm: float | None = None, cells: int = 256) -> Layers:
    """Fill *mesh* on a grid whose pixels are its longest side / *cells*.

    layer_height_mm: None makes cells near cubes; either way the nearest height that divides the
    mesh evenly, for then volumes and extents are exact. A layer is cut at its middle.
    Raises Malformed when the mesh has no extent, EmptyToolpath when it encloses nothing.
    """
    grid = CellGrid.around(mesh.bbox_mm, cells=cells, layer_height_mm=layer_height_mm)
    triangles = without_twins(np.ascontiguousarray(mesh.triangles, dtype=np.float64))
    bits = _fill(triangles, grid)
    if not bits.any():
        raise EmptyToolpath("The mesh encloses nothing that could be printed")
    return grid.layers(bits)


def _rays(grid: CellGrid, ray: int) -> Lines:
    """Rays along axis *ray*, a bundle of them in each plane across axis *ray* - 1."""
    line = (ray + 1) % 3
    frame = (grid.origin[ray], grid.origin[line], grid.pitch[ray], grid.pitch[line])
    return Lines(frame, grid.shape[2 - line], grid.shape[2 - ray])


def _fill(triangles: Triangles, grid: CellGrid) -> NDArray[np.uint8]:
    """Pixels inside, packed, by the least that is sure for the mesh at hand."""
    bits, leaking, opposed = _fill_closed(triangles, grid)
    if opposed:
        turned = shells_outward(triangles)
        if turned is not triangles:
            triangles = turned
            bits, leaking, _ = _fill_closed(triangles, grid)
    return _fill_by_vote(triangles, grid) if leaking else bits


def _fill_closed(triangles: Triangles, grid: CellGrid) -> tuple[NDArray[np.uint8], bool, bool]:
    """Winding fill; whether a line of pixels leaks, and whether shells are wound both ways."""
    bits = np.empty(grid.packed_shape, np.uint8)
    leaking = inward = outward = 0
    lines = _rays(grid, 0)
    for planes, cut in _pieces(triangles, grid.centres(2), lines):
        bits[planes], found = fill_closed(cut, lines)
        leaking += found.leaking
        inward += found.inward
        outward += found.outward
    return bits, leaking > 0, inward > 0 and outward > 0


def _fill_by_vote(triangles: Triangles, grid: CellGrid) -> NDArray[np.uint8]:
    """Six rays a cell: both ways along each axis."""
    votes = np.zeros(grid.shape, np.uint8)
    outward = -1 if signed_volumes(triangles).sum() < 0 else 1
    for ray in range(3):
        across, line = (ray + 2) % 3, (ray + 1) % 3
        # a cyclic change of axes keeps the orientation of faces
        turned = np.ascontiguousarray(np.roll(triangles, -ray, axis=2))
        view = votes.transpose(2 - across, 2 - line, 2 - ray)  # votes itself lies z, y, x
        lines = _rays(grid, ray)
        for planes, cut in _pieces(turned, grid.centres(across), lines):
            view[planes] += cast_rays(cut, lines, outward)
    bits = np.empty(grid.packed_shape, np.uint8)
    for index, layer in enumerate(votes):  # one at a time: the whole comparison is as large again
        bits[index] = np.packbits(layer >= ENOUGH_VOTES, axis=1)
    return bits


def _pieces(
    triangles: Triangles, heights: NDArray[np.float64], lines: Lines
) -> Iterator[tuple[slice, Contours]]:
    """Planes and what they cut out, a bounded piece at a time."""
    per_piece = max(1, BATCH_CELLS // (lines.lines * lines.cells))
    for start, stop in _batches(count_segments(triangles, heights)):
        cut = contours(triangles, heights[start:stop])
        for first in range(0, stop - start, per_piece):
            last = min(first + per_piece, stop - start)
            yield slice(start + first, start + last), cut.part(first, last)


def _batches(counts: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Ranges of planes with at most BATCH_SEGMENTS segments, or of one plane."""
    ranges, start, segments = [], 0, 0
    for index, count in enumerate(counts.tolist()):
        if segments + count > BATCH_SEGMENTS and index > start:
            ranges.append((start, index))
            start, segments = index, 0
        segments += count
    return [*ranges, (start, len(counts))]
