"""An ONNX file and what its weights are -> a packed file: each tensor in its cheapest format.

Weights on levels keep their codes; the scales come from the file's own weights, for folding a batch
norm has multiplied every filter by its own number. Circulant blocks are told by their numbers, but
where such folding has pulled a block apart the layer is stored like any other. All other numbers
are the same to the bit, but that a negative zero may come back as a zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, numpy_helper
from torch import nn

from classifier.runtime.packed.circulant import first_cells
from classifier.runtime.packed.codings import CODINGS
from classifier.runtime.packed.file import packed_bytes, read_packed
from classifier.runtime.packed.levels import rising_levels
from classifier.runtime.packed.records import Record
from classifier.runtime.packed.values import CODEBOOK, FLOAT32, Meaning
from model_compression.errors import CompressionError
from model_compression.framework.layers import layers_of
from model_compression.framework.levels import Levels
from model_compression.framework.marks import Marks
from model_compression.ledger.formats import Occupancy, costs_of
from model_compression.ledger.values import FLOAT, values_of

Floats = NDArray[np.float32]
SAME = 1e-6  # of the largest weight of a filter: what rounding a product of scales can change


class _Coded(NamedTuple):
    """A tensor before its positions are chosen. kept: where its values are stored. codes: of its
    shape, what is stored there; elsewhere the code for 0, if there is one.
    """

    meaning: Meaning
    kept: NDArray[np.bool_]
    codes: NDArray[np.uint32]
    side: int = 0  # of its circulant blocks, if it has any


def pack(model: bytes, network: nn.Module, marks: Marks) -> bytes:
    """The packed file of *model*, which was exported from *network*.

    Raises CompressionError when a layer's weights are not in *model* as they are in *network*.
    """
    proto = onnx.load_from_string(model)
    names = [tensor.name for tensor in proto.graph.initializer]
    layers = _named_layers(names, network, marks)
    sides = {_name_of(layer, names): side for layer, side in marks.tied.items()}
    records = []
    for tensor in proto.graph.initializer:
        if tensor.data_type == TensorProto.FLOAT and tensor.dims:
            array = numpy_helper.to_array(tensor)
            coded = _coded(array, layers.get(tensor.name), sides.get(tensor.name, 0))
            records.append(_record(tensor.name, coded))
            tensor.ClearField("raw_data")
            tensor.ClearField("float_data")
    return packed_bytes(proto.SerializeToString(deterministic=True), records)


def unpack(data: bytes, where: object) -> bytes:
    """The ONNX file that a packed one stands for. Raises BundleError for a damaged one."""
    packed = read_packed(data, where)
    proto = onnx.load_from_string(packed.graph)
    for tensor in proto.graph.initializer:
        if tensor.name in packed.tensors:
            tensor.CopyFrom(numpy_helper.from_array(packed.tensors[tensor.name], tensor.name))
    return bytes(proto.SerializeToString(deterministic=True))


class _Layer(NamedTuple):
    name: str
    levels: Levels
    codes: NDArray[np.int64]  # signed, of the weight's shape


def _named_layers(names: Sequence[str], network: nn.Module, marks: Marks) -> Mapping[str, _Layer]:
    """Name in the file -> the layer on levels whose weight it is."""
    layers = layers_of(network)
    found = {}
    for layer, levels in marks.levels.items():
        codes = levels.codes(layers[layer].weight.detach().cpu()).numpy().astype(np.int64)
        found[_name_of(layer, names)] = _Layer(layer, levels, codes)
    return found


def _name_of(layer: str, names: Sequence[str]) -> str:
    """What the file, whose tensors have *names*, calls the weight of *layer*."""
    wanted = f"{layer}.weight"
    fits = [name for name in names if name == wanted or name.endswith(f".{wanted}")]
    if len(fits) != 1:
        raise CompressionError(f"layer {layer}: the file has {len(fits)} tensors {wanted}, not one")
    return fits[0]


def _coded(array: Floats, layer: _Layer | None, side: int) -> _Coded:
    patterns = array.view(np.uint32)
    kept = array != 0  # of a weight that a mask has multiplied, the zero may be a negative one
    floats = Meaning(FLOAT32, FLOAT.bits, True, np.zeros(0, np.float32))
    if side and _is_circulant(patterns, side):
        return _Coded(floats, kept, patterns, side)
    if layer is not None:
        return _on_levels(array, layer)
    values = values_of(torch.from_numpy(array.copy()), None)
    if values is FLOAT:
        return _Coded(floats, kept, patterns)
    known, codes = np.unique(patterns[kept], return_inverse=True)
    book = np.zeros(values.table, np.float32)
    book[: len(known)] = known.view(np.float32)
    every = np.zeros(array.shape, np.uint32)
    every[kept] = codes
    return _Coded(Meaning(CODEBOOK, values.bits, False, book), kept, every)


def _is_circulant(patterns: NDArray[np.uint32], side: int) -> bool:
    """Whether all that blocks of *side* should repeat is the same to the bit."""
    flat = patterns.reshape(-1)
    return np.array_equal(flat[first_cells(patterns.shape, side)], flat)


def _on_levels(array: NDArray[np.float32], layer: _Layer) -> _Coded:
    """Signed codes count outwards from 0; stored ones are places among the rising levels."""
    _, levels, signed = layer
    if signed.shape != array.shape:
        raise CompressionError(
            f"layer {layer.name}: {array.shape} in the file, {signed.shape} in the network"
        )
    rising = np.array(rising_levels(levels.kind, levels.bits, zero=levels.zero), np.float32)
    middle = len(rising) // 2
    codes = signed + middle if levels.zero else signed + middle - (signed > 0)
    codes[signed == 0] = middle if levels.zero else 0
    kept = signed != 0
    units = rising[codes] * kept
    table = _scales(layer, array, units)
    meaning = Meaning(levels.kind, levels.bits, levels.zero, table)
    return _Coded(meaning, kept, codes.astype(np.uint32))


def _scales(layer: _Layer, array: NDArray[np.float32], units: NDArray[np.float32]) -> Floats:
    """(1,) or (F,): what *units* times it are *array*: the layer's own, or by least squares."""
    own = torch.as_tensor(layer.levels.scale, dtype=torch.float32).reshape(-1).numpy()
    rows, of = array.reshape(len(array), -1).astype(np.float64), units.reshape(len(array), -1)
    if np.array_equal(own[:, None] * of, rows.astype(np.float32)):
        return own
    squares = np.square(of.astype(np.float64)).sum(axis=1)
    scales = (rows * of).sum(axis=1) / np.where(squares > 0, squares, 1.0)
    off = np.abs(rows - of * scales[:, None])
    if (off > SAME * np.abs(rows).max(axis=1, keepdims=True)).any():
        raise CompressionError(f"layer {layer.name}: its weights in the file are not on its levels")
    return np.asarray(scales, np.float32)


def _record(name: str, tensor: _Coded) -> Record:
    """In the cheapest of the formats that the ledger knows."""
    meaning, kept, codes, side = tensor
    zero = meaning.kind == FLOAT32 or meaning.zero
    costs = costs_of(Occupancy(kept, meaning.bits, zero, side))
    chosen = min(costs, key=lambda one: costs[one].bits)
    coded = CODINGS[chosen].write(kept, costs[chosen].k)
    return Record(name, kept.shape, meaning, chosen, coded, codes.reshape(-1)[coded.entries])
