"""What an evidence sheet says of an object: nearest and known shapes, what its heat explains."""

from dataclasses import replace

import numpy as np
import pytest

from classifier.runtime.bundle import load_bundle
from classifier.runtime.gallery import Neighbour
from classifier.runtime.known.library import Kind
from classifier.runtime.known.matching import Match
from classifier.runtime.look import to_scale
from classifier.runtime.policy import Policy
from classifier.runtime.recipe import Picture
from classifier.runtime.scorer import ObjectScore, Scorer
from classifier.runtime.sheets import _card
from classifier.runtime.verdict import decide
from dataset_builder.render.slice_mesh import slice_mesh
from dataset_builder.solids import ObjectSolid
from dataset_builder.sources.solids import SOLIDS, draw_solid

NEAREST = (Neighbour("mug", "container", 0.91), Neighbour("vase", "container", 0.88))


@pytest.fixture(scope="module")
def scorer():
    return Scorer(load_bundle())


@pytest.fixture(scope="module")
def solid():
    layers = slice_mesh(draw_solid(SOLIDS["mug"], np.random.default_rng(0)), cells=64)
    return ObjectSolid(layers=layers, role="model")


def card(solid, scorer, score, matches=()):
    rules = Policy().applied(scorer.bundle.thresholds, scorer.bundle.labels)
    (finding,) = decide([score], rules).findings
    return _card(solid, replace(finding, matches=matches), scorer)


def scored(level, unfamiliar=0.4):
    scores = {"handgun-shaped": level, "container": 1 - level}
    label = max(scores, key=scores.get)
    return ObjectScore(label, level, "handgun-shaped", scores, unfamiliar, NEAREST)


def test_a_card_names_the_nearest_shapes(solid, scorer):
    assert card(solid, scorer, scored(0.1)).note == (
        "Nearest: mug (container) 0.91, vase (container) 0.88"
    )


def test_a_card_says_when_the_nearest_are_far(solid, scorer):
    note = card(solid, scorer, scored(0.1, unfamiliar=1.31)).note
    assert note.startswith("Nearest, but not near (1.3 times the limit): mug")


def test_a_card_names_the_known_shape_before_the_nearest(solid, scorer):
    note = card(solid, scorer, scored(0.1), (Match("our bracket", 0.97, Kind.ALLOW),)).note
    assert note.startswith("matches our bracket, overlap 0.97; Nearest: mug")


@pytest.mark.parametrize(
    ("level", "unfamiliar", "legend"),
    [
        (0.99, 0.4, "red: what makes it look weapon-shaped"),
        (0.01, 0.4, "red: what makes it look like: container"),
        (0.01, 1.5, "red: what makes it look like: container"),  # doubted, but not for its shape
    ],
)
def test_the_heat_explains_the_doubt_or_else_the_label(solid, scorer, level, unfamiliar, legend):
    look = card(solid, scorer, scored(level, unfamiliar)).look
    assert look.legend == legend
    assert all(heat.min() >= 0 and heat.max() <= 1 for heat in look.heat.values())


def test_heat_over_a_stretched_picture_is_drawn_where_the_object_isto_scale():
    picture = Picture(np.zeros((3, 2, 64, 64), np.uint8), np.array([160, 40, 20], np.float32))
    heat = to_scale(np.ones((3, 64, 64), np.float32), picture, stretch=1.0)
    rows, columns = heat.any(axis=2).sum(axis=1), heat.any(axis=1).sum(axis=1)
    assert columns.tolist() == pytest.approx([64, 64, 16], abs=2)  # x, x, y
    assert rows.tolist() == pytest.approx([16, 8, 8], abs=2)  # y, z, z


def test_heat_over_a_picture_to_scale_stays():
    picture = Picture(np.zeros((3, 2, 64, 64), np.uint8), np.array([160, 40, 20], np.float32))
    heat = np.random.default_rng(0).random((3, 64, 64), dtype=np.float32)
    np.testing.assert_array_equal(to_scale(heat, picture, stretch=0.0), heat)
