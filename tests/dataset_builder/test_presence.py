"""Grids made ready to be turned."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from dataset_builder.errors import EmptyToolpath
from dataset_builder.render.occupancy import Occupancy
from dataset_builder.render.presence import SURFACE, Turnable, sample
from tests.dataset_builder.solids import back_end

CELL_MM = 0.7


def _rough(seed: int) -> Occupancy:
    rng = np.random.default_rng(seed)
    shares = rng.choice([0.0, 0.01, 0.3, 0.6, 1.0], (9, 7, 11), p=[0.5, 0.1, 0.1, 0.1, 0.2])
    return Occupancy(shares.astype(np.float32), CELL_MM, (3.0, -2.0, 5.0))


def _turn(angle: float) -> NDArray[np.float64]:
    c, s = np.cos(angle), np.sin(angle)
    about_z = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    return np.asarray(about_z @ about_x)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("angle", [0.0, 0.4, 2.0])
def test_the_box_is_that_of_all_cells(seed: int, angle: float) -> None:
    solid, rotation = _rough(seed), _turn(angle)
    ready = Turnable.of(solid)
    z, y, x = np.nonzero(ready.present)
    reach = (ready.present[z, y, x, None].astype(float) - 0.5) * CELL_MM
    centres = (np.stack([x, y, z], axis=1) + 0.5) * CELL_MM + ready.origin_mm
    turned = centres @ rotation.T
    expected = np.array([(turned - reach).min(axis=0), (turned + reach).max(axis=0)])
    np.testing.assert_allclose(ready.box(rotation), expected, atol=1e-9)


def test_a_thin_wall_is_made_full_and_the_skin_of_a_solid_is_not() -> None:
    shares = np.zeros((5, 9, 9), np.float32)
    shares[2, :, :3] = 0.1
    shares[2, :, 5:8] = 1.0
    shares[2, :, 8] = 0.1
    for name in ("c", "numpy"):
        with back_end(name):
            present = Turnable.of(Occupancy(shares, 1.0, (0.0, 0.0, 0.0))).present
        np.testing.assert_array_equal(present[3, 1:-1, 1:4], 1.0)
        np.testing.assert_array_equal(present[3, 1:-1, 9], np.float32(0.1))


def test_both_back_ends_find_the_same_thin_walls() -> None:
    found = []
    for name in ("c", "numpy"):
        with back_end(name):
            found.append(Turnable.of(_rough(4)).present)
    np.testing.assert_array_equal(found[0], found[1])


def test_both_back_ends_find_the_same_outer_cells() -> None:
    rough = _rough(6)
    rough.grid[2:6, 2:5, 1:7] = 1.0
    found = []
    for name in ("c", "numpy"):
        with back_end(name):
            found.append(Turnable.of(rough).tips)
    np.testing.assert_array_equal(found[0], found[1])


def test_alike_corners_settle_what_a_sample_between_them_would_say() -> None:
    rough = _rough(5)
    rough.grid[3:6, 2:5, 4:8] = 0.8
    ready = Turnable.of(rough)
    at = np.random.default_rng(0).uniform(0, np.array(ready.present.shape[::-1]) - 1, (4000, 3)).T
    x, y, z = at.astype(int)
    solid, corners = sample(ready.present, at) >= SURFACE, ready.corners[z, y, x]
    assert solid[corners == 2].all()
    assert not solid[corners == 0].any()
    assert set(corners.tolist()) == {0, 1, 2}


def test_an_empty_grid_is_never_ready() -> None:
    with pytest.raises(EmptyToolpath, match="no material"):
        Turnable.of(Occupancy(np.zeros((3, 3, 3), np.float32), 1.0, (0.0, 0.0, 0.0)))
