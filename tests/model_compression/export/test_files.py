"""Exported files: smaller, folded, and saying what torch says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import onnx
import pytest
import torch
from torch import nn

from classifier.runtime.bundle import load_bundle
from classifier.runtime.interpreter.session import NumpySession
from classifier.runtime.session import start_session
from model_compression.errors import CompressionError
from model_compression.export.agreement import Agreement, agreement, expected, require
from model_compression.export.files import Exported, export_float, export_int8, rows_of
from model_compression.export.folding import fold_batch_norms
from model_compression.export.packing import pack, unpack
from model_compression.framework.marks import Marks
from model_compression.tasks.networks import micro_resnet

PICTURES = {"pictures": torch.randn(40, 3, 12, 12, generator=torch.Generator().manual_seed(0))}


@pytest.fixture(scope="module")
def network() -> nn.Module:
    """Batch norms that do something."""
    torch.manual_seed(0)
    built = micro_resnet()
    for module in built.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.get_buffer("running_mean").normal_()
            module.get_buffer("running_var").uniform_(0.5, 2.0)
            module.weight.data.normal_(1.0, 0.3)
            module.bias.data.normal_()
    return built.train()


@pytest.fixture(scope="module")
def exported(network: nn.Module) -> Exported:
    return export_float(network, PICTURES, ["logits"])


def kinds_in(model: bytes) -> set[str]:
    return {node.op_type for node in onnx.load_from_string(model).graph.node}


def test_a_float_file_says_what_torch_says_without_batch_norms(network, exported):
    assert exported.agreement.difference < 1e-4
    assert exported.agreement.same == 1.0
    assert "BatchNormalization" not in kinds_in(exported.model)
    assert network.training, "an export leaves the network in its mode"


def test_a_packed_file_says_the_same_with_numpy_alone(network, exported):
    packed = pack(exported.model, network, Marks())
    (found,) = NumpySession(packed, "here").run(None, rows_of(PICTURES, 40))
    np.testing.assert_allclose(found, expected(network, PICTURES)[0], atol=1e-4)
    assert agreement(expected(network, PICTURES), unpack(packed, "here"), PICTURES).same == 1.0


@pytest.mark.parametrize("per_channel", [True, False])
def test_an_int8_file_is_smaller_and_nearly_says_the_same(network, exported, per_channel):
    small = export_int8(network, exported.model, PICTURES, PICTURES, per_channel=per_channel)
    assert len(small.model) < 0.5 * len(exported.model)
    assert small.agreement.same > 0.9
    assert 0 < small.agreement.difference < 0.5
    assert "QuantizeLinear" in kinds_in(small.model)


def test_a_trunk_that_looks_four_times_is_folded_as_one():
    bundle = load_bundle()
    folded = fold_batch_norms(bundle.model)
    assert "BatchNormalization" not in kinds_in(folded)
    assert len(folded) < len(bundle.model)
    rng = np.random.default_rng(0)
    feeds = {
        "views": rng.integers(0, 256, (3, 3, 2, 64, 64)).astype(np.uint8),
        "extent_mm": rng.uniform(5, 200, (3, 3)).astype(np.float32),
    }
    pairs = zip(*(start_session(one, "x").run(None, feeds) for one in (bundle.model, folded)),
                strict=True)  # fmt: skip
    for before, after in pairs:
        np.testing.assert_allclose(after, before, atol=1e-5)
    assert fold_batch_norms(folded) == folded


def test_a_batch_norm_of_one_look_alone_is_left():
    proto = onnx.load_from_string(load_bundle().model)
    first = next(node for node in proto.graph.node if node.op_type == "BatchNormalization")
    other = onnx.numpy_helper.from_array(np.full(24, 0.5, np.float32), "other")
    proto.graph.initializer.append(other)
    assert len(other.dims) == 1
    first.input[1] = "other"
    folded = onnx.load_from_string(fold_batch_norms(proto.SerializeToString()))
    left = [node for node in folded.graph.node if node.op_type == "BatchNormalization"]
    assert len(left) == 4, "one weight cannot take two factors"


def test_a_file_that_says_something_else_is_refused():
    good = Agreement(1e-6, 1.0)
    require(good)
    for bad in (replace(good, difference=2e-4), replace(good, same=0.9), Agreement(np.nan, 1.0)):
        with pytest.raises(CompressionError, match=r"does not say what torch says: largest diff"):
            require(bad)


def test_a_network_that_torch_cannot_trace_is_told_in_one_sentence():
    class Wilful(nn.Module):
        def forward(self, x):
            return x if float(x.sum()) > 0 else -x

    with pytest.raises(CompressionError, match="torch cannot trace this network") as caught:
        export_float(Wilful(), {"x": torch.randn(3, 4)}, ["y"])
    assert "\n" not in str(caught.value)


def test_rows_for_a_measurement_are_repeated_from_the_front():
    rows = rows_of({"x": torch.tensor([[1, 2], [3, 4]])}, 3)
    assert rows["x"].tolist() == [[1, 2], [3, 4], [1, 2]]
