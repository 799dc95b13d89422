"""Training: repeatable, learns, measures what it did not see, exports what it trained."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from classifier.training.augment import augmented
from classifier.training.calibrate import (
    FLAGGED_EVERYDAY,
    REVIEWED_EVERYDAY,
    WEAPON_SHAPED,
    Calibration,
    calibrate,
    choose_thresholds,
    weapon_scores,
)
from classifier.training.data import draw_examples, random_rotation, small_rotation
from classifier.training.tables import folds_of
from classifier.training.export import SAME, largest_difference
from classifier.training.loop import Schedule, fit, logits_of
from classifier.metrics import Rate
from classifier.models.multiview import Calibrated, MultiView
from classifier.runtime.recipe import ViewRecipe
from classifier.runtime.scorer import Scorer
from dataset_builder.sources.labels import LABELS
from dataset_builder.sources.solids import SOLIDS

RECIPE = ViewRecipe()


@pytest.fixture(scope="module")
def examples():
    models = ["pistol", "mug", "sword", "hook"]
    return draw_examples(6, seed=3, recipe=RECIPE, models=models)


def test_an_example_is_decided_by_seed_model_and_number_alone(examples):
    alone = draw_examples(2, seed=3, recipe=RECIPE, models=["sword"])
    sword = list(SOLIDS).index("sword")
    np.testing.assert_array_equal(alone.views, examples.subset(examples.model == sword).views[:2])
    other_seed = draw_examples(2, seed=4, recipe=RECIPE, models=["sword"])
    assert alone.digest() != other_seed.digest()


def test_a_few_steps_lower_the_loss(examples):
    losses = []
    fit(examples, Schedule(steps=25, batch=16), seed=1, on_step=lambda _, loss: losses.append(loss))
    assert np.mean(losses[-5:]) < 0.8 * np.mean(losses[:5])


def test_a_seed_decides_the_network(examples):
    first, second = (fit(examples, Schedule(steps=3, batch=8), seed=5) for _ in range(2))
    np.testing.assert_array_equal(logits_of(first, examples), logits_of(second, examples))


def test_the_network_is_small():
    assert sum(weights.numel() for weights in MultiView(len(LABELS)).parameters()) < 50_000


def test_augmenting_keeps_shapes_and_leaves_its_input_alone(examples):
    views, extent = torch.from_numpy(examples.views), torch.from_numpy(examples.extent_mm)
    before = views.clone()
    changed, sizes = augmented(views, extent, torch.Generator().manual_seed(0))
    assert changed.shape == views.shape
    assert changed.dtype == torch.uint8
    assert (sizes > 0).all()
    assert torch.equal(views, before)
    assert not torch.equal(views, changed)


def test_onnxruntime_computes_what_torch_computes(tiny_bundle, examples):
    torch.manual_seed(2)
    from classifier.training.export import export_onnx

    judge = Calibrated(MultiView(len(LABELS)).eval(), Calibration(1.3, 0.8, -0.2),
                       torch.from_numpy(WEAPON_SHAPED)).eval()  # fmt: skip
    scorer = Scorer(replace(tiny_bundle, model=export_onnx(judge, examples)))
    assert largest_difference(judge, scorer, examples) <= SAME


def test_the_exported_weapon_score_is_the_calibrated_one(examples):
    network = MultiView(len(LABELS)).eval()
    calibration = Calibration(temperature=2.0, slope=0.7, offset=0.3)
    judge = Calibrated(network, calibration, torch.from_numpy(WEAPON_SHAPED)).eval()
    with torch.inference_mode():
        rows, _ = judge(torch.from_numpy(examples.views), torch.from_numpy(examples.extent_mm))
    expected = weapon_scores(logits_of(network, examples), calibration)
    np.testing.assert_allclose(rows[:, WEAPON_SHAPED].sum(axis=1), expected, atol=1e-5)
    np.testing.assert_allclose(rows.sum(axis=1), 1.0, atol=1e-5)


def test_calibration_undoes_a_known_distortion():
    rng = np.random.default_rng(0)
    label = rng.integers(0, len(LABELS), 6000)
    odds = rng.normal(0, 1, 6000) + np.where(WEAPON_SHAPED[label], 2.0, -2.0)
    logits = np.zeros((6000, len(LABELS)), np.float32)
    logits[:, WEAPON_SHAPED] = (3.0 * odds + 5.0)[:, None]
    scores = weapon_scores(logits, calibrate(logits, label))
    weight = np.where(
        WEAPON_SHAPED[label], 1 / WEAPON_SHAPED[label].sum(), 1 / (~WEAPON_SHAPED[label]).sum()
    )
    middling = (scores > 0.4) & (scores < 0.6)
    share = (weight * WEAPON_SHAPED[label])[middling].sum() / weight[middling].sum()
    assert share == pytest.approx(0.5, abs=0.12)


def test_thresholds_let_through_what_they_promise():
    everyday = np.linspace(0, 1, 2001)
    review, flag = choose_thresholds(everyday)
    assert (everyday >= review).mean() <= REVIEWED_EVERYDAY + 0.001
    assert (everyday >= flag).mean() <= FLAGGED_EVERYDAY + 0.001
    assert review < flag <= 0.98


def test_every_model_is_held_out_once_and_each_fold_has_both_kinds():
    fold = folds_of(np.arange(len(SOLIDS)), 3)
    weapon = np.array([solid.label.weapon_shaped for solid in SOLIDS.values()])
    for index in range(3):
        assert weapon[fold == index].any()
        assert not weapon[fold == index].all()
    assert set(fold) == {0, 1, 2}


def test_rotations_are_proper_and_small_ones_are_small():
    rng = np.random.default_rng(1)
    for _ in range(20):
        matrix, near = random_rotation(rng), small_rotation(rng, 5.0)
        for rotation in (matrix, near):
            np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
            assert np.linalg.det(rotation) == pytest.approx(1)
        assert np.degrees(np.arccos((np.trace(near) - 1) / 2)) < 25


@pytest.mark.parametrize(
    ("rate", "low", "high"),
    [(Rate(0, 10), 0.0, 0.2775), (Rate(5, 10), 0.2366, 0.7634), (Rate(10, 10), 0.7225, 1.0)],
)
def test_wilson_intervals_are_the_published_ones(rate, low, high):
    assert rate.interval == pytest.approx((low, high), abs=1e-4)


def test_nothing_counted_says_nothing():
    assert Rate(0, 0).interval == (0.0, 1.0)
