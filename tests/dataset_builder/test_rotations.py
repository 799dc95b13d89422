"""Solids in other poses: coarse grids, and pictures of grids under rotation."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from dataset_builder.errors import EmptyToolpath
from dataset_builder.render.occupancy import Occupancy, occupancy
from dataset_builder.render.projections import project
from dataset_builder.render.rotations import project_rotated, rotated
from dataset_builder.render.slice_mesh import slice_mesh
from tests.dataset_builder.solids import back_end, box, mesh, sphere, stack, torus, volume_mm3

ASYMMETRIC = np.concatenate(
    [box((40, 10, 8)), box((8, 8, 30), (14, 0, 10)), sphere(7) + [-15, 3, 6]]
)


def _rotation(seed: int) -> NDArray[np.float64]:
    q, r = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    q *= np.sign(np.diag(r))
    return np.asarray(q * np.sign(np.linalg.det(q)))


@pytest.mark.parametrize("cells", [7, 32, 64, 200])
def test_occupancy_keeps_the_volume(cells: int) -> None:
    layers = slice_mesh(mesh(ASYMMETRIC), layer_height_mm=0.31, cells=150)
    grid = occupancy(layers, cells=cells)
    assert max(grid.grid.shape) == cells
    assert grid.volume_mm3 == pytest.approx(volume_mm3(layers), rel=1e-4)
    assert grid.grid.max() <= 1.0


def test_occupancy_lies_where_the_solid_lies() -> None:
    grid = occupancy(slice_mesh(mesh(sphere(10) + [5.0, 6.0, 7.0])), cells=20)
    centre = [
        np.average(np.arange(20) + 0.5, weights=grid.grid.sum(axis=k))
        for k in ((0, 1), (0, 2), (1, 2))
    ]
    at = np.array(grid.origin_mm) + np.array(centre) * grid.cell_mm
    np.testing.assert_allclose(at, [5, 6, 7], atol=0.1)


def test_both_back_ends_fill_the_same_cells() -> None:
    layers = slice_mesh(mesh(ASYMMETRIC), cells=90)
    with back_end("c"):
        native = occupancy(layers, cells=23).grid
    with back_end("numpy"):
        numpy = occupancy(layers, cells=23).grid
    np.testing.assert_allclose(native, numpy, atol=1e-5)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("size_px", [28, 64])
def test_a_turned_grid_looks_like_the_sliced_turned_mesh(size_px: int, seed: int) -> None:
    rotation = _rotation(seed)
    solid = occupancy(slice_mesh(mesh(ASYMMETRIC)), cells=64)
    turned = project_rotated(solid, rotation, size_px)
    oracle = project(slice_mesh(rotated(mesh(ASYMMETRIC), rotation)), size_px=size_px)
    assert turned.extent_mm == pytest.approx(oracle.extent_mm, rel=0.03, abs=solid.cell_mm)
    difference = np.abs(turned.pixels.astype(int) - oracle.pixels)
    assert difference[:3].mean() < 255 * 0.02  # silhouettes: one pixel in fifty
    assert difference[3:].mean() < 2.5
    assert (turned.planes, turned.kinds) == (oracle.planes, oracle.kinds)


def test_no_rotation_draws_what_project_draws() -> None:
    layers = slice_mesh(mesh(torus()))
    straight = project(layers).pixels.astype(int)
    turned = project_rotated(occupancy(layers, cells=64), np.eye(3)).pixels
    assert np.mean(straight[:3] != turned[:3]) < 0.02


def test_a_thin_sheet_is_still_seen_face_on() -> None:
    solid = np.zeros((40, 40, 40), bool)
    solid[20] = True
    grid = occupancy(stack(solid, height_mm=0.3), cells=16)
    assert np.mean(project_rotated(grid, _rotation(1), 32).pixels[:3].max(axis=0) > 0) > 0.2


def test_both_back_ends_look_through_the_grid_alike() -> None:
    solid, drawn = occupancy(slice_mesh(mesh(ASYMMETRIC), cells=64), cells=32), []
    for name in ("c", "numpy"):
        with back_end(name):
            drawn.append(project_rotated(solid, _rotation(3), 40).pixels.astype(int))
    assert np.abs(drawn[0] - drawn[1])[3:].max() <= 1
    assert np.mean(drawn[0][:3] != drawn[1][:3]) < 0.001


@pytest.mark.parametrize(
    "matrix", [np.zeros((3, 3)), np.diag([1, 1, -1]), 2 * np.eye(3), np.eye(2)]
)
def test_what_is_no_rotation_is_refused(matrix: NDArray[np.float64]) -> None:
    with pytest.raises(ValueError, match="orthonormal"):
        rotated(mesh(sphere()), matrix)


def test_an_empty_grid_cannot_be_drawn() -> None:
    empty = Occupancy(np.zeros((4, 4, 4), np.float32), 1.0, (0.0, 0.0, 0.0))
    with pytest.raises(EmptyToolpath, match="no material"):
        project_rotated(empty, np.eye(3))
