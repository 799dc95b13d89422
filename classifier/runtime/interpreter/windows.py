"""Operators that slide a window over pictures (B, C, H, W)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from classifier.runtime.interpreter.graph import Array

Attributes = Mapping[str, Any]
Inputs = Sequence[Any]
"""Arrays; None for one that is left out."""


def conv(inputs: Inputs, attributes: Attributes) -> Array:
    """A convolution in any number of groups, as one product of matrices a group."""
    pictures, weight, *bias = inputs
    groups = attributes.get("group", 1)
    filters, channels, *kernel = weight.shape
    windows = _windows(pictures, kernel, attributes, 0.0)  # (B, C, h, w, K, K)
    b, _, h, w, *_ = windows.shape
    grouped = windows.reshape(b, groups, channels, h, w, *kernel).transpose(0, 1, 3, 4, 2, 5, 6)
    seen = grouped.reshape(b, groups, h * w, channels * kernel[0] * kernel[1])
    by_group = weight.reshape(groups, filters // groups, -1)  # (G, F/G, C K K)
    product: Array = by_group @ seen.swapaxes(2, 3)  # (B, G, F/G, h w)
    product = product.reshape(b, filters, h, w)
    return product + bias[0].reshape(-1, 1, 1) if bias and bias[0] is not None else product


def max_pool(inputs: Inputs, attributes: Attributes) -> Array:
    """The largest of each window; what is beyond the border does not count."""
    if attributes.get("ceil_mode", 0):
        raise ValueError("MaxPool with ceil_mode is not known here")
    windows = _windows(inputs[0], attributes["kernel_shape"], attributes, -np.inf)
    largest: Array = windows.max(axis=(4, 5))
    return largest


def _windows(
    pictures: Array, kernel: Sequence[int], attributes: Attributes, beyond: float
) -> Array:
    """(B, C, H, W) -> (B, C, h, w, *kernel)."""
    if attributes.get("auto_pad", "NOTSET") != "NOTSET" or len(kernel) != 2:
        raise ValueError("only windows over planes with their own padding are known here")
    top, left, bottom, right = attributes.get("pads", [0, 0, 0, 0])
    down, across = attributes.get("strides", [1, 1])
    rows, columns = attributes.get("dilations", [1, 1])
    span = ((kernel[0] - 1) * rows + 1, (kernel[1] - 1) * columns + 1)
    edges = ((0, 0), (0, 0), (top, bottom), (left, right))
    padded = np.pad(pictures, edges, constant_values=beyond)
    windows = np.lib.stride_tricks.sliding_window_view(padded, span, axis=(2, 3))
    return windows[:, :, ::down, ::across, ::rows, ::columns]
