"""Rows: multiplications against a count by hand, and what is measured by running."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from torch import nn

from classifier.models.multiview import MultiView
from classifier.onnx_file import onnx_file
from classifier.training.config import NetworkConfig
from model_compression.errors import CompressionError
from model_compression.framework.marks import Marks
from model_compression.ledger.latency import conditions, measure_latency
from model_compression.ledger.macs import macs_of
from model_compression.ledger.memory import STATUS, measure_memory
from model_compression.ledger.row import row_of, with_file
from model_compression.tasks.networks import lenet5, micro_resnet

LENET_5_BY_HAND = 24 * 24 * 500 + 8 * 8 * 25_000 + 400_000 + 5_000


@pytest.fixture(scope="module")
def lenet_file() -> bytes:
    return onnx_file(lenet5(), {"pictures": torch.zeros(2, 1, 28, 28)}, ["logits"])


def test_lenet_5_multiplies_as_often_as_a_count_by_hand():
    macs = macs_of(lenet5(), (torch.zeros(3, 1, 28, 28),))
    assert macs.dense == LENET_5_BY_HAND == 2_293_000
    assert macs.uses == {"conv1": 576, "conv2": 64, "fc1": 1, "fc2": 1}


def test_strides_groups_and_shortcuts_multiply_as_often_as_a_count_by_hand():
    by_hand = (
        28 * 28 * (16 * 3 * 9 + 2 * 16 * 16 * 9)  # the stem and the first block
        + 14 * 14 * (32 * 16 * 9 + 32 * 32 * 9 + 32 * 16)
        + 7 * 7 * (64 * 32 * 9 + 64 * 1 * 9 + 64 * 32)  # a channel sees one channel
        + 64 * 10
    )
    assert macs_of(micro_resnet(), (torch.zeros(1, 3, 28, 28),)).dense == by_hand


def test_the_detector_multiplies_as_often_as_a_count_by_hand():
    looks, views = 4, 3  # each turned round three times
    by_hand = looks * (
        views * (16**2 * 24 * 64 + 8**2 * 48 * 24 * 9 + 4**2 * 96 * 48 * 9 + 2**2 * 128 * 96 * 9)
        + 96 * (2 * 128 + 3)
    ) + 15 * 96  # fmt: skip
    network = MultiView(15, NetworkConfig(channels=(24, 48, 96, 128), hidden=96))
    inputs = torch.zeros(2, views, 2, 64, 64, dtype=torch.uint8), torch.ones(2, 3)
    assert macs_of(network, inputs).dense == by_hand == 26_053_152


def test_a_layer_that_works_twice_counts_twice_and_a_zero_counts_for_sparse_hardware_only():
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc = nn.Linear(4, 4)

        def forward(self, x):
            return self.fc(self.fc(x))

    network = Twice()
    network.fc.weight.data[0] = 0
    macs = macs_of(network, (torch.zeros(5, 4),))
    assert (macs.dense, macs.kept) == (2 * 16, 2 * 12)


def test_a_row_is_plain_json():
    network = lenet5()
    network.get_submodule("fc1").weight.data[:250] = 0
    row = row_of(network, Marks(), (torch.zeros(1, 1, 28, 28),), sample_visits=7)
    assert (row.params, row.weights_kept, row.sample_visits) == (231_080, 230_500, 7)
    assert (row.macs, row.macs_kept) == (LENET_5_BY_HAND, LENET_5_BY_HAND - 200_000)
    assert json.loads(json.dumps(row.to_json()))["stored_as"] == row.stored_as


def test_a_file_is_weighed_and_run(lenet_file):
    inputs = {"pictures": np.zeros((1, 1, 28, 28), np.float32)}
    row = row_of(lenet5(), Marks(), (torch.zeros(1, 1, 28, 28),))
    full = with_file(row, lenet_file, inputs)
    assert full.onnx_bytes is not None
    assert 1_720_000 < full.onnx_bytes < 1_740_000
    assert full.xz_bytes is not None
    assert full.xz_bytes < full.onnx_bytes
    if STATUS.exists():
        assert full.peak_memory_bytes is not None
        assert full.peak_memory_bytes > 430_500 * 4


def test_models_are_timed_side_by_side(lenet_file):
    inputs = {"pictures": np.zeros((1, 1, 28, 28), np.float32)}
    found = measure_latency({"one": lenet_file, "same": lenet_file}, inputs, runs=20)
    assert list(found) == ["one", "same"]
    assert 0 < found["one"].p10_us <= found["one"].median_us
    assert conditions()["threads"] == "1"


def test_a_model_that_does_not_run_is_named():
    with pytest.raises(CompressionError, match="broken: onnxruntime cannot run this network"):
        measure_latency({"broken": b"no model"}, {}, runs=1)
    with pytest.raises(CompressionError, match="the run that measures memory failed"):
        measure_memory(b"no model", {})
