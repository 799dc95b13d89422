"""A run that was interrupted comes to the same result; another run's checkpoint is refused."""

import json
from dataclasses import replace

import pytest
import torch

from model_compression.errors import CompressionError
from model_compression.framework.layers import layers_of
from model_compression.framework.levels import Levels
from model_compression.framework.marks import Marks
from model_compression.framework.recipe import Goal
from model_compression.framework.running import Order, plain, run
from model_compression.framework.saved import load, save
from model_compression.framework.stage import Subject
from model_compression.framework.targets import read_target
from model_compression.framework.units import Graph
from model_compression.recipes.registry import find
from model_compression.tasks.networks import micro_resnet

TARGET = read_target("20%")


class Interrupted(Exception):
    """By the user."""


@pytest.fixture
def order(small_task, tmp_path):
    torch.manual_seed(1)
    parent = small_task.build().eval()
    recipe = find("one-shot-magnitude")
    return Order(recipe, small_task, parent, 1, TARGET, epochs=2, folder=tmp_path)


def weights(subject):
    return [layer.weight.detach() for layer in layers_of(subject.network).values()]


def stop_at(stage):
    def on_stage(number, of, what):
        if number == stage:
            raise Interrupted

    return on_stage


def test_a_run_goes_on_after_the_last_finished_stage_to_the_same_bits(order, tmp_path):
    whole, journal = run(replace(order, folder=None))
    with pytest.raises(Interrupted):
        run(order, stop_at(1))
    seen = []
    resumed, again = run(replace(order, resume=True), lambda number, of, what: seen.append(number))
    assert seen == [1]
    assert all(torch.equal(a, b) for a, b in zip(weights(whole), weights(resumed), strict=True))
    assert (journal.visits, len(journal.entries)) == (again.visits, len(again.entries))


def test_a_finished_run_is_not_run_again(order):
    run(order)
    seen = []
    run(replace(order, resume=True), lambda number, of, what: seen.append(number))
    assert not seen


@pytest.mark.parametrize("changes", [{"seed": 2}, {"epochs": 1}, {"target": read_target("10%")}])
def test_a_checkpoint_of_another_run_is_refused(order, changes):
    with pytest.raises(Interrupted):
        run(order, stop_at(1))
    with pytest.raises(CompressionError, match="is of a run with other settings or data"):
        run(replace(order, resume=True, **changes))


def test_a_damaged_checkpoint_is_said_to_be(order, tmp_path):
    run(order)
    path = max(tmp_path.glob("*.safetensors"))
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(CompressionError, match=r"is damaged \(SHA-256\)"):
        run(replace(order, resume=True))


def test_a_checkpoint_of_an_earlier_version_is_said_to_be(order, tmp_path):
    run(order)
    last = max(tmp_path.glob("*.json"))
    entry = json.loads(last.read_text("utf-8"))
    del entry["tied"], entry["snapshots"]
    last.write_text(json.dumps(entry), "utf-8")
    with pytest.raises(CompressionError, match="does not say snapshots, tied"):
        load(last.with_suffix(""), order.task.build)


def test_beginning_anew_removes_what_was_there(order, tmp_path):
    run(order)
    with pytest.raises(Interrupted):
        run(order, stop_at(0))
    assert not list(tmp_path.glob("stage-*"))


def test_the_budget_stretches_all_stages_by_one_factor(order):
    goal = Goal(order.parent, "small", TARGET)
    own = find("p-rm").planned(goal)
    asked = find("p-rm").planned(Goal(order.parent, "small", TARGET, epochs=7.0))
    assert sum(stage.epochs for stage in asked) == pytest.approx(7.0)
    factor = 7.0 / sum(stage.epochs for stage in own)
    for before, after in zip(own, asked, strict=True):
        assert after.epochs == pytest.approx(factor * before.epochs)


def test_what_was_saved_comes_back_in_its_own_shapes(tmp_path):
    network = micro_resnet().eval()
    graph = Graph(network, (torch.zeros(1, 3, 16, 16),))
    graph.remove("block1.conv1", [0, 3])
    graph.remove("block3.conv1", list(range(10)))
    mask = torch.rand(network.fc.weight.shape) < 0.5
    levels = {"fc": Levels("uniform", 3, 0.25, zero=False),
              "conv": Levels("binary", 1, torch.rand(16, 1, 1, 1), zero=False)}  # fmt: skip
    subject = Subject(network, Marks({"fc": mask}, levels))
    save(tmp_path / "one", subject, note="kept")
    back, entry = load(tmp_path / "one", micro_resnet)
    x = torch.randn(2, 3, 16, 16)
    assert torch.equal(back.network(x), network(x))
    assert entry["note"] == "kept"
    assert torch.equal(back.marks.masks["fc"], mask)
    assert back.marks.levels["fc"].scale == 0.25
    assert torch.equal(back.marks.levels["conv"].scale, levels["conv"].scale)


def test_what_decides_a_run_is_told_without_addresses(order):
    stages = order.recipe.planned(order.goal())
    assert "0x" not in str(plain(stages))
