"""Scores of single weights mean what their papers say."""

import copy
from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from torch import nn

from model_compression.framework.curvature import diagonal_of
from model_compression.framework.granularity import FILTER, WEIGHT
from model_compression.framework.layers import layers_of
from model_compression.framework.lookahead import lookahead_of
from model_compression.framework.pruning import Cut
from model_compression.framework.running import Order, run
from model_compression.framework.splits import Uniform
from model_compression.recipes.registry import find
from model_compression.tasks.networks import lenet5, micro_resnet

PICTURE = (torch.zeros(1, 3, 8, 8),)


def chain(*sizes):
    torch.manual_seed(2)
    layers = [nn.Linear(a, b, bias=False).double() for a, b in pairwise(sizes)]
    return nn.Sequential(*layers), (torch.randn(1, sizes[0], dtype=torch.float64),)


def test_lookahead_is_what_the_product_of_three_layers_loses():
    network, inputs = chain(5, 4, 3, 2)
    first, second, third = (layer.weight.detach() for layer in network)
    scores = lookahead_of(network, inputs)["1"]
    for j, i in [(0, 0), (1, 3), (2, 2)]:
        without = second.clone()
        without[j, i] = 0.0
        lost = (third @ (second - without) @ first).square().sum()
        torch.testing.assert_close(scores[j, i], lost)


def test_lookahead_of_the_outer_layers_has_1_for_the_missing_neighbour():
    network, inputs = chain(5, 4, 3)
    first, second = (layer.weight.detach() for layer in network)
    scores = lookahead_of(network, inputs)
    torch.testing.assert_close(scores["0"], first**2 * (second**2).sum(0)[:, None])
    torch.testing.assert_close(scores["1"], second**2 * (first**2).sum(1)[None, :])


def test_lookahead_does_not_see_how_a_hidden_neuron_is_scaled():
    network, inputs = chain(5, 4, 3)
    before = lookahead_of(network, inputs)
    with torch.no_grad():
        network[0].weight[1] *= 7.0
        network[1].weight[:, 1] /= 7.0
    after = lookahead_of(network, inputs)
    for name in before:
        torch.testing.assert_close(after[name], before[name])


def test_lookahead_sees_through_a_flatten_what_each_channel_is_worth():
    network = lenet5()
    with torch.no_grad():
        network.fc1.weight[:, 3 * 16 : 4 * 16] = 0.0  # nothing reads channel 3 of conv2
    scores = lookahead_of(network, (torch.zeros(1, 1, 28, 28),))
    assert (scores["conv2"][3] == 0).all()
    assert (scores["conv2"][[2, 4]] > 0).all()


def test_lookahead_is_the_same_when_a_batch_norm_is_made_part_of_its_layer():
    torch.manual_seed(1)
    norm = nn.BatchNorm2d(4).eval()
    with torch.no_grad():
        norm.weight.uniform_(0.5, 2.0)
        norm.running_var.uniform_(0.5, 2.0)
    normed = nn.Sequential(
        nn.Conv2d(3, 4, 3, bias=False), norm, nn.ReLU(), nn.Conv2d(4, 5, 3)
    ).eval()
    folded = nn.Sequential(*copy.deepcopy([normed[0], normed[2], normed[3]]))
    with torch.no_grad():
        factor = norm.weight / (norm.running_var + norm.eps).sqrt()
        folded[0].weight.mul_(factor[:, None, None, None])
    here, there = lookahead_of(normed, PICTURE), lookahead_of(folded, PICTURE)
    torch.testing.assert_close(here["0"], there["0"])
    torch.testing.assert_close(here["3"], there["2"])


def test_lookahead_scores_every_weight_of_sums_and_depthwise_convolutions():
    network = micro_resnet().eval()
    scores = lookahead_of(network, (torch.zeros(1, 3, 32, 32),))
    for name, layer in layers_of(network).items():
        assert scores[name].shape == layer.weight.shape
        assert (scores[name] > 0).float().mean() > 0.99


