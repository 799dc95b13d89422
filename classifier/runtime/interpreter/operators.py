"""The operators that our exported networks use, by ONNX's names. One function each: (inputs,
attributes) -> output. Source: the operator list of ONNX, opset 18.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial, reduce
from typing import Any

import numpy as np

from classifier.runtime.interpreter.graph import DTYPES, Array
from classifier.runtime.interpreter.windows import Attributes, Inputs, conv, max_pool

Operator = Callable[[Inputs, Attributes], Array]


def _plain(function: Callable[..., Any]) -> Operator:
    """An operator that NumPy has: all inputs, no attributes."""
    return lambda inputs, _: np.asarray(function(*inputs))


def _reduced(function: Callable[..., Any], inputs: Inputs, attributes: Attributes) -> Array:
    array, *given = inputs
    axes = tuple(given[0].tolist()) if given and given[0] is not None else ()
    if not axes and attributes.get("noop_with_empty_axes", 0):
        return np.asarray(array)
    keep = bool(attributes.get("keepdims", 1))
    return np.asarray(function(array, axis=axes or None, keepdims=keep))


def _log_sum_exp(array: Array, axis: tuple[int, ...], keepdims: bool) -> Array:
    highest = array.max(axis=axis, keepdims=True)  # or a large number would overflow
    total = np.log(np.exp(array - highest).sum(axis=axis, keepdims=True)) + highest
    return np.asarray(total if keepdims else np.squeeze(total, axis))


def _length(array: Array, axis: tuple[int, ...], keepdims: bool) -> Array:
    return np.asarray(np.sqrt(np.square(array).sum(axis=axis, keepdims=keepdims)))


def _clip(inputs: Inputs, _: Attributes) -> Array:
    array, *bounds = inputs
    low, high = (*bounds, None, None)[:2]
    return np.asarray(np.clip(array, low, high))


def _softmax(inputs: Inputs, attributes: Attributes) -> Array:
    axis = attributes.get("axis", -1)
    powers = np.exp(inputs[0] - inputs[0].max(axis=axis, keepdims=True))
    return np.asarray(powers / powers.sum(axis=axis, keepdims=True))


def _sigmoid(array: Array) -> Array:
    """Without overflow on either side."""
    small = np.exp(-np.abs(array))
    return np.asarray(np.where(array >= 0, 1, small) / (1 + small))


def _gemm(inputs: Inputs, attributes: Attributes) -> Array:
    left, right, *bias = inputs
    left = left.T if attributes.get("transA", 0) else left
    right = right.T if attributes.get("transB", 0) else right
    product = np.float32(attributes.get("alpha", 1.0)) * (left @ right)
    if bias:
        product = product + np.float32(attributes.get("beta", 1.0)) * bias[0]
    return np.asarray(product)


def _batch_norm(inputs: Inputs, attributes: Attributes) -> Array:
    pictures, scale, shift, mean, variance = inputs
    factor = scale / np.sqrt(variance + np.float32(attributes.get("epsilon", 1e-5)))
    sides = (1, -1, *[1] * (pictures.ndim - 2))
    return np.asarray(pictures * factor.reshape(sides) + (shift - mean * factor).reshape(sides))


def _reshape(inputs: Inputs, attributes: Attributes) -> Array:
    array, shape = inputs[0], inputs[1].tolist()
    if not attributes.get("allowzero", 0):
        shape = [array.shape[at] if side == 0 else side for at, side in enumerate(shape)]
    return np.asarray(array.reshape(shape))


def _flatten(inputs: Inputs, attributes: Attributes) -> Array:
    array, axis = inputs[0], attributes.get("axis", 1)
    rows = int(np.prod(array.shape[:axis]))
    return np.asarray(array.reshape(rows, -1 if rows else int(np.prod(array.shape[axis:]))))


def _expand(inputs: Inputs, _: Attributes) -> Array:
    array, shape = inputs[0], tuple(inputs[1].tolist())
    return np.broadcast_to(array, np.broadcast_shapes(array.shape, shape))


def _squeeze(inputs: Inputs, _: Attributes) -> Array:
    array, *axes = inputs
    return np.asarray(np.squeeze(array, tuple(axes[0].tolist()) if axes else None))


def _slice(inputs: Inputs, _: Attributes) -> Array:
    array, starts, ends, *rest = inputs
    axes = rest[0] if rest and rest[0] is not None else np.arange(len(starts))
    steps = rest[1] if len(rest) > 1 else np.ones(len(starts), np.int64)
    cuts = [slice(None)] * array.ndim
    spans = zip(*(given.tolist() for given in (axes, starts, ends, steps)), strict=True)
    for axis, start, end, step in spans:
        # an end before the first element: Python would count it from the back
        before_all = end < -array.shape[axis]
        cuts[axis] = slice(start, None if before_all and step < 0 else end, step)
    return np.asarray(array[tuple(cuts)])


def _gather_nd(inputs: Inputs, attributes: Attributes) -> Array:
    array, indices = inputs
    if attributes.get("batch_dims", 0):
        raise ValueError("GatherND with batch_dims is not known here")
    return np.asarray(array[tuple(np.moveaxis(indices, -1, 0))])


def _gather(inputs: Inputs, attributes: Attributes) -> Array:
    return np.asarray(np.take(inputs[0], inputs[1], axis=attributes.get("axis", 0)))


def _concat(inputs: Inputs, attributes: Attributes) -> Array:
    return np.concatenate(inputs, axis=attributes["axis"])


def _shape(inputs: Inputs, attributes: Attributes) -> Array:
    sides = inputs[0].shape[attributes.get("start", 0) : attributes.get("end")]
    return np.array(sides, np.int64)


def _cast(inputs: Inputs, attributes: Attributes) -> Array:
    return np.asarray(inputs[0].astype(DTYPES[attributes["to"]]))


def _transpose(inputs: Inputs, attributes: Attributes) -> Array:
    return np.asarray(np.transpose(inputs[0], attributes.get("perm")))


def _global_average(inputs: Inputs, _: Attributes) -> Array:
    return np.asarray(inputs[0].mean(axis=tuple(range(2, inputs[0].ndim)), keepdims=True))


OPERATORS: Mapping[str, Operator] = {
    "Add": _plain(np.add),
    "BatchNormalization": _batch_norm,
    "Cast": _cast,
    "Clip": _clip,
    "Concat": _concat,
    "Conv": conv,
    "Div": _plain(np.divide),
    "Expand": _expand,
    "Flatten": _flatten,
    "Gather": _gather,
    "GatherND": _gather_nd,
    "Gemm": _gemm,
    "GlobalAveragePool": _global_average,
    "GreaterOrEqual": _plain(np.greater_equal),
    "Identity": _plain(np.asarray),
    "Log": _plain(np.log),
    "MatMul": _plain(np.matmul),
    "Max": lambda inputs, _: reduce(np.maximum, inputs),
    "MaxPool": max_pool,
    "Mul": _plain(np.multiply),
    "ReduceL2": partial(_reduced, _length),
    "ReduceLogSumExp": partial(_reduced, _log_sum_exp),
    "ReduceMax": partial(_reduced, np.max),
    "ReduceMean": partial(_reduced, np.mean),
    "Relu": _plain(lambda array: np.maximum(array, 0)),
    "Reshape": _reshape,
    "Shape": _shape,
    "Sigmoid": _plain(_sigmoid),
    "Slice": _slice,
    "Softmax": _softmax,
    "Sqrt": _plain(np.sqrt),
    "Squeeze": _squeeze,
    "Sub": _plain(np.subtract),
    "Transpose": _transpose,
    "Unsqueeze": lambda inputs, _: np.expand_dims(inputs[0], tuple(inputs[1].tolist())),
}  # fmt: skip
"""Name -> function. Numbers are float32 unless the graph says otherwise, as in onnxruntime."""
