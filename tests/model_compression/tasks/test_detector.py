"""The detector is judged on mesh files from sources that no network has seen, by whole objects."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
import torch

from classifier.models.multiview import MultiView
from classifier.training.config import NetworkConfig, RatesConfig, ScheduleConfig, TrainingConfig
from classifier.training.examples import WEAPON_SHAPED, Examples, Pictures
from classifier.training.trained import Trained
from model_compression.errors import CompressionError
from model_compression.framework import running
from model_compression.framework.layers import layers_of
from model_compression.framework.targets import Target
from model_compression.outcome import as_one
from model_compression.recipes.registry import find
from model_compression.tasks.detector import judged, task_of, together
from model_compression.tasks.registry import load_task
from model_compression.tasks.task import logits_of
from tests.model_compression.pretending import GPU, PretendGpu

MESHES, DRAWS, MODELS = 60, 4, 20
HANDGUN, MUG = 0, int(np.flatnonzero(~WEAPON_SHAPED)[0])
CONFIG = TrainingConfig(
    network=NetworkConfig(channels=(4, 8), hidden=8),
    schedule=ScheduleConfig(batch=4),
    rates=RatesConfig(flagged=0.003, reviewed=0.1, weight_parametric=0.0),
)


def origin(name, kind, label):
    from dataset_builder.sources.origin import Origin

    return Origin(name, name, label, name, "CC0-1.0", "unknown", name, kind, name)


def drawn_objects():
    """Every third is weapon-shaped; meshes of four pictures each, then models of one."""
    labels = ["handgun-shaped" if k % 3 == 0 else "container" for k in range(MESHES + MODELS)]
    kinds = ["mesh"] * MESHES + ["parametric"] * MODELS
    origins = tuple(
        origin(f"{kind}{k}", kind, label)
        for k, (kind, label) in enumerate(zip(kinds, labels, strict=True))
    )
    of = np.concatenate([
        np.repeat(np.arange(MESHES), DRAWS), np.arange(MESHES, MESHES + MODELS)
    ])  # fmt: skip
    rng = np.random.default_rng(0)
    label = np.array([HANDGUN if k % 3 == 0 else MUG for k in range(MESHES + MODELS)])[of]
    return Examples(
        pictures=Pictures([rng.integers(0, 255, (len(of), 3, 2, 16, 16), dtype=np.uint8)]),
        rows=np.arange(len(of)),
        extent_mm=rng.uniform(10, 90, (len(of), 3)).astype(np.float32),
        origin=of.astype(np.int64),
        label=label.astype(np.int64),
        origins=origins,
        digest="drawn",
    )


@pytest.fixture(scope="module")
def task():
    examples = drawn_objects()
    torch.manual_seed(0)
    network = MultiView(len(WEAPON_SHAPED), CONFIG.network).eval()
    return task_of(Trained(network, examples, examples, examples), CONFIG, 0)


def said(examples, odds):
    """Logits with these log odds of the one weapon label."""
    logits = torch.full((len(examples), len(WEAPON_SHAPED)), -9.0)
    logits[:, MUG] = 0.0
    logits[:, HANDGUN] = torch.as_tensor(odds, dtype=torch.float32)
    return logits


def test_recall_counts_mesh_files_as_what_half_of_their_pictures_are(task):
    examples = task.test.examples
    odds = np.where(examples.weapon, 4.0, -4.0)
    weapons = np.flatnonzero(examples.weapon & examples.from_mesh).reshape(-1, DRAWS)
    odds[weapons[0]] = [-4, -4, -4, 4]  # one of four: clear
    odds[weapons[1]] = [-4, -4, 4, 4]  # two of four: not clear
    scores = judged(said(examples, odds), task.test)
    assert len(scores.right) == MESHES // 3
    assert scores.right.tolist() == [False] + [True] * (MESHES // 3 - 1)
    assert scores.measure == "recall at 10 % false stops"


def test_thresholds_let_no_more_everyday_meshes_stop_than_the_rate(task):
    examples = task.test.examples
    odds = np.random.default_rng(1).normal(size=len(examples)) + 2 * examples.weapon
    scores = judged(said(examples, odds), task.test)
    assert scores.also["everyday objects stopped"] <= 0.1
    assert 0 < scores.also["recall at 0.3 % false stops"] <= scores.accuracy


def test_what_thresholds_do_to_models_is_told_beside_it(task):
    examples = task.test.examples
    mesh, weapon = examples.from_mesh, examples.weapon
    odds = np.where(weapon, 4.0, -4.0)
    odds[np.flatnonzero(weapon & ~mesh)[:1]] = -4.0
    also = judged(said(examples, odds), task.test).also
    drawn = int((weapon & ~mesh).sum())
    assert also["draws of weapon-shaped models caught"] == pytest.approx((drawn - 1) / drawn)
    assert also["draws of everyday models stopped"] == 0.0


def test_what_chooses_counts_new_members_of_models_too(task):
    examples = task.validation.examples
    scores = judged(said(examples, np.where(examples.weapon, 4.0, -4.0)), task.validation)
    assert len(scores.right) == len(np.unique(examples.unit[examples.weapon]))


def test_folds_together_are_judged_by_one_threshold(task):
    logits = logits_of(task.parent, task.test)
    both = together([task, task], [logits, logits])
    assert len(both.right) == len(task.evaluate(task.parent, task.test).right)


def test_one_answer_for_all_catches_nothing(task):
    assert task.blind(task.test, len(WEAPON_SHAPED)) == 0.0


def test_folds_of_two_networks_are_paired_as_one(task):
    other = MultiView(len(WEAPON_SHAPED), CONFIG.network).eval()
    second = replace(task, digest="of another fold")
    both = as_one([(task, task.parent, other), (second, task.parent, other)])
    alone = task.evaluate(task.parent, task.test)
    assert both.measure == alone.measure
    assert both.dense.of == both.compressed.of == len(alone.right)  # the same objects twice
    assert both.compressed.hits - both.dense.hits == both.won - both.lost
    assert set(both.also) == set(alone.also)
    assert as_one([(task, task.parent, other)] * 2) is None  # no object counts twice


def test_batches_are_what_training_draws_and_go_on_at_any_step(task):
    whole = list(islice(task.batches(3, 0), 4))
    again = next(task.batches(3, 3))
    assert whole[3].inputs[0].shape == (4, 3, 2, 16, 16)
    for one, other in zip(whole[3].inputs, again.inputs, strict=True):
        assert torch.equal(one, other)
    task.loss(task.build()(*again.inputs), again.target).backward()


def test_a_small_network_of_the_same_objects_can_be_paired_with_its_parent(task):
    torch.manual_seed(1)
    small = MultiView(len(WEAPON_SHAPED), NetworkConfig(channels=(2, 4), hidden=4)).eval()
    one, other = (task.evaluate(network, task.test) for network in (task.parent, small))
    assert one.right.shape == other.right.shape


@pytest.mark.parametrize("name", ["l1-filters", "admm-joint"])
def test_a_detector_is_compressed_on_another_device(name, task, monkeypatch):
    monkeypatch.setattr(running, "device", lambda: GPU)
    recipe = find(name)
    target = Target(share=0.7, bits=recipe.target.bits)
    with PretendGpu():
        subject, _ = running.run(running.Order(recipe, task, task.parent, 1, target, epochs=0.1))
    kept = sum(int((one.weight != 0).sum()) for one in layers_of(subject.network).values())
    whole = sum(one.weight.numel() for one in layers_of(task.parent).values())
    assert 0 < kept <= 0.7 * whole
    assert logits_of(subject.network, task.test).isfinite().all()


def test_a_detector_without_a_run_says_what_to_give(tmp_path):
    with pytest.raises(CompressionError, match=r"finished run.*--run"):
        load_task("detector")
    with pytest.raises(CompressionError, match=r"holds no finished run.*--run"):
        load_task("detector", tmp_path, run=tmp_path)
