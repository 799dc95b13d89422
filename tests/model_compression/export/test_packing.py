"""Packed files: to the bit there and back, as small as the ledger says, damage told in words."""

from __future__ import annotations

import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from classifier.runtime.errors import BundleError
from classifier.runtime.interpreter.session import NumpySession
from classifier.runtime.packed.codings import CODINGS
from classifier.runtime.packed.compacted import WITHIN
from classifier.runtime.packed.file import read_packed
from classifier.runtime.packed.values import VALUES
from model_compression.errors import CompressionError
from model_compression.export.packing import pack, unpack
from model_compression.framework.levels import project
from model_compression.framework.marks import Marks
from model_compression.ledger.storage import storage_of

SETS = [
    ("binary", 1, False),
    ("uniform", 3, False),
    ("uniform", 4, True),
    ("power-of-two", 3, False),
]


class Two(nn.Module):
    """A convolution and a linear layer, without a forward: files are made by hand here."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, bias=False)
        self.fc = nn.Linear(30, 10)


def compressed(kept: float, chosen, seed: int) -> tuple[Two, Marks]:
    torch.manual_seed(seed)
    network, levels, masks = Two(), {}, {}
    for name, layer in (("conv", network.conv), ("fc", network.fc)):
        masks[name] = torch.rand(layer.weight.shape) < kept
        layer.weight.data *= masks[name]
        if chosen is not None:
            kind, bits, zero = chosen
            layer.weight.data, levels[name] = project(
                layer.weight.data, kind, bits, zero=zero, kept=masks[name]
            )
    return network, Marks(masks, levels)


def file_of(network: nn.Module, factor: np.ndarray | None = None) -> bytes:
    """An ONNX file that holds the weights of *network* and does nothing with them.

    factor: of each filter of the convolution, as a folded batch norm multiplies them.
    """
    state = {f"net.{name}": value.numpy() for name, value in network.state_dict().items()}
    if factor is not None:
        state["net.conv.weight"] = state["net.conv.weight"] * factor.reshape(-1, 1, 1, 1)
    tensors = [numpy_helper.from_array(value, name) for name, value in state.items()]
    tensors.append(numpy_helper.from_array(np.array([-np.inf, -0.0, 0.0], np.float32), "limits"))
    tensors.append(numpy_helper.from_array(np.array([3, 4]), "axes"))
    port = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    out = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "g", [port], [out], tensors)
    opset = [helper.make_opsetid("", 18)]
    return bytes(
        helper.make_model(graph, opset_imports=opset, ir_version=10).SerializeToString(
            deterministic=True
        )
    )


def arrays_in(model: bytes) -> dict[str, np.ndarray]:
    proto = onnx.load_from_string(model)
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in proto.graph.initializer}


@settings(max_examples=40)
@given(st.sampled_from([0.0, 0.02, 0.3, 1.0]), st.sampled_from([None, *SETS]), st.integers(0, 99))
def test_every_number_comes_back_to_the_bit(kept, chosen, seed):
    network, marks = compressed(kept, chosen, seed)
    model = file_of(network)
    back = arrays_in(unpack(pack(model, network, marks), "here"))
    for name, array in arrays_in(model).items():
        assert back[name].dtype == array.dtype
        np.testing.assert_array_equal(back[name], array, err_msg=name)


@pytest.mark.parametrize("chosen", [None, *SETS])
def test_a_file_is_as_small_as_the_ledger_says(chosen):
    network, marks = compressed(0.1, chosen, 0)
    bare, _ = compressed(0.0, None, 0)
    bare.fc.bias = network.fc.bias
    weights = len(pack(file_of(network), network, marks)) - len(pack(file_of(bare), bare, Marks()))
    stored = sum(-(-layer.bits // 8) for layer in storage_of(network, marks).layers)
    assert 0 <= weights - stored <= 8, "beyond the formula there are only a few bytes of counts"


def test_a_folded_batch_norm_gives_every_filter_its_own_scale():
    network, marks = compressed(0.5, ("uniform", 4, False), 1)
    factor = np.linspace(-0.5, 2.0, 8).astype(np.float32)
    model = file_of(network, factor)
    back = arrays_in(unpack(pack(model, network, marks), "here"))
    np.testing.assert_allclose(
        back["net.conv.weight"], arrays_in(model)["net.conv.weight"], rtol=1e-6
    )


def test_repeated_floats_become_a_codebook_and_still_come_back():
    network, _ = compressed(1.0, None, 0)
    network.fc.weight.data = torch.tensor([-1.5, 0.1, 7.0])[torch.randint(0, 3, (10, 30))]
    model = file_of(network)
    packed = pack(model, network, Marks())
    dense, _ = compressed(1.0, None, 1)
    assert len(packed) < len(pack(file_of(dense), dense, Marks())) - 300 * 3
    back = arrays_in(unpack(packed, "here"))
    np.testing.assert_array_equal(back["net.fc.weight"], network.fc.weight.detach().numpy())


def test_weights_that_the_file_has_otherwise_are_refused():
    network, marks = compressed(0.5, ("uniform", 4, False), 1)
    model = file_of(network)
    other, other_marks = compressed(0.5, ("uniform", 4, False), 2)
    with pytest.raises(CompressionError, match="layer conv: its weights in the file are not on"):
        pack(model, other, other_marks)
    renamed = model.replace(b"net.fc.weight", b"net.fd.weight")
    with pytest.raises(CompressionError, match=r"layer fc: the file has 0 tensors fc\.weight"):
        pack(renamed, network, marks)


def test_a_packed_network_runs_without_being_unpacked():
    network, marks = compressed(0.5, ("binary", 1, False), 1)
    session = NumpySession(pack(file_of(network), network, marks), "here")
    (found,) = session.run(None, {"x": np.array([-2.0], np.float32)})
    assert found.tolist() == [0.0]


def test_any_changed_byte_and_any_cut_is_told_in_one_sentence():
    network, marks = compressed(0.05, ("binary", 1, False), 1)
    data = pack(file_of(network), network, marks)
    for at in range(len(data)):
        changed = bytearray(data)
        changed[at] ^= 0x10
        with pytest.raises(BundleError, match=r"^net\.pwq: [^\n]+ the file again\.$"):
            read_packed(bytes(changed), "net.pwq")
        with pytest.raises(BundleError, match=r"^net\.pwq: [^\n]+ the file again\.$"):
            read_packed(data[:at], "net.pwq")


def test_a_newer_version_is_named():
    network, marks = compressed(0.05, None, 1)
    data = bytearray(pack(file_of(network), network, marks))
    data[3] = 2
    with pytest.raises(BundleError, match="has version 2, this one reads 1"):
        read_packed(bytes(data), "net.pwq")


@given(st.binary(max_size=200))
def test_what_passes_the_checksum_by_malice_raises_nothing_else(body):
    data = b"PWQ\x01" + zlib.crc32(body).to_bytes(4, "little") + len(body).to_bytes(4, "little")
    with suppress(BundleError):
        read_packed(data + body, "net.pwq")


def test_the_page_about_the_format_lists_every_value_and_every_way_of_positions():
    page = (Path(__file__).resolve().parents[3] / "docs" / "packed-format.md").read_text()
    for number, name in enumerate(VALUES):
        assert f"| {number} | `{name}` |" in page
    names = list(CODINGS)
    assert names[6:10] == [WITHIN + name for name in names[:4]]
    assert f"| 6 to 9 | `{WITHIN}` before the first four |" in page
    for number in {*range(len(names))} - {*range(6, 10)}:
        assert f"| {number} | `{names[number]}` |" in page


def test_files_of_today_name_their_ways_of_positions_by_the_numbers_of_the_first_version():
    assert list(CODINGS)[:10] == [
        "dense", "bitmap", "relative", "rice", "csr", "pattern", "rows and columns, dense",
        "rows and columns, bitmap", "rows and columns, relative", "rows and columns, rice",
    ]  # fmt: skip
