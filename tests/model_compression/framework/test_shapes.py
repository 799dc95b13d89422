"""Vectors of shares are the shapes that they say, and are brought to their budget."""

import copy

import pytest
import torch

from model_compression.framework.admm import project_hard
from model_compression.framework.layers import layers_of
from model_compression.framework.purify import weights_kept
from model_compression.framework.shapes import Shapes
from model_compression.tasks.networks import lenet5


@pytest.fixture
def network():
    torch.manual_seed(0)
    return lenet5()


def some(shapes, seed):
    random = torch.Generator().manual_seed(seed)
    return tuple((0.02 + 0.98 * torch.rand(len(shapes.groups), generator=random)).tolist())


@pytest.mark.parametrize("most", [1_500, 20_000, 200_000])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_vector_is_brought_within_its_budget_and_spends_it(network, most, seed):
    shapes = Shapes.of(network)
    vector = shapes.within(some(shapes, seed), most)
    assert 0.7 * most < shapes.weights(vector) <= most
    assert vector[len(layers_of(network)) - 1] == 1.0  # the answers


def test_a_cut_copy_has_the_weights_that_its_vector_says(network):
    shapes = Shapes.of(network)
    for seed in range(3):
        vector, trial = some(shapes, seed), copy.deepcopy(network)
        project_hard(trial, shapes.constraints(vector))
        assert weights_kept(trial) == shapes.weights(vector)


def test_shares_are_of_what_is_still_there(network):
    with torch.no_grad():
        network.conv2.weight[:20] = 0.0
    whole = Shapes.of(network)
    filters = whole.constraints((1.0,) * len(whole.groups))[1]
    assert filters.layer == "conv2"
    assert filters.projection.kept == 30
