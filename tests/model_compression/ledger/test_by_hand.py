"""The model that docs/compression.md counts by hand: the page, plain sums and the ledger agree."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from torch import nn

from model_compression.framework.layers import layers_of
from model_compression.framework.levels import project
from model_compression.framework.marks import Marks
from model_compression.ledger.explain import explain_storage
from model_compression.ledger.storage import Storage, storage_of
from model_compression.tasks.networks import lenet5

PAGE = Path(__file__).resolve().parents[3] / "docs" / "compression.md"
PLACES = {
    "conv1": list(range(500)),
    "conv2": list(range(0, 25_000, 50)),
    "fc1": [400 * j + j * (j + 1) // 2 - 1 for j in range(1, 521)],
    "fc2": [j * j for j in range(1, 71)],
}
BY_HAND = {
    "conv1": 500 * 4,
    "conv2": 50 * 10 * 4 + 10 * 9,
    "fc1": 520 * (4 + 10),
    "fc2": 70 * (4 + 6 + 1) + 32 * 1 + 6 * 2,
}


@pytest.fixture(scope="module")
def storage() -> Storage:
    network: nn.Module = lenet5()
    levels = {}
    for name, layer in layers_of(network).items():
        weight = torch.zeros(layer.weight.numel())
        weight[PLACES[name]] = 1.0
        shaped = weight.reshape(layer.weight.shape)
        layer.weight.data, levels[name] = project(shaped, "uniform", 4, zero=False)
    return storage_of(network, Marks({}, levels))


def test_the_ledger_counts_what_a_hand_counts(storage):
    cheapest = {layer.name: layer.costs[layer.format].bits for layer in storage.layers}
    assert cheapest == BY_HAND
    assert storage.bits == sum(BY_HAND.values()) + 4 * 32 == 12_312


def test_the_gaps_of_the_page_are_those_of_the_places():
    fc1, fc2 = ([b - a for a, b in zip([-1, *of], of, strict=False)] for of in
                (PLACES["fc1"], PLACES["fc2"]))  # fmt: skip
    assert fc1 == list(range(401, 921))
    assert sum(gap > 512 for gap in fc1) == 408
    assert [fc2[0], fc2[1], fc2[-1]] == [2, 3, 139]
    assert sum((gap - 1) // 64 for gap in fc2) == 44
    assert sum(65 <= gap <= 127 for gap in fc2) == 32
    assert max(PLACES["fc1"]) < 400_000


def test_the_bound_is_shannons(storage):
    bound = 0.0
    for layer in storage.layers:
        p = layer.kept / layer.weights
        if p < 1:
            bound -= layer.weights * (p * math.log2(p) + (1 - p) * math.log2(1 - p))
        bound += layer.kept * 4 + 32
    assert storage.lower_bound_bits == pytest.approx(bound)


def test_the_page_shows_what_the_ledger_says(storage):
    assert explain_storage(storage) in PAGE.read_text(encoding="utf-8")
