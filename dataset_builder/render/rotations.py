"""The same solid in another pose: exactly for meshes, from an occupancy grid for layers."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dataset_builder.errors import EmptyToolpath
from dataset_builder.geometry.mesh import Mesh
from dataset_builder.render.frame import Frame
from dataset_builder.render.native import native
from dataset_builder.render.occupancy import Occupancy
from dataset_builder.render.projections import PLANE_AXES, to_pixels
from dataset_builder.render.views import PLANES, Kind, Views

Rotation = NDArray[np.float64]  # (3, 3), orthonormal, determinant 1

FINE = 2  # silhouettes are found on pixels this much finer, then averaged
COVERED_CELLS = 0.5  # thickness, in cells, from which a fine pixel counts as covered
SOLID_SHARE = 0.5  # a cell at least this full is solid
PARTS_SLACK = 0.1  # cells this much over a pixel are not split further: tents still overlap
THIN_SHARE = 0.15  # so is a cell at least this full that no solid cell touches: a thin wall


def checked_rotation(rotation: NDArray[np.float64]) -> Rotation:
    """*rotation* as float64; ValueError when it would stretch, shear or mirror."""
    matrix = np.asarray(rotation, dtype=np.float64)
    proper = (
        matrix.shape == (3, 3)
        and np.allclose(matrix @ matrix.T, np.eye(3), atol=1e-6)
        and np.linalg.det(matrix) > 0
    )
    if not proper:
        raise ValueError("a rotation is an orthonormal (3, 3) matrix with determinant 1")
    return matrix


def rotated(mesh: Mesh, rotation: Rotation) -> Mesh:
    """*mesh* turned about the origin: each corner becomes rotation @ corner."""
    turned = mesh.triangles @ checked_rotation(rotation).T
    return Mesh(triangles=turned, watertight=mesh.watertight, unit=mesh.unit)


def project_rotated(solid: Occupancy, rotation: Rotation, size_px: int = 64) -> Views:
    """Silhouettes and X-rays of *solid* turned by *rotation*, framed as `projections.project` does.

    Close to slicing the turned mesh, within the grid's resolution: meant for random and canonical
    poses of jobs that have no mesh. Raises EmptyToolpath for an empty grid.
    """
    matrix = checked_rotation(rotation)
    frame = _frame(solid, matrix, size_px)
    thickness_mm = _splat(solid, solid.grid, matrix, frame) * frame.mm_per_px
    covered = _covered(solid, matrix, frame)
    full_scale_mm = max(frame.extent_mm)
    drawn: list[tuple[Kind, NDArray[np.float64]]] = [
        ("silhouette", covered),
        ("xray", thickness_mm),
    ]
    return Views(
        pixels=np.concatenate(
            [to_pixels(pictures, kind, full_scale_mm) for kind, pictures in drawn]
        ),
        planes=PLANES * 2,
        kinds=tuple(kind for kind, _ in drawn for _ in PLANES),
        mm_per_px=frame.mm_per_px,
        full_scale_mm=full_scale_mm,
        extent_mm=frame.extent_mm,
    )


def _frame(solid: Occupancy, matrix: Rotation, size_px: int) -> Frame:
    """Around the material: a cell reaches past its centre by its share of material less a half."""
    cells = np.argwhere(solid.grid >= THIN_SHARE)
    if not len(cells):
        raise EmptyToolpath("There is no material to draw")
    reach = (solid.grid[tuple(cells.T)][:, None] - 0.5) * solid.cell_mm
    centres = (np.array(solid.origin_mm) + (cells[:, ::-1] + 0.5) * solid.cell_mm) @ matrix.T
    return Frame.around((centres - reach).min(axis=0), (centres + reach).max(axis=0), size_px)


def _covered(solid: Occupancy, matrix: Rotation, frame: Frame) -> NDArray[np.float64]:
    """(3, size_px, size_px) share of each pixel that solid cells hide.

    Cells are solid or not here: a column of cells that are each a tenth full, as at the edge of a
    wall, must not add up to a covered pixel.
    """
    fine = replace(frame, mm_per_px=frame.mm_per_px / FINE, size_px=frame.size_px * FINE)
    shell = _shell(solid.grid)
    thickness_mm = _splat(solid, shell.astype(np.float32), matrix, fine) * fine.mm_per_px
    hidden = thickness_mm >= COVERED_CELLS * solid.cell_mm
    shape = (3, frame.size_px, FINE, frame.size_px, FINE)
    return np.asarray(hidden.reshape(shape).mean(axis=(2, 4)))


def _shell(grid: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Solid cells with a neighbour that is not: they hide all that the whole solid hides."""
    padded = np.pad(grid, 1)
    filled = padded >= SOLID_SHARE
    touched, buried = filled.copy(), filled.copy()
    for axis in range(3):
        for step in (-1, 1):
            neighbour = np.roll(filled, step, axis)  # the padding keeps ends apart
            touched |= neighbour
            buried &= neighbour
    thin = (padded >= THIN_SHARE) & ~touched
    return np.asarray(((filled & ~buried) | thin)[1:-1, 1:-1, 1:-1])


def _splat(
    solid: Occupancy, grid: NDArray[np.float32], matrix: Rotation, frame: Frame
) -> NDArray[np.float64]:
    """(3, size, size) pixels of material along each line of sight, row 0 lowest."""
    cell_px = solid.cell_mm / frame.mm_per_px
    parts = max(1, math.ceil(cell_px - PARTS_SLACK))
    first_mm = matrix @ (np.array(solid.origin_mm) + solid.cell_mm / 2)
    origin = (first_mm - np.array(frame.centre_mm)) / frame.mm_per_px + (frame.size_px - 1) / 2
    cells_seen = _add_points(grid, matrix * cell_px, origin, parts, frame.size_px)
    return cells_seen * cell_px**3


def _add_points(
    grid: NDArray[np.float32],
    matrix: Rotation,
    origin: NDArray[np.float64],
    parts: int,
    size: int,
) -> NDArray[np.float64]:
    """(3, size, size) cells of material that each pixel sees; `kernel/splat.c` in NumPy."""
    splat = native("pw_splat")
    if splat is not None:
        images = np.zeros((3, size, size))
        shape = np.array(grid.shape, np.int64)
        grid, matrix = np.ascontiguousarray(grid), np.ascontiguousarray(matrix)
        splat(grid, shape, matrix, origin, parts, size, images)
        return images
    cells, weights = np.argwhere(grid > 0)[:, ::-1], grid[grid > 0] / parts**3
    border = np.zeros((3, (size + 2) ** 2))  # catches what falls outside
    for part in np.ndindex(parts, parts, parts):
        offset = (np.array(part) + 0.5) / parts - 0.5
        points = np.clip((cells + offset) @ matrix.T + origin + 1, 0, size + 0.999)
        low = np.floor(points).astype(int)
        share = np.stack([1 - (points - low), points - low])
        for image, (u, v) in zip(border, PLANE_AXES.values(), strict=True):
            for i, j in np.ndindex(2, 2):
                at = np.minimum(low[:, v] + j, size + 1) * (size + 2)
                at += np.minimum(low[:, u] + i, size + 1)
                drawn = weights * share[i, :, u] * share[j, :, v]
                image += np.bincount(at, weights=drawn, minlength=len(image))
    return border.reshape(3, size + 2, size + 2)[:, 1:-1, 1:-1]
