"""A grid read once and cut into layers again in another pose."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from dataset_builder.errors import EmptyToolpath
from dataset_builder.geometry.layers import Layers
from dataset_builder.render.occupancy import Occupancy, occupancy, resample
from dataset_builder.render.projections import filled_box
from dataset_builder.render.rotations import rotated
from dataset_builder.render.shadows import cast_shadows
from dataset_builder.render.slice_mesh import slice_mesh
from dataset_builder.render.turned import turned
from tests.dataset_builder.solids import back_end, box, mesh, sphere, stack, volume_mm3

ASYMMETRIC = np.concatenate(
    [box((40, 10, 8)), box((8, 8, 30), (14, 0, 10)), sphere(7) + [-15, 3, 6]]
)


def _rotation(seed: int) -> NDArray[np.float64]:
    q, r = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    q *= np.sign(np.diag(r))
    return np.asarray(q * np.sign(np.linalg.det(q)))


def _quarter_turns() -> list[NDArray[np.float64]]:
    """The 24 rotations of a cube."""
    signed = [
        np.diag(signs)[list(order)]
        for order in itertools.permutations(range(3))
        for signs in itertools.product((1.0, -1.0), repeat=3)
    ]
    return [matrix for matrix in signed if np.linalg.det(matrix) > 0]


def _overlap(one: Layers, other: Layers, cells: int = 64) -> float:
    """Intersection over union on a common grid."""
    boxes = [filled_box(layers, cast_shadows(layers)) for layers in (one, other)]
    low = np.minimum(boxes[0][0], boxes[1][0])
    cell_mm = float((np.maximum(boxes[0][1], boxes[1][1]) - low).max()) / cells
    x, y, z = low.tolist()
    a, b = (
        resample(layers, (x, y, z), cell_mm, (cells, cells, cells)).grid >= 0.5
        for layers in (one, other)
    )
    return float((a & b).sum() / (a | b).sum())


@pytest.mark.parametrize("seed", range(4))
def test_a_turned_grid_is_the_turned_mesh(seed: int) -> None:
    solid = occupancy(slice_mesh(mesh(ASYMMETRIC), cells=192), cells=96)
    rotation = _rotation(seed)
    sliced = slice_mesh(rotated(mesh(ASYMMETRIC), rotation), cells=96)
    assert _overlap(turned(solid, rotation), sliced) > 0.96
    assert _overlap(turned(solid, _rotation(seed + 9)), sliced) < 0.6


@pytest.mark.parametrize("matrix", _quarter_turns(), ids=str)
def test_quarter_turns_only_exchange_cells(matrix: NDArray[np.float64]) -> None:
    solid = np.random.default_rng(1).random((6, 7, 9)) < 0.6
    solid[0, 0, 0] = solid[-1, -1, -1] = True
    solid[:, 3, 3] = solid[3, :, 3] = solid[3, 3, :] = True
    layers = turned(Occupancy(solid.astype(np.float32), 1.0, (0.0, 0.0, 0.0)), matrix, cells=9)
    order = [int(np.abs(row).argmax()) for row in matrix]  # turned axis -> axis of the solid
    expected = solid.transpose([2 - axis for axis in order[::-1]])
    flips = [2 - k for k, axis in enumerate(order) if matrix[k, axis] < 0]
    drawn = np.stack([layers.bitmap(index) for index in range(len(layers.bits))])
    np.testing.assert_array_equal(drawn, np.flip(expected, tuple(flips)))


@pytest.mark.parametrize("seed", range(4))
def test_turning_keeps_the_volume(seed: int) -> None:
    solid = occupancy(slice_mesh(mesh(ASYMMETRIC), cells=192), cells=96)
    assert volume_mm3(turned(solid, _rotation(seed))) == pytest.approx(solid.volume_mm3, rel=0.02)


def test_the_longest_side_has_the_cells_asked_for() -> None:
    solid = occupancy(slice_mesh(mesh(ASYMMETRIC), cells=192), cells=96)
    for cells in (20, 96, 150):
        layers = turned(solid, _rotation(2), cells=cells)
        assert max(*layers.bits.shape[:2], layers.width_px) == cells


def test_thin_walls_are_not_lost() -> None:
    sheet = np.zeros((40, 40, 40), bool)
    sheet[20] = True
    grid = occupancy(stack(sheet, height_mm=0.3), cells=16)
    assert cast_shadows(turned(grid, _rotation(1), cells=48)).top_mm.any(axis=0).mean() > 0.5


def test_both_back_ends_turn_alike() -> None:
    solid, volumes = occupancy(slice_mesh(mesh(ASYMMETRIC), cells=64), cells=32), []
    drawn = []
    for name in ("c", "numpy"):
        with back_end(name):
            layers = turned(solid, _rotation(3), cells=40)
            drawn.append(np.unpackbits(layers.bits))
            volumes.append(layers.origin_mm)
    assert volumes[0] == pytest.approx(volumes[1], abs=1e-9)
    assert np.mean(drawn[0] != drawn[1]) < 1e-5


def test_an_empty_grid_cannot_be_turned() -> None:
    empty = Occupancy(np.zeros((4, 4, 4), np.float32), 1.0, (0.0, 0.0, 0.0))
    for name in ("c", "numpy"):
        with back_end(name), pytest.raises(EmptyToolpath, match="no material"):
            turned(empty, np.eye(3))
