"""Heat maps: they show what an answer rests on, and nothing where it rests on nothing."""

from dataclasses import replace

import numpy as np
import pytest

from classifier.runtime.bundle import load_bundle
from classifier.runtime.recipe import Picture, ViewRecipe, draw, posed_views
from classifier.runtime.saliency import PATCH_SHARE, saliency
from classifier.runtime.scorer import Scorer
from dataset_builder.render.slice_mesh import slice_mesh
from dataset_builder.sources.solids import SOLIDS, draw_solid
from tests.classifier.onnx_networks import VIEWS, network, network_that_looks_at

FIRST = "handgun-shaped"
PATCH = round(PATCH_SHARE * VIEWS[-1])


def scorer_of(model):
    return Scorer(replace(load_bundle(), model=model))


@pytest.fixture(scope="module")
def layers():
    return slice_mesh(draw_solid(SOLIDS["pistol"], np.random.default_rng(0)), cells=128)


@pytest.fixture(scope="module")
def full():
    """Material everywhere, so that every patch covers some."""
    return Picture(np.full(VIEWS, 200, np.uint8), np.array([60, 40, 20], np.float32))


@pytest.mark.parametrize("plane", range(VIEWS[0]))
@pytest.mark.parametrize(("rows", "columns"), [((20, 30), (40, 52)), ((0, 8), (0, 8))])
def test_heat_lies_where_the_network_looks_and_only_there(full, plane, rows, columns):
    heat = saliency(scorer_of(network_that_looks_at(plane, rows, columns)), full, [FIRST])
    seen = np.zeros(VIEWS[2:], bool)
    seen[slice(*rows), slice(*columns)] = True
    near = np.zeros_like(seen)
    near[
        max(rows[0] - PATCH, 0) : rows[1] + PATCH, max(columns[0] - PATCH, 0) : columns[1] + PATCH
    ] = True
    assert heat[plane][seen].min() > 0
    assert heat[plane][seen].mean() > 5 * heat[plane][near & ~seen].mean()
    assert heat[plane][~near].max() == 0
    assert np.delete(heat, plane, axis=0).max() == 0


def test_what_speaks_against_a_shape_is_not_heat(full):
    model = network_that_looks_at(0, (20, 30), (20, 30))
    assert saliency(scorer_of(model), full, ["blade-shaped"]).max() == 0


def test_a_network_that_does_not_look_has_no_heat(layers):
    picture = draw(layers, ViewRecipe())
    heat = saliency(scorer_of(network()), picture, [FIRST])
    assert heat.shape == picture.views[:, 0].shape
    assert heat.max() < 1e-5


def test_nothing_is_hot_far_from_material(layers):
    picture = draw(layers, load_bundle().recipe)
    weapon = [label.name for label in load_bundle().labels if label.weapon_shaped]
    heat = saliency(Scorer(load_bundle()), picture, weapon)
    filled = picture.views.any(axis=1)
    for plane, shown in zip(heat, filled, strict=True):
        rows, columns = (np.flatnonzero(shown.any(axis=axis)) for axis in (1, 0))
        assert plane[: max(rows[0] - PATCH, 0)].sum() == 0
        assert plane[:, columns[-1] + PATCH + 1 :].sum() == 0
    assert heat.max() > 0


def test_a_picture_for_people_is_the_networks_own_but_finer(layers):
    recipe = ViewRecipe(stretch=0.0)  # a person sees all axes to one scale
    fine = posed_views(layers, recipe, cells=160, size_px=256)
    own = draw(layers, recipe).views[:, 0]
    for picture, coarse in zip(fine.pixels[:3], own, strict=True):
        shrunk = picture.reshape(64, 4, 64, 4).mean(axis=(1, 3)) >= 128
        assert (shrunk == (coarse > 0)).mean() > 0.97
