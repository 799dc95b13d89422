"""What is tied together is found, what carries nothing is removed, and outputs stay."""

import copy

import pytest
import torch
from torch import nn

from model_compression.errors import CompressionError
from model_compression.framework.gates import Scale, fold, insert
from model_compression.framework.layers import layers_of
from model_compression.framework.surgery import answers, remove
from model_compression.framework.units import Graph
from model_compression.framework.unused import cut_unused
from model_compression.tasks.networks import lenet5, micro_resnet, mlp300

NETWORKS = {"lenet5": (lenet5, (1, 28, 28)), "mlp300": (mlp300, (1, 28, 28)),
            "micro-resnet": (micro_resnet, (3, 16, 16))}  # fmt: skip


def made(name, seed=0):
    """A network in evaluation mode whose norms do something, and inputs for it."""
    build, shape = NETWORKS[name]
    torch.manual_seed(seed)
    network = build().eval()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.bias)
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.running_mean)
    return network, (torch.randn(6, *shape),)


def first(inputs):
    return (inputs[0][:1],)


def thin_out(network, share):
    with torch.no_grad():
        for layer in layers_of(network).values():
            layer.weight.mul_(torch.rand(layer.weight.shape) < share)


def test_a_flattened_channel_is_read_in_all_its_columns():
    network, inputs = made("lenet5")
    conv2 = next(u for u in Graph(network, first(inputs)).units() if u.root == "conv2")
    assert conv2.readers["fc1"].shape == (50, 16)
    assert conv2.readers["fc1"][3].tolist() == list(range(48, 64))


def test_added_outputs_are_one_unit_and_the_answers_are_fixed():
    network, inputs = made("micro-resnet")
    units = {unit.root: unit for unit in Graph(network, first(inputs)).units()}
    assert set(units["conv"].writers) == {"conv", "block1.conv2"}
    assert set(units["block3.conv1"].through) == {"block3.conv2"}
    assert [root for root, unit in units.items() if unit.fixed] == ["fc"]


@pytest.mark.parametrize("name", NETWORKS)
def test_removing_unused_paths_changes_no_output_and_a_second_time_nothing(name):
    network, inputs = made(name)
    thin_out(network, 0.02 if name != "micro-resnet" else 0.15)
    before = answers(network, inputs)
    graph = Graph(network, first(inputs))
    dead = cut_unused(network, graph.units(), inputs)
    assert any(dead.values())
    remove(graph, dead, inputs)
    torch.testing.assert_close(answers(network, inputs), before, atol=1e-5, rtol=1e-5)
    assert not any(cut_unused(network, graph.units(), inputs).values())


def test_the_constant_of_a_dead_filter_goes_into_the_next_biases():
    network, inputs = made("lenet5")
    with torch.no_grad():
        network.conv2.weight[7] = 0.0
        network.conv2.bias[7] = 0.5  # alive after the ReLU, and the same everywhere
    before, bias = answers(network, inputs), network.fc1.bias.detach().clone()
    graph = Graph(network, first(inputs))
    dead = cut_unused(network, graph.units(), inputs)
    assert dead["conv2"] == [7]
    assert not torch.equal(network.fc1.bias, bias)
    remove(graph, dead, inputs)
    assert network.fc1.in_features == 49 * 16
    torch.testing.assert_close(answers(network, inputs), before, atol=1e-5, rtol=1e-5)


def test_a_constant_that_padding_cuts_off_at_the_border_stays():
    network, inputs = made("micro-resnet")
    with torch.no_grad():
        network.block1.conv1.weight[2] = 0.0  # its norm's shift is what the next layer pads
        network.block1.bn1.bias[2] = 5.0
        network.block1.bn1.running_mean[2] = 0.0
    dead = cut_unused(network, Graph(network, first(inputs)).units(), inputs)
    assert not dead["block1.conv1"]


def test_removal_equals_a_gate_behind_the_norm_but_not_a_zeroed_filter():
    network, inputs = made("micro-resnet")
    with torch.no_grad():
        network.block2.bn1.bias[4] = 3.0  # what leaks when the filter alone is 0
    gated, zeroed = copy.deepcopy(network), copy.deepcopy(network)
    with torch.no_grad():
        gated.block2.bn1.weight[4] = gated.block2.bn1.bias[4] = 0.0
        zeroed.block2.conv1.weight[4] = 0.0
    Graph(network, first(inputs)).remove("block2.conv1", [4])
    torch.testing.assert_close(answers(network, inputs), answers(gated, inputs))
    assert (answers(network, inputs) - answers(zeroed, inputs)).abs().max() > 1e-3


def test_removing_what_is_alive_is_refused():
    network, inputs = made("lenet5")
    with pytest.raises(CompressionError, match="changed an output"):
        remove(Graph(network, first(inputs)), {"conv1": [0]}, inputs)


def test_a_network_that_cannot_be_followed_is_named():
    class Loose(nn.Module):
        def forward(self, x):
            raise TypeError("no such thing")

    with pytest.raises(CompressionError, match=r"\(Loose\) cannot be traced: TypeError"):
        Graph(Loose(), (torch.zeros(1, 1),))


@pytest.mark.parametrize("name", ["conv1", "fc1"])
def test_a_folded_gate_leaves_nothing_and_changes_nothing(name):
    network, inputs = made("lenet5")
    gate = Scale(len(layers_of(network)[name].weight))
    insert(network, name, gate)
    with torch.no_grad():
        gate.factor.copy_(torch.rand_like(gate.factor)).mul_(torch.rand_like(gate.factor) > 0.5)
    before = answers(network, inputs)
    fold(network, name)
    torch.testing.assert_close(answers(network, inputs), before, atol=1e-5, rtol=1e-5)
    assert type(layers_of(network)[name]) is type(layers_of(lenet5())[name])


def test_a_gate_behind_a_norm_folds_into_the_norm():
    network, inputs = made("micro-resnet")
    gate = Scale(16)
    insert(network, "block1.bn1", gate)
    with torch.no_grad():
        gate.factor.uniform_(-1.0, 1.0)
    before = answers(network, inputs)
    fold(network, "block1.bn1")
    torch.testing.assert_close(answers(network, inputs), before, atol=1e-5, rtol=1e-5)


def test_an_unknown_place_for_a_gate_lists_the_known():
    with pytest.raises(CompressionError, match="no module 'conv9'; there are: conv1, "):
        insert(lenet5(), "conv9", Scale(3))
