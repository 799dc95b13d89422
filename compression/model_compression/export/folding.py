"""Batch norms of an ONNX file, each folded into the convolution before it.

The exporter folds those of convolutions that work once; a trunk that looks at a picture four times
has four nodes for one weight, and these are folded here, all alike or not at all.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

Node = Any  # onnx.NodeProto, which types do not know
EPSILON = 1e-5  # of ONNX, where a node has none


def fold_batch_norms(model: bytes) -> bytes:
    """The same function in fewer nodes and numbers."""
    proto = onnx.load_from_string(model)
    for convs in _foldable(proto.graph).values():
        _fold(proto.graph, convs)
    used = {name for node in proto.graph.node for name in node.input}
    kept = [tensor for tensor in proto.graph.initializer if tensor.name in used]
    del proto.graph.initializer[:]
    proto.graph.initializer.extend(kept)
    return bytes(proto.SerializeToString(deterministic=True))


def _foldable(graph: Any) -> dict[str, list[tuple[Node, Node]]]:
    """Weight -> (convolution, batch norm after it) of each use, where all uses are of one kind."""
    readers = Counter(name for node in graph.node for name in node.input)
    norm_of = {
        node.input[0]: node
        for node in graph.node
        if node.op_type == "BatchNormalization" and readers[node.input[0]] == 1
    }
    uses: dict[str, list[tuple[Node, Node]]] = defaultdict(list)
    for node in graph.node:
        if node.op_type == "Conv" and node.output[0] in norm_of:
            uses[node.input[1]].append((node, norm_of[node.output[0]]))
    return {
        weight: pairs
        for weight, pairs in uses.items()
        if readers[weight] == len(pairs) and len({_numbers(*pair) for pair in pairs}) == 1
    }


def _numbers(conv: Node, norm: Node) -> tuple[str, ...]:
    """The names of all that decides the folded weight and bias."""
    return (*conv.input[1:], *norm.input[1:])


def _fold(graph: Any, pairs: list[tuple[Node, Node]]) -> None:
    tensors = {tensor.name: tensor for tensor in graph.initializer}
    conv, norm = pairs[0]
    weight, *bias = (numpy_helper.to_array(tensors[name]) for name in conv.input[1:])
    scale, shift, mean, variance = (
        numpy_helper.to_array(tensors[name]).astype(np.float64) for name in norm.input[1:5]
    )
    epsilon = next((one.f for one in norm.attribute if one.name == "epsilon"), EPSILON)
    factor = scale / np.sqrt(variance + epsilon)
    folded = weight * factor.reshape(-1, *[1] * (weight.ndim - 1))
    moved = ((bias[0] if bias else 0.0) - mean) * factor + shift
    _put(tensors[conv.input[1]], folded)
    name = f"{conv.input[1].removesuffix('.weight')}.bias"
    if not bias:
        graph.initializer.append(numpy_helper.from_array(moved.astype(np.float32), name))
    else:
        _put(tensors[conv.input[2]], moved)
    for one, after in pairs:
        if not bias:
            one.input.append(name)
        one.output[0] = after.output[0]
        graph.node.remove(after)


def _put(tensor: Any, values: NDArray[np.float64]) -> None:
    tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float32), tensor.name))
