"""Pictures whose axes have a scale each: they fill, and lose nothing."""

from __future__ import annotations

import numpy as np
import pytest

from dataset_builder.errors import EmptyToolpath
from dataset_builder.render.occupancy import Occupancy, occupancy
from dataset_builder.render.rotations import project_rotated
from dataset_builder.render.slice_mesh import slice_mesh
from dataset_builder.render.stretched import project_stretched, shown_shares
from dataset_builder.render.views import PLANES
from tests.dataset_builder.solids import back_end, box, mesh, sphere
from tests.dataset_builder.test_rotations import ASYMMETRIC, _rotation

BAR = box((160, 24, 12))


def solid_of(triangles, cells=96):
    return occupancy(slice_mesh(mesh(triangles)), cells=cells)


def filled_px(picture):
    """Rows and columns that hold anything."""
    return int((picture > 0).any(axis=1).sum()), int((picture > 0).any(axis=0).sum())


def test_a_long_bar_fills_every_picture():
    views = project_stretched(solid_of(BAR), np.eye(3), 64)
    assert views.pixels.shape == (len(PLANES), 2, 64, 64)
    for silhouette in views.pixels[:, 0]:
        assert all(60 <= side <= 64 for side in filled_px(silhouette))


def test_to_one_scale_a_bar_is_drawn_as_long_and_thin_as_it_is():
    views = project_stretched(solid_of(BAR), np.eye(3), 64, stretch=0.0)
    high, wide = filled_px(views.pixels[0, 0])
    assert wide / high == pytest.approx(160 / 24, rel=0.15)


def test_half_way_sides_are_drawn_by_the_root_of_their_shares():
    shares = shown_shares(np.array([160.0, 40.0, 1.0]), 0.5)
    np.testing.assert_allclose(shares, [1.0, 0.5, 0.25])


def test_the_sides_in_mm_are_those_of_the_turned_solid_whatever_the_stretch():
    solid, rotation = solid_of(ASYMMETRIC), _rotation(2)
    plain = project_rotated(solid, rotation).extent_mm
    for stretch in (0.0, 0.4, 1.0):
        found = project_stretched(solid, rotation, stretch=stretch).extent_mm
        np.testing.assert_allclose(found, plain, rtol=1e-6)


def test_to_one_scale_silhouettes_are_those_of_plain_pictures():
    solid, rotation = solid_of(ASYMMETRIC, cells=64), _rotation(1)
    plain = project_rotated(solid, rotation, 64).pixels[:3]
    ours = project_stretched(solid, rotation, 64, stretch=0.0).pixels[:, 0]
    assert np.mean((plain > 0) != (ours > 0)) < 0.01


def test_an_xray_shows_the_root_of_the_share_of_depth_that_is_material():
    xray = project_stretched(solid_of(sphere(20)), np.eye(3), 64).pixels[0, 1] / 255.0
    shares = xray**2 * 62
    # the volume of a ball in its box of 62 x 62 x 62 samples
    assert shares.sum() == pytest.approx(np.pi / 6 * 62**3, rel=0.03)


def test_both_back_ends_draw_alike():
    solid, drawn = solid_of(ASYMMETRIC, cells=32), []
    for name in ("c", "numpy"):
        with back_end(name):
            drawn.append(project_stretched(solid, _rotation(3), 32).pixels.astype(int))
    assert np.abs(drawn[0] - drawn[1])[:, 1].max() <= 1
    assert np.mean(drawn[0][:, 0] != drawn[1][:, 0]) < 0.002


@pytest.mark.parametrize(("size_px", "stretch"), [(4, 1.0), (64, 1.5), (64, -0.1)])
def test_an_impossible_picture_is_refused(size_px, stretch):
    with pytest.raises(ValueError, match="give 8 to 1024 and 0 to 1"):
        project_stretched(solid_of(BAR, cells=16), np.eye(3), size_px, stretch=stretch)


def test_an_empty_grid_cannot_be_stretched():
    empty = Occupancy(np.zeros((4, 4, 4), np.float32), 1.0, (0.0, 0.0, 0.0))
    with pytest.raises(EmptyToolpath, match="no material"):
        project_stretched(empty, np.eye(3))
