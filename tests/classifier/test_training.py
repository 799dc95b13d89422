"""One network: it learns, repeats itself, goes on after an interruption, exports what it is."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
import torch

from classifier.models.multiview import Calibrated, MultiView
from classifier.runtime.recipe import ViewRecipe
from classifier.runtime.scorer import Scorer
from classifier.training.augment import augmented
from classifier.training.batches import Batches, chances
from classifier.training.calibrate import Calibration, weapon_scores
from classifier.training.checkpoints import CheckpointError
from classifier.training.config import (
    SHIPPED,
    NetworkConfig,
    ScheduleConfig,
    TrainingConfig,
    read_config,
)
from classifier.training.examples import WEAPON_SHAPED
from classifier.training.export import SAME, export_onnx, largest_difference
from classifier.training.live import Unwatched
from classifier.training.loop import Task, fit, logits_of
from classifier.training.origins import training_origins
from classifier.training.shards import draw_examples
from dataset_builder.sources.labels import LABELS

RECIPE = ViewRecipe()
MODELS = ("pistol", "mug", "sword", "hook")


class Notes(Unwatched):
    """What the loop said."""

    def __init__(self):
        self.losses, self.done_before = [], 0

    def step(self, step, loss, rate, examples):
        self.losses.append(loss)

    def skipped(self, steps):
        self.done_before = steps


class Interrupted(Exception):
    pass


class PullThePlug(Unwatched):
    def step(self, step, loss, rate, examples):
        if step == 4:
            raise Interrupted


@pytest.fixture(scope="module")
def config(tiny_config):
    return replace(tiny_config, data=replace(tiny_config.data, draws_parametric=6))


@pytest.fixture(scope="module")
def examples(config, tmp_path_factory):
    found = training_origins(seed=config.seed, models=MODELS)
    cache = tmp_path_factory.mktemp("examples")
    return draw_examples(found.origins, config, cache, recipe=RECIPE)[0]


def same(one, other):
    pairs = zip(one.state_dict().items(), other.state_dict().items(), strict=True)
    return all(a[0] == b[0] and torch.equal(a[1], b[1]) for a, b in pairs)


def test_a_few_steps_lower_the_loss(examples, config):
    notes = Notes()
    fit(examples, Task(config, steps=30, seed=1), watch=notes)
    assert np.mean(notes.losses[-5:]) < 0.8 * np.mean(notes.losses[:5])


def test_a_seed_decides_the_network(examples, config):
    first, second, other = (fit(examples, Task(config, steps=3, seed=seed)) for seed in (5, 5, 6))
    assert same(first, second)
    assert not same(first, other)


def test_an_interrupted_run_goes_on_bit_for_bit(examples, config, tmp_path):
    whole = fit(examples, Task(config, steps=6, seed=1, folder=tmp_path / "whole"))
    with pytest.raises(Interrupted):
        fit(examples, Task(config, 6, 1, tmp_path / "parts"), watch=PullThePlug())
    notes = Notes()
    resumed = fit(examples, Task(config, 6, 1, tmp_path / "parts", resume=True), watch=notes)
    assert (notes.done_before, len(notes.losses)) == (4, 2)
    assert same(whole, resumed)
    last = "step-00000006.safetensors"
    assert (tmp_path / "whole" / last).read_bytes() == (tmp_path / "parts" / last).read_bytes()


def test_a_finished_network_is_not_trained_again(examples, config, tmp_path):
    first = fit(examples, Task(config, 4, 1, tmp_path))
    notes = Notes()
    assert same(first, fit(examples, Task(config, 4, 1, tmp_path, resume=True), watch=notes))
    assert (notes.done_before, notes.losses) == (4, [])


def test_a_damaged_checkpoint_falls_back_to_the_one_before(examples, config, tmp_path):
    first = fit(examples, Task(config, 6, 1, tmp_path))
    (tmp_path / "step-00000006.safetensors").write_bytes(b"half of it")
    notes = Notes()
    assert same(first, fit(examples, Task(config, 6, 1, tmp_path, resume=True), watch=notes))
    assert notes.done_before == 4


def test_the_last_two_checkpoints_are_kept_and_none_is_a_pickle(examples, config, tmp_path):
    fit(examples, Task(config, 6, 1, tmp_path))
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"step-0000000{step}.{suffix}" for step in (4, 6) for suffix in ("json", "safetensors")
    ]


def test_checkpoints_of_another_configuration_are_refused(examples, config, tmp_path):
    fit(examples, Task(config, 4, 1, tmp_path))
    other = replace(config, schedule=replace(config.schedule, rate=0.001))
    with pytest.raises(CheckpointError, match=r"other settings or other data\. Give another --out"):
        fit(examples, Task(other, 4, 1, tmp_path, resume=True))


def test_folds_are_kept_when_only_what_ships_learns_longer(examples, config):
    longer = replace(config, schedule=replace(config.schedule, steps=99))
    assert Task(config, 4, 1).decided_by(examples) == Task(longer, 4, 1).decided_by(examples)
    assert Task(config, 4, 1).decided_by(examples) != Task(config, 5, 1).decided_by(examples)


def test_a_batch_depends_on_its_step_alone_and_processes_share_it_out(examples):
    schedule = ScheduleConfig(batch=8)
    whole = Batches(examples, schedule, 0.25, seed=1)
    later = list(islice(whole.from_step(0), 4))[3]
    again = next(whole.from_step(3))
    assert all(torch.equal(a, b) for a, b in zip(later, again, strict=True))
    shares = [next(Batches(examples, schedule, 0.25, 1, rank, 2).from_step(3)) for rank in (0, 1)]
    labels = sorted([*shares[0].label.tolist(), *shares[1].label.tolist()])
    assert labels == sorted(later.label.tolist())


def test_batches_hold_the_share_of_weapon_shaped_that_was_asked_for(examples):
    chance = chances(examples, ScheduleConfig(share_weapon=0.3))
    assert chance.sum() == pytest.approx(1)
    assert chance[examples.weapon].sum() == pytest.approx(0.3)


def test_within_a_part_a_label_comes_as_often_as_the_root_of_its_count(examples):
    mugs = np.flatnonzero(examples.label == examples.label[examples.origin == 1][0])
    fewer = examples.subset(np.setdiff1d(np.arange(len(examples)), mugs[2:]))
    chance = chances(fewer, ScheduleConfig())
    everyday = [
        chance[fewer.label == label].sum() for label in np.unique(fewer.label[~fewer.weapon])
    ]
    counts = [(fewer.label == label).sum() for label in np.unique(fewer.label[~fewer.weapon])]
    assert everyday[0] / everyday[1] == pytest.approx(np.sqrt(counts[0] / counts[1]))


def test_the_network_that_ships_weighs_less_than_a_megabyte():
    network = MultiView(len(LABELS), read_config(SHIPPED).network)
    assert sum(tensor.numel() * 4 for tensor in network.state_dict().values()) < 1_000_000


@pytest.mark.parametrize("pooling", ["max", "ordered"])
def test_however_views_are_pooled_mirrored_views_get_the_same_answer(examples, pooling):
    torch.manual_seed(0)
    network = MultiView(len(LABELS), NetworkConfig(pooling=pooling)).eval()
    views = torch.from_numpy(examples.views(slice(4)))
    extent_mm = torch.from_numpy(examples.extent_mm[:4])
    with torch.inference_mode():
        answer = network(views, extent_mm)
        mirrored = network(views.flip(3), extent_mm)
    assert answer.shape == (4, len(LABELS))
    torch.testing.assert_close(answer, mirrored, atol=1e-4, rtol=1e-4)


def test_augmenting_keeps_shapes_and_leaves_its_input_alone(examples):
    views, extent = torch.from_numpy(examples.views()), torch.from_numpy(examples.extent_mm)
    before = views.clone()
    changed, sizes = augmented(views, extent, torch.Generator().manual_seed(0))
    assert changed.shape == views.shape
    assert changed.dtype == torch.uint8
    assert (sizes > 0).all()
    assert torch.equal(views, before)
    assert not torch.equal(views, changed)


def test_onnxruntime_computes_what_torch_computes(tiny_bundle, examples, config):
    torch.manual_seed(2)
    network = MultiView(len(LABELS), config.network).eval()
    judge = Calibrated(network, Calibration(1.3, 0.8, -0.2), torch.from_numpy(WEAPON_SHAPED)).eval()
    scorer = Scorer(replace(tiny_bundle, model=export_onnx(judge, examples)))
    assert largest_difference(judge, scorer, examples) <= SAME


def test_the_exported_weapon_score_is_the_calibrated_one(examples):
    network = MultiView(len(LABELS), TrainingConfig().network).eval()
    calibration = Calibration(temperature=2.0, slope=0.7, offset=0.3)
    judge = Calibrated(network, calibration, torch.from_numpy(WEAPON_SHAPED)).eval()
    with torch.inference_mode():
        rows, _ = judge(torch.from_numpy(examples.views()), torch.from_numpy(examples.extent_mm))
    expected = weapon_scores(logits_of(network, examples), calibration)
    np.testing.assert_allclose(rows[:, WEAPON_SHAPED].sum(axis=1), expected, atol=1e-5)
    np.testing.assert_allclose(rows.sum(axis=1), 1.0, atol=1e-5)
