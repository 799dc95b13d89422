"""Scoring: the exported network is the trained one, and the way a part lies does not matter."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from classifier.runtime.bundle import load_bundle
from classifier.runtime.errors import BundleError
from classifier.runtime.policy import Policy
from classifier.runtime.pose import principal_axes
from classifier.runtime.recipe import ViewRecipe, draw
from classifier.runtime.scorer import BATCH, Scorer
from classifier.runtime.verdict import Outcome, decide
from dataset_builder.errors import EmptyToolpath
from dataset_builder.geometry.layers import Layers
from dataset_builder.geometry.mesh import Mesh
from dataset_builder.render.occupancy import occupancy
from dataset_builder.render.rotations import rotated
from dataset_builder.render.slice_mesh import slice_mesh
from dataset_builder.sources.primitives import block
from dataset_builder.sources.solids import SOLIDS, draw_solid
from tests.classifier.onnx_networks import network

QUARTER_TURNS = {
    "on its back": np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]], float),
    "upright": np.array([[0, 0, 1], [0, 1, 0], [-1, 0, 0]], float),
    "turned on the bed": np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1]], float),
}


@pytest.fixture(scope="module")
def scorer():
    return Scorer(load_bundle())


@pytest.fixture(scope="module")
def rules(scorer):
    return Policy().applied(scorer.bundle.thresholds, scorer.bundle.labels)


def solid(name, seed=0):
    return draw_solid(SOLIDS[name], np.random.default_rng(seed))


def layers_of(mesh):
    return slice_mesh(mesh, cells=128)


def test_scores_are_probabilities_and_the_weapon_score_is_their_sum(scorer):
    (score,) = scorer.score([layers_of(solid("mug"))])
    weapon = [label.name for label in scorer.bundle.labels if label.weapon_shaped]
    assert sum(score.scores.values()) == pytest.approx(1, abs=1e-5)
    assert score.weapon_score == pytest.approx(sum(score.scores[name] for name in weapon), abs=1e-6)
    assert score.label == max(score.scores, key=score.scores.get)
    assert score.nearest_weapon_shape in weapon


def test_a_batch_scores_as_its_objects_do_alone(scorer):
    objects = [layers_of(solid(name)) for name in list(SOLIDS)[: BATCH + 2]]
    together = scorer.score(objects)
    alone = [scorer.score([layers])[0] for layers in objects]
    for one, other in zip(together, alone, strict=True):
        assert one.weapon_score == pytest.approx(other.weapon_score, abs=1e-6)


def test_nearest_shapes_are_three_of_the_gallery_best_first(scorer):
    (score,) = scorer.score([layers_of(solid("mug"))])
    gallery = scorer.bundle.gallery
    assert len({near.name for near in score.nearest}) == 3
    assert {near.name for near in score.nearest} <= set(gallery.names)
    similarity = [near.similarity for near in score.nearest]
    assert similarity == sorted(similarity, reverse=True)


def test_unfamiliar_is_the_distance_to_the_gallery_in_units_of_the_limit(scorer):
    layers = layers_of(solid("mug"))
    picture = draw(layers, scorer.bundle.recipe)
    (score,) = scorer.score([layers])
    _, embedding = scorer.answer(picture.views[None], picture.extent_mm[None])
    neighbours, limit = scorer.bundle.familiarity
    cosines = np.sort(scorer.bundle.gallery.embeddings @ embedding[0])[-neighbours:]
    assert score.unfamiliar == pytest.approx((1 - cosines.mean()) / limit, abs=1e-5)


def test_no_objects_have_no_scores(scorer):
    assert scorer.score([]) == []


def test_an_object_without_material_is_refused(scorer):
    empty = Layers(np.zeros((2, 8, 1), np.uint8), 8, np.array([1.0, 2]), np.ones(2), (0, 0), 1.0)
    with pytest.raises(EmptyToolpath):
        scorer.score([empty])


@pytest.mark.parametrize("name", ["pistol", "rifle", "drill", "mug"])
@pytest.mark.parametrize("turn", QUARTER_TURNS)
def test_however_a_part_is_laid_down_its_score_stays(scorer, name, turn):
    mesh = solid(name)
    first, second = scorer.score([layers_of(mesh), layers_of(rotated(mesh, QUARTER_TURNS[turn]))])
    assert second.weapon_score == pytest.approx(first.weapon_score, abs=0.1)


def test_most_envelopes_shaped_like_guns_do_not_pass(scorer, rules):
    """The card has the true shares; this only says that the bundle is no other one."""
    names = ["pistol", "revolver", "rifle"]
    scores = scorer.score(
        layers_of(solid(name, seed)) for name in names for seed in range(100, 106)
    )
    seen = [decide([s], rules).outcome is not Outcome.CLEAR for s in scores]
    assert sum(seen) >= 12


@pytest.mark.parametrize("name", ["mug", "bin_box", "angle_bracket", "spur_gear", "hook", "vase"])
def test_everyday_parts_are_clear_or_at_worst_looked_at(scorer, rules, name):
    """The card has the true shares; this only says that the bundle is no other one."""
    scores = scorer.score(layers_of(solid(name, seed)) for seed in range(100, 106))
    outcomes = [decide([s], rules).outcome for s in scores]
    assert Outcome.FLAGGED not in outcomes
    assert outcomes.count(Outcome.CLEAR) >= 5


def test_principal_axes_order_the_sides_of_a_box():
    shell = block((0, 0, 0), (10, 60, 30))
    mesh = Mesh(shell, watertight=True)
    picture = draw(layers_of(mesh), ViewRecipe())
    np.testing.assert_allclose(picture.extent_mm, (60, 30, 10), atol=2)


def test_principal_axes_are_a_rotation_that_puts_the_heavy_tail_ahead():
    axes = principal_axes(occupancy(layers_of(solid("dagger")), cells=60))
    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-9)
    assert np.linalg.det(axes) == pytest.approx(1)


def test_a_sheet_thinner_than_a_cell_is_still_drawn():
    sheet = Mesh(block((0, 0, 0), (166, 16, 0.2)), watertight=True)
    picture = draw(slice_mesh(sheet, cells=256), ViewRecipe())
    assert (picture.views[:, 0] > 0).any()


def test_bytes_that_are_no_network_are_refused_with_the_name_of_the_file():
    bundle = load_bundle()
    with pytest.raises(BundleError, match=r"model\.onnx: onnxruntime cannot run this network"):
        Scorer(replace(bundle, model=b"no network"))


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        ({"views": (3, 2, 32, 32)}, r"'views' is tensor\(uint8\) of objects x 3 x 2 x 32 x 32, the "
         "manifest asks for .* objects x 3 x 2 x 64 x 64"),
        ({"views": (3, 1, 64, 64)}, "'views' is .* 3 x 1 x 64 x 64"),
        ({"sides": 2}, "'extent_mm' is .* objects x 2, the manifest asks for .* objects x 3"),
        ({"labels": 9}, "'probabilities' is .* objects x 9"),
        ({"embedding": 5}, "'embedding' is .* objects x 5"),
        ({"renamed": {"views": "pictures"}}, r"has no 'views' \(tensor\(uint8\)"),
        ({"renamed": {"embedding": "placed"}}, "has no 'embedding'"),
    ],
)  # fmt: skip
def test_a_network_of_another_shape_than_the_manifest_says_is_refused(shapes, message):
    bundle = load_bundle()
    with pytest.raises(BundleError, match=rf"model\.onnx: {message}.*Use another bundle"):
        Scorer(replace(bundle, model=network(**shapes)))


def test_a_network_that_answers_no_number_is_no_everyday_object():
    scorer = Scorer(replace(load_bundle(), model=network(constant=np.nan)))
    with pytest.raises(BundleError, match=r"model\.onnx: answers what is no number"):
        scorer.score([layers_of(solid("mug"))])


def test_scoring_never_imports_torch():
    code = (
        "import sys; from classifier.runtime.bundle import load_bundle; "
        "from classifier.runtime.scorer import Scorer; Scorer(load_bundle()); "
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