def fitted(task):
    """A network of two layers that has learned the tiny digits: the gradient is about 0."""
    torch.manual_seed(1)
    network = nn.Sequential(nn.Flatten(), nn.Linear(784, 8), nn.ReLU(), nn.Linear(8, 10)).double()
    inputs, target = task.train.inputs(torch.arange(60))[0].double(), task.train.target[:60]
    optimizer = torch.optim.LBFGS(network.parameters(), max_iter=120, line_search_fn="strong_wolfe")

    def loss():
        optimizer.zero_grad()
        decay = sum(one.weight.square().sum() for one in (network[1], network[3]))
        found = task.loss(network(inputs), target) + 1e-3 * decay
        found.backward()
        return found

    optimizer.step(loss)
    return network, inputs, target


def test_the_diagonal_is_that_of_the_hessian(tiny_task):
    network, inputs, target = fitted(tiny_task)
    told = diagonal_of(network, (inputs,))["3"].flatten()
    weight = network[3].weight.detach().flatten()

    def loss(flat):
        hidden = torch.relu(network[1](inputs.flatten(1)))
        return tiny_task.loss(hidden @ flat.reshape(10, 8).T + network[3].bias, target)

    exact = torch.autograd.functional.hessian(loss, weight).diagonal()
    torch.testing.assert_close(told, exact)


def test_what_a_weight_is_worth_is_what_the_loss_rises_by_without_it(tiny_task):
    network, inputs, target = fitted(tiny_task)
    weight = network[3].weight
    told = 0.5 * (diagonal_of(network, (inputs,))["3"] * weight.detach().square()).flatten()
    slope = torch.autograd.grad(tiny_task.loss(network(inputs), target), weight)[0].flatten()
    whole = float(tiny_task.loss(network(inputs), target).detach())
    rises = []
    for index in range(weight.numel()):
        without = copy.deepcopy(network)
        with torch.no_grad():
            without[3].weight.view(-1)[index] = 0.0
        first_order = float(slope[index] * weight.detach().flatten()[index])
        rises.append(float(tiny_task.loss(without(inputs), target).detach()) - whole + first_order)
    assert torch.corrcoef(torch.stack([told, torch.tensor(rises).double()]))[0, 1] > 0.9


def test_curvature_does_not_see_how_layers_are_scaled(tiny_task):
    network, inputs, _ = fitted(tiny_task)

    def scores():
        diagonal = diagonal_of(network, (inputs,))
        return {n: diagonal[n] * one.weight.detach() ** 2 for n, one in layers_of(network).items()}

    before = scores()
    with torch.no_grad():
        network[1].weight.mul_(30.0)
        network[1].bias.mul_(30.0)
        network[3].weight.div_(30.0)
    for name, score in scores().items():
        torch.testing.assert_close(score, before[name])


def by_index(subject, lab):
    """Later layers are worth more."""
    layers = layers_of(subject.network)
    return {name: torch.full(one.weight.shape, float(n)) for n, (name, one) in
            enumerate(layers.items())}  # fmt: skip


@pytest.mark.parametrize("granularity", [WEIGHT, FILTER])
def test_a_cut_overall_keeps_as_many_and_leaves_each_layer_one(granularity, small_task):
    parent = small_task.build()
    cut = Cut(by_index, granularity, Uniform(0.1), overall=True)
    recipe = replace(find("one-shot-magnitude"), stages=lambda goal: [cut])
    subject, _ = run(Order(recipe, small_task, parent))
    sizes = [granularity.count(one.weight.shape) for one in layers_of(parent).values()]
    asked = sum(max(1, round(0.1 * size)) for size in sizes)
    layers = layers_of(subject.network).values()
    kept = [int((granularity.scores(one.weight.square()) > 0).sum()) for one in layers]
    assert sum(kept) == asked
    best = min(asked - len(sizes) + 1, sizes[-1])  # of the last layer, once the others have one
    assert (kept[-1], min(kept)) == (best, 1 if granularity is FILTER else sizes[-1])
