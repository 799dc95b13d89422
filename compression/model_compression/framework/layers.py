"""The layers whose weights can be compressed, by their dotted names."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import TypeVar

from torch import nn

from model_compression.errors import CompressionError

Layer = nn.Conv2d | nn.Linear
T = TypeVar("T")


def layers_of(network: nn.Module) -> dict[str, Layer]:
    """Every convolution and linear layer, in the order in which the network holds them."""
    return {name: module for name, module in network.named_modules() if isinstance(module, Layer)}


def is_depthwise(layer: Layer) -> bool:
    """Does each output channel read one input channel of its own?"""
    return isinstance(layer, nn.Conv2d) and layer.groups > 1 and layer.groups == layer.out_channels


def pads_with_zeros(layer: Layer) -> bool:
    """Does a pixel at the border see zeros where an inner one sees the channel?"""
    return isinstance(layer, nn.Conv2d) and layer.padding not in {(0, 0), "valid"}


def chosen(network: nn.Module, wanted: Mapping[str, T]) -> dict[str, T]:
    """Layer -> the value of the first pattern in *wanted* (such as "conv*") that fits its name.

    Raises CompressionError for a pattern that fits no layer: it would silently do nothing.
    """
    names = list(layers_of(network))
    for pattern in wanted:
        if not any(fnmatchcase(name, pattern) for name in names):
            raise CompressionError(f"no layer {pattern!r}; there are: {', '.join(names)}")
    fits = ((name, [v for p, v in wanted.items() if fnmatchcase(name, p)]) for name in names)
    return {name: values[0] for name, values in fits if values}
