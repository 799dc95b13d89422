"""The same solid in another pose: exactly for meshes, from an occupancy grid for layers."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from dataset_builder.geometry.mesh import Mesh
from dataset_builder.render.frame import Frame
from dataset_builder.render.native import native
from dataset_builder.render.occupancy import Occupancy
from dataset_builder.render.presence import SURFACE, Visible, sample
from dataset_builder.render.projections import to_pixels
from dataset_builder.render.views import PLANES, Kind, Views

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Rotation = NDArray[np.float64]  # (3, 3), orthonormal, determinant 1
    Grid = NDArray[np.float32]  # (Z, Y, X) shares of cells

ROUNDING = 1e-6  # rotations read from a file have six digits or more


def checked_rotation(rotation: NDArray[np.float64]) -> Rotation:
    """*rotation* as float64; ValueError when it would stretch, shear or mirror."""
    matrix = np.asarray(rotation, dtype=np.float64)
    proper = (
        matrix.shape == (3, 3)
        and np.abs(matrix @ matrix.T - np.eye(3)).max() <= ROUNDING
        and np.linalg.det(matrix) > 0
    )
    if not proper:
        raise ValueError("a rotation is an orthonormal (3, 3) matrix with determinant 1")
    return matrix


def rotated(mesh: Mesh, rotation: Rotation) -> Mesh:
    """*mesh* turned about the origin: each corner becomes rotation @ corner."""
    corners = mesh.triangles.reshape(-1, 3) @ checked_rotation(rotation).T
    return Mesh(corners.reshape(-1, 3, 3), watertight=mesh.watertight, unit=mesh.unit)


def project_rotated(solid: Occupancy, rotation: Rotation, size_px: int = 64) -> Views:
    """Silhouettes and X-rays of *solid* turned by *rotation*, framed as `projections.project` does.

    Close to slicing the turned mesh, within the grid's resolution: meant for random and canonical
    poses of jobs that have no mesh. Raises EmptyToolpath for an empty grid.
    """
    matrix = checked_rotation(rotation)
    ready = Visible.of(solid)
    low, high = ready.box(matrix)
    frame = Frame.around(low, high, size_px)
    finer = max(1, math.ceil(frame.mm_per_px / solid.cell_mm - 0.1))  # no cell between two samples
    fine = replace(frame, mm_per_px=frame.mm_per_px / finer, size_px=size_px * finer)
    first_mm = np.array(fine.centre_mm) - (fine.size_px - 1) / 2 * fine.mm_per_px
    sums, peaks = look_through(ready, matrix, first_mm, fine.mm_per_px, fine.size_px)
    thickness_mm = _coarse(sums, finer) * fine.mm_per_px
    covered = _coarse(peaks >= SURFACE, finer)
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


def _coarse(images: NDArray[Any], finer: int) -> NDArray[np.float64]:
    """Means over *finer* x *finer* pixels."""
    planes, size, _ = images.shape
    shape = (planes, size // finer, finer, size // finer, finer)
    return np.asarray(images.reshape(shape).mean(axis=(2, 4)))


def look_through(
    solid: Visible,
    matrix: Rotation,
    first_mm: NDArray[np.float64],
    pitch_mm: NDArray[np.float64] | float,
    size_px: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(3, size, size) sums and peaks of material along each line of sight, row 0 lowest.

    first_mm: x, y, z of the first of size^3 samples of the turned solid; pitch_mm: from one to the
    next along each axis. Sums count samples.
    """
    steps, origin = solid.steps_back(matrix, first_mm, pitch_mm)
    sums, peaks = np.zeros((2, 3, size_px, size_px))
    shape = np.array(solid.grid.shape, np.int64)
    look = native("pw_look_through") or _look_in_numpy
    look(solid.grid, solid.present, shape, steps, origin, size_px, sums, peaks)
    return sums, peaks


def _look_in_numpy(
    grid: Grid,
    present: Grid,
    shape: NDArray[np.int64],
    steps: NDArray[np.float64],
    origin: NDArray[np.float64],
    size: int,
    sums: NDArray[np.float64],
    peaks: NDArray[np.float64],
) -> None:
    """`pw_look_through` in NumPy, one z of the turned cube at a time."""
    y, x = np.indices((size, size))
    for z in range(size):
        at = origin[:, None, None] + np.tensordot(steps, np.stack([x, y, np.full_like(x, z)]), 1)
        share, there = sample(grid, at), sample(present, at)
        sums[0] += share
        sums[1, z], sums[2, z] = share.sum(axis=0), share.sum(axis=1)
        peaks[0] = np.maximum(peaks[0], there)
        peaks[1, z], peaks[2, z] = there.max(axis=0), there.max(axis=1)
