"""How finely rounds are drawn and how a finished solid is bent: what may change, what must not."""

import numpy as np
import pytest

from dataset_builder.render.slice_mesh import slice_mesh
from dataset_builder.sources.facets import BANDS, FEWEST, drawn_with, random_share
from dataset_builder.sources.primitives import (
    arc,
    circle,
    joined,
    rounded_rectangle,
    sweep,
    upright,
)
from dataset_builder.sources.solids import SOLIDS, draw_solid
from dataset_builder.sources.warp import warped
from tests.dataset_builder.shells import unmatched_edges

every_solid = pytest.mark.parametrize("solid", SOLIDS.values(), ids=lambda solid: solid.name)
COARSEST, FINEST = min(min(BANDS)), max(max(BANDS))


def test_a_round_has_the_draws_fineness_and_a_hexagon_stays_one():
    with drawn_with(COARSEST):
        assert len(circle(10.0)) == max(FEWEST, round(28 * COARSEST))
        assert len(circle(10.0, 6)) == 6
        assert len(rounded_rectangle(20, 10, 3)) == 8
    assert len(circle(10.0)) == 28
    with drawn_with(FINEST):
        assert len(circle(10.0)) > 28


def test_a_fineness_ends_with_its_draw_even_when_the_draw_fails():
    with pytest.raises(ZeroDivisionError), drawn_with(COARSEST):
        _ = 1 / 0
    assert len(circle(10.0)) == 28


def test_a_coarse_path_keeps_its_ends():
    path = upright(arc(30, 0, 120, 40))
    with drawn_with(COARSEST):
        coarse = sweep(path, 2.0)
    fine = sweep(path, 2.0)
    assert len(coarse) < len(fine) / 4
    np.testing.assert_allclose(coarse.min((0, 1)), fine.min((0, 1)), atol=2.0)
    np.testing.assert_allclose(coarse.max((0, 1)), fine.max((0, 1)), atol=2.0)


def test_one_family_has_coarse_draws_and_fine_ones():
    faces = [
        len(draw_solid(SOLIDS["flange"], np.random.default_rng(k)).triangles) for k in range(40)
    ]
    assert max(faces) > 4 * min(faces)
    shares = np.array([random_share(np.random.default_rng(seed)) for seed in range(400)])
    assert 0.3 < (shares < 0.5).mean() < 0.7


@every_solid
@pytest.mark.parametrize("share", [COARSEST, FINEST])
def test_every_model_is_closed_at_every_fineness(solid, share):
    with drawn_with(share):
        corners = joined(solid.model(np.random.default_rng(11)))
    assert np.isfinite(corners).all()
    assert not unmatched_edges(corners)


@every_solid
def test_every_draw_fills_layers(solid):
    layers = slice_mesh(draw_solid(solid, np.random.default_rng(3)), cells=144)
    filled = layers.bits.reshape(len(layers.bits), -1).any(axis=1)
    assert filled.mean() > 0.1  # a shaft thinner than a cell leaves gaps, and no draw vanishes


def test_a_bent_solid_is_as_closed_as_it_was_and_stays_about_where_it_was():
    straight = joined(SOLIDS["mug"].model(np.random.default_rng(2)))
    bent = warped(straight, np.random.default_rng(5))
    assert bent.shape == straight.shape
    assert not np.allclose(bent, straight)
    assert not unmatched_edges(bent)
    size = np.ptp(straight.reshape(-1, 3), axis=0).max()
    assert np.abs(bent - straight).max() < 0.15 * size
