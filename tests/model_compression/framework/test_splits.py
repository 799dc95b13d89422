"""Counts of each layer add up, keep every layer alive and name who stops them."""

import copy

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from model_compression.errors import CompressionError
from model_compression.framework.admm import project_hard
from model_compression.framework.granularity import COLUMN, FILTER, GRANULARITIES, WEIGHT
from model_compression.framework.layers import chosen, layers_of
from model_compression.framework.plans import Fitted, Groups, within
from model_compression.framework.sites import silence, sites_of
from model_compression.framework.splits import Ranked, Stated, Uniform, lamp
from model_compression.framework.surgery import remove
from model_compression.framework.units import Graph
from model_compression.framework.unused import cut_unused
from model_compression.ledger.macs import macs_of
from model_compression.recipes.lenet5 import EARLY, LATE, SIZES, weights_of
from model_compression.tasks.networks import lenet5, micro_resnet, mlp300


def small():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(8, 6), nn.ReLU(), nn.Linear(6, 4))


@given(st.integers(2, 72), st.sampled_from(list(GRANULARITIES)))
def test_a_ranking_keeps_exactly_its_count_and_every_layer(kept, name):
    granularity, network = GRANULARITIES[name], small()
    groups = [granularity.count(layer.weight.shape) for layer in layers_of(network).values()]
    kept = min(kept, sum(groups))
    counts = Ranked(kept, lamp, "LAMP score")(network, granularity)
    assert sum(counts.values()) == kept
    assert min(counts.values()) >= 1


def test_lamp_compares_a_weight_with_all_that_are_not_weaker():
    scores = lamp(torch.tensor([[3.0, 1.0, 2.0]]), WEIGHT)
    torch.testing.assert_close(scores, torch.tensor([1.0, 1 / 14, 4 / 13]))


def test_too_few_for_all_layers_names_the_one_that_stops_it():
    with pytest.raises(CompressionError, match="layer 2 stops it: 1 weights are too few"):
        Ranked(1, lamp, "LAMP score")(small(), WEIGHT)


def test_a_stated_layer_that_keeps_nothing_is_named():
    with pytest.raises(CompressionError, match="layer 0 stops it: it must keep a filter"):
        Stated({"0": 0})(small(), FILTER)


def test_a_stated_count_above_what_is_left_keeps_all():
    assert Stated({"*": 5})(small(), FILTER) == {"0": 5, "2": 4}


def test_a_share_is_the_same_everywhere_and_never_nothing():
    assert Uniform(0.5)(small(), FILTER) == {"0": 3, "2": 2}
    assert Uniform(0.01)(small(), FILTER) == {"0": 1, "2": 1}


def test_an_unknown_layer_is_told_the_known():
    with pytest.raises(CompressionError, match=r"no layer 'conv\*'; there are: 0, 2"):
        chosen(small(), {"conv*": 1})


def weights_after(network, inputs, constraints):
    project_hard(network, constraints)
    cut_unused(network, Graph(network, inputs).units(), inputs)
    return sum(int((layer.weight != 0).sum()) for layer in layers_of(network).values())


@pytest.mark.parametrize(("name", "limit"), [("filter", 400), ("column", 4_000)])
def test_groups_fit_the_limit_after_unused_paths_and_waste_little(name, limit):
    torch.manual_seed(0)
    network, inputs = lenet5(), (torch.randn(1, 1, 28, 28),)
    plan = Fitted(Ranked(limit, lamp, ""), {GRANULARITIES[name]: 0.5}, limit)
    left = weights_after(network, inputs, plan(network, inputs))
    assert 0.6 * limit < left <= limit


@pytest.mark.parametrize("exponents", [{COLUMN: 1.0}, {FILTER: 0.45, COLUMN: 0.55}, {FILTER: 0.5}])
def test_multiplications_are_those_of_a_dense_kernel_without_the_dead_channels(exponents):
    torch.manual_seed(0)
    network, inputs = mlp300(), (torch.randn(1, 1, 28, 28),)
    whole = macs_of(network, inputs).dense
    plan = Fitted(Uniform(0.5), exponents, limit=0.5, of_macs=True)
    project_hard(network, plan(network, inputs))
    graph = Graph(network, inputs)
    remove(graph, cut_unused(network, graph.units(), inputs), inputs)
    assert 0.45 * whole < macs_of(network, inputs).dense <= 0.5 * whole


@pytest.mark.parametrize("granularity", [FILTER, COLUMN])
def test_half_of_a_residual_networks_multiplications_go_whatever_its_norms_add(granularity):
    torch.manual_seed(0)
    network, inputs = micro_resnet().eval(), (torch.randn(1, 3, 16, 16),)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.bias, 0.5, 1.0)
    whole = macs_of(network, inputs).dense
    plan = Fitted(Uniform(0.5), {granularity: 0.5}, limit=0.5, of_macs=True)
    project_hard(network, plan(network, inputs))
    silence(network, sites_of(network, inputs))
    graph = Graph(network, inputs)
    remove(graph, cut_unused(network, graph.units(), inputs), inputs)
    assert 0.4 * whole < macs_of(network, inputs).dense <= 0.5 * whole


def test_counts_are_lowered_until_the_multiplications_fit():
    torch.manual_seed(0)
    network, inputs = mlp300(), (torch.randn(1, 1, 28, 28),)
    most = 0.5 * macs_of(network, inputs).dense
    planned = Groups(FILTER, Stated({"fc1": 290, "fc2": 99}))(network, inputs)
    project_hard(network, within(network, planned, most, inputs, of_macs=True))
    graph = Graph(network, inputs)
    remove(graph, cut_unused(network, graph.units(), inputs), inputs)
    assert 0.95 * most < macs_of(network, inputs).dense <= most


def test_counts_are_lowered_until_what_is_used_fits():
    torch.manual_seed(0)
    network, inputs = lenet5(), (torch.randn(1, 1, 28, 28),)
    planned = Groups(WEIGHT, Ranked(2_000, lamp, ""))(network, inputs)
    fitted = within(network, planned, 1_000, inputs)
    left = weights_after(copy.deepcopy(network), inputs, fitted)
    assert 990 < left <= 1_000
    assert sum(keep.kept for _, keep in fitted) > left
    assert within(network, planned, 2_000, inputs) == planned


def test_a_limit_that_groups_cannot_reach_says_which_layer_stops_it():
    inputs = (torch.randn(1, 8),)
    plan = Fitted(Uniform(0.25), {FILTER: 0.5}, limit=5)
    with pytest.raises(CompressionError, match="layer 0 stops it: filters alone do not get down"):
        plan(small(), inputs)


@given(st.integers(100, sum(EARLY)))
def test_lenet5_splits_add_up_and_fit(kept):
    counts = weights_of(kept)
    assert sum(counts.values()) == kept
    assert all(1 <= one <= size for one, size in zip(counts.values(), SIZES, strict=True))


def test_lenet5_splits_begin_and_end_where_they_were_measured():
    assert tuple(weights_of(sum(EARLY)).values()) == EARLY
    assert tuple(weights_of(sum(LATE)).values()) == LATE
    assert weights_of(sum(EARLY) + 1) is None
    assert tuple(layer.weight.numel() for layer in layers_of(lenet5()).values()) == SIZES
