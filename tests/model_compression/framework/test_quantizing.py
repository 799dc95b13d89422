"""Frozen weights are on levels, the nearest ones first, and nothing pruned comes back."""

import copy

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from model_compression.framework.hooks import Teacher
from model_compression.framework.layers import layers_of
from model_compression.framework.levels import Levels
from model_compression.framework.marks import Marks
from model_compression.framework.projection import OnLevels
from model_compression.framework.quantizing import AdmmQuantize, Freeze, nearest
from model_compression.framework.stage import Journal, Lab, Subject
from model_compression.framework.training import Course


def bench(task):
    torch.manual_seed(2)
    network = task.build()
    return Subject(network), Lab(task, Teacher(copy.deepcopy(network), task), 1, Journal())


@given(st.sampled_from([("uniform", 2), ("uniform", 3), ("power-of-two", 3)]), st.integers(0, 50))
def test_the_nearest_level_is_the_nearest_of_all(kind, seed):
    levels = Levels(*kind, 0.3, zero=False)
    weight = torch.randn(40, generator=torch.Generator().manual_seed(seed))
    most = 1 << (kind[1] - 1)
    table = levels.values(torch.tensor([code for code in range(-most, most + 1) if code]))
    best = (weight[:, None] - table).abs().min(dim=1).values
    torch.testing.assert_close((weight - nearest(levels, weight)).abs(), best)


def test_a_pruned_weight_is_on_no_level():
    weight = torch.tensor([[0.0, 0.4], [-0.6, 0.0]])
    found = OnLevels("binary", 1, weight != 0)(weight)
    assert found.tolist() == [[0.0, 0.5], [-0.5, 0.0]]


@pytest.mark.parametrize(("kind", "bits", "most"), [("binary", 1, 2), ("uniform", 2, 4)])
def test_every_weight_ends_on_a_level_of_every_layer(tiny_task, kind, bits, most):
    subject, lab = bench(tiny_task)
    subject = AdmmQuantize(kind=kind, bits=bits, rounds=2).run(subject, lab)
    subject = Freeze(kind=kind, bits=bits, course=Course(epochs=1)).run(subject, lab)
    for name, layer in layers_of(subject.network).items():
        assert len(torch.unique(layer.weight)) <= most
        codes = subject.marks.levels[name].codes(layer.weight.detach())
        assert torch.equal(subject.marks.levels[name].values(codes), layer.weight)


def test_what_was_pruned_stays_pruned(tiny_task):
    subject, lab = bench(tiny_task)
    masks = {n: torch.rand(one.weight.shape) < 0.3 for n, one in layers_of(subject.network).items()}
    with torch.no_grad():
        for name, layer in layers_of(subject.network).items():
            layer.weight.mul_(masks[name])
    subject = Subject(subject.network, Marks(masks))
    subject = AdmmQuantize(kind="binary", bits=1, rounds=1).run(subject, lab)
    subject = Freeze(kind="binary", bits=1, course=Course(epochs=1)).run(subject, lab)
    for name, layer in layers_of(subject.network).items():
        assert torch.equal(layer.weight != 0, masks[name])


def test_frozen_weights_stay_on_their_level_while_others_learn(tiny_task):
    subject, lab = bench(tiny_task)
    half = Freeze(kind="binary", bits=1, course=Course(epochs=1), shares=(0.5,))
    subject = half.run(subject, lab)
    for name, layer in layers_of(subject.network).items():
        scale = torch.tensor(subject.marks.levels[name].scale)
        on_level = (layer.weight.abs() == scale).float().mean()
        assert 0.45 < float(on_level) < 0.6
