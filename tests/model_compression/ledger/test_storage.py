"""Storage of whole networks: what is kept, in which format, and what is refused."""

from __future__ import annotations

import re

import pytest
import torch
from torch import nn

from model_compression.errors import CompressionError
from model_compression.framework.levels import project
from model_compression.framework.marks import Marks
from model_compression.ledger.explain import explain_storage
from model_compression.ledger.storage import storage_of
from model_compression.tasks.networks import lenet5, micro_resnet


def pruned(network: nn.Module, share: float, seed: int = 0) -> Marks:
    """Random masks, put on the network."""
    generator = torch.Generator().manual_seed(seed)
    masks = {}
    for name, layer in network.named_modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            masks[name] = torch.rand(layer.weight.shape, generator=generator) < share
            layer.weight.data *= masks[name]
    return Marks(masks)


def quantized(network: nn.Module, marks: Marks, kind: str, bits: int) -> Marks:
    levels = {}
    for name, layer in network.named_modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            mask = marks.masks.get(name, torch.ones_like(layer.weight, dtype=torch.bool))
            layer.weight.data, levels[name] = project(
                layer.weight.data, kind, bits, zero=False, kept=mask
            )
    return Marks(marks.masks, levels)


def test_a_dense_float_network_takes_32_bits_a_weight():
    storage = storage_of(lenet5(), Marks())
    assert (storage.weights, storage.kept, storage.others) == (430_500, 430_500, 580)
    assert (storage.bits, storage.index_bits) == (430_500 * 32, 0)
    assert storage.format == "dense, float32"


def test_a_fully_binary_network_takes_a_bit_a_weight_and_a_scale_a_layer():
    network = lenet5()
    storage = storage_of(network, quantized(network, Marks(), "binary", 1))
    assert storage.bits == 430_500 + 4 * 32
    assert storage.format == "dense, binary 1 bit"


def test_pruned_and_quantized_weights_pay_for_their_places():
    network = lenet5()
    marks = quantized(network, pruned(network, 0.01), "uniform", 4)
    storage = storage_of(network, marks)
    assert storage.kept == sum(int(mask.sum()) for mask in marks.masks.values())
    assert storage.bits == storage.kept * 4 + storage.index_bits + 4 * 32
    assert storage.bits < storage.lower_bound_bits * 1.03
    assert "4 bit" in storage.format


def test_the_cheapest_format_of_each_layer_is_taken():
    network = lenet5()
    storage = storage_of(network, pruned(network, 0.01))
    for layer in storage.layers:
        assert layer.costs[layer.format].bits == min(cost.bits for cost in layer.costs.values())


def test_a_layer_of_few_different_numbers_is_a_codebook():
    network = lenet5()
    book = torch.tensor([-0.3, 0.1, 0.2, 0.45, 0.7])
    fc1 = network.get_submodule("fc1")
    assert isinstance(fc1, nn.Linear)
    fc1.weight.data = book[torch.randint(0, 5, fc1.weight.shape)]
    layer = storage_of(network, Marks()).layers[2]
    assert layer.values.name == "codebook 3 bit"
    assert layer.bits == 400_000 * 3 + 2**3 * 32


def test_a_batch_norm_counts_two_numbers_a_channel():
    network = micro_resnet()
    channels = sum(m.num_features for m in network.modules() if isinstance(m, nn.BatchNorm2d))
    assert storage_of(network, Marks()).others == 2 * channels + 10


def test_every_sum_of_the_explanation_gives_its_number():
    network = lenet5()
    marks = quantized(network, pruned(network, 0.02), "binary", 1)
    text = explain_storage(storage_of(network, marks))
    lines = [line.split(" | ") for line in text.splitlines() if line.startswith("| ")][1:]
    assert len(lines) == 4
    for line in lines:
        arithmetic, bits = line[6].replace(",", "").replace("x", "*"), line[7].replace(",", "")
        assert re.fullmatch(r"[\d ()+*]+", arithmetic)
        assert eval(arithmetic) == int(bits)  # noqa: S307  # digits and signs alone


def test_what_is_not_as_marked_is_refused():
    network = lenet5()
    marks = pruned(network, 0.5)
    fc1 = network.get_submodule("fc1")
    assert isinstance(fc1, nn.Linear)
    fc1.weight.data += 1
    with pytest.raises(CompressionError, match="layer fc1: a weight off its mask is not 0"):
        storage_of(network, marks)
    with pytest.raises(CompressionError, match="no layer 'fc9'; there are: conv1, conv2, fc1, fc2"):
        storage_of(network, Marks({"fc9": torch.ones(1)}))
    levels = quantized(lenet5(), Marks(), "binary", 1).levels
    with pytest.raises(CompressionError, match="layer conv1: binary levels of 1 bits: a weight is"):
        storage_of(lenet5(), Marks({}, levels))
