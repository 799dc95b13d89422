"""Packed files of networks with one weight a block or circulant blocks: as small as the ledger
says, to the bit there and back, and run as they are.
"""

from __future__ import annotations

from copy import deepcopy
from functools import cache

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper
from torch import nn

from classifier.runtime.interpreter.session import NumpySession
from classifier.runtime.packed.blocks import BLOCKS
from classifier.runtime.packed.circulant import CIRCULANT
from model_compression.errors import CompressionError
from model_compression.export.agreement import expected
from model_compression.export.files import export_float, rows_of
from model_compression.export.packing import pack, unpack
from model_compression.framework.balanced import BlockMax
from model_compression.framework.circulant import Circulant
from model_compression.framework.layers import layers_of
from model_compression.framework.levels import project
from model_compression.framework.marks import Marks
from model_compression.ledger.storage import storage_of

PICTURES = {"pictures": torch.randn(20, 1, 7, 7, generator=torch.Generator().manual_seed(0))}
SIDES = {"2": 4, "6": 8}


def built(*, norm: bool) -> nn.Sequential:
    """Two convolutions, of which the second may have a batch norm behind it, and a linear layer."""
    torch.manual_seed(1)
    between = nn.BatchNorm2d(6) if norm else nn.Identity()
    network = nn.Sequential(
        nn.Conv2d(1, 10, 3), nn.ReLU(), nn.Conv2d(10, 6, 3), between, nn.ReLU(),
        nn.Flatten(), nn.Linear(54, 20),
    )  # fmt: skip
    for part in network:
        if isinstance(part, nn.BatchNorm2d):
            part.weight.data.uniform_(0.5, 2.0)
            part.get_buffer("running_var").uniform_(0.5, 2.0)
    return network.eval()


def tied(*, norm: bool = False) -> tuple[nn.Sequential, Marks]:
    """What the recipe `circulant` leaves."""
    network = built(norm=norm)
    for name, side in SIDES.items():
        layer = layers_of(network)[name]
        layer.weight.data = Circulant(side)(layer.weight.data)
    return network, Marks(tied=SIDES)


def blocked(bits: int | None = None) -> tuple[nn.Sequential, Marks]:
    """What the recipe `darb` leaves: rows of one size, of several, and of single blocks."""
    network, masks, levels = built(norm=False), {}, {}
    for name, sizes in (("0", [2] * 10), ("2", [8, 16, 32, 8, 4, 8]), ("6", [64, 16] * 10)):
        layer = layers_of(network)[name]
        layer.weight.data = BlockMax(sizes)(layer.weight.data)
        masks[name] = layer.weight.data != 0
        if bits is not None:
            layer.weight.data, levels[name] = project(
                layer.weight.data, "uniform", bits, zero=False, kept=masks[name]
            )
    return network, Marks(masks, levels)


MADE = {
    "dense": lambda: (built(norm=False), Marks()),
    "circulant": tied,
    "blocks": blocked,
    "blocks of 3 bits": lambda: blocked(3),
}
compressed = pytest.mark.parametrize("name", [name for name in MADE if name != "dense"])


@cache
def made(name: str) -> tuple[nn.Sequential, Marks, bytes]:
    """A network of `MADE` and its file in float32; nobody may change them."""
    network, marks = MADE[name]()
    return network, marks, exported(network)


def exported(network: nn.Module) -> bytes:
    return export_float(network, PICTURES, ["logits"]).model


def arrays_in(model: bytes) -> dict[str, np.ndarray]:
    proto = onnx.load_from_string(model)
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in proto.graph.initializer}


def overhead(name: str) -> int:
    """Bytes of a packed file beyond what the ledger counts for its weights."""
    network, marks, model = made(name)
    bits = [layer.bits for layer in storage_of(network, marks).layers]
    return len(pack(model, network, marks)) - sum(-(-one // 8) for one in bits)


@compressed
def test_a_packed_network_unpacks_to_the_very_bytes_of_its_file_and_runs_as_it_is(name):
    network, marks, model = made(name)
    packed = pack(model, network, marks)
    released = unpack(packed, "here")  # as `release` writes it: zeros have no sign
    assert unpack(pack(released, network, marks), "here") == released
    for tensor, array in arrays_in(released).items():
        np.testing.assert_array_equal(array, arrays_in(model)[tensor], err_msg=tensor)
    (found,) = NumpySession(packed, "here").run(None, rows_of(PICTURES, 20))
    np.testing.assert_allclose(found, expected(network, PICTURES)[0], atol=1e-5)


@compressed
def test_a_file_holds_what_the_ledger_counts_and_a_few_counts_a_layer(name):
    formats = {layer.format for layer in storage_of(*made(name)[:2]).layers}
    assert formats & {BLOCKS, CIRCULANT}
    assert 0 <= overhead(name) - overhead("dense") <= 3 * 6


def test_a_folded_batch_norm_pulls_blocks_apart_and_the_layer_is_stored_like_any_other():
    network, marks = tied(norm=True)
    model = exported(network)
    packed = pack(model, network, marks)
    assert unpack(packed, "here") == model
    untold = pack(model, network, Marks(tied={"6": 8}))
    assert packed == untold, "the convolution's blocks are no longer there"
    assert len(packed) < len(pack(model, network, Marks())) - 1000, "those of the linear layer are"


def test_a_negative_zero_beside_a_zero_is_no_repetition():
    network, marks, model = made("circulant")
    small = len(pack(model, network, marks))
    network = deepcopy(network)
    linear = layers_of(network)["6"].weight.data
    linear[:8, :8] = 0.0
    linear[0, 0] = -0.0
    model = exported(network)
    back = arrays_in(unpack(pack(model, network, marks), "here"))
    np.testing.assert_array_equal(back["6.weight"], linear.numpy())
    assert len(pack(model, network, marks)) > small + 1000


def test_a_tied_layer_that_the_file_lacks_is_refused():
    network, marks, model = made("circulant")
    renamed = model.replace(b"6.weight", b"8.weight")
    with pytest.raises(CompressionError, match=r"layer 6: the file has 0 tensors 6\.weight"):
        pack(renamed, network, marks)
