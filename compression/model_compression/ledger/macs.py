"""Multiply-accumulates of one example: convolutions and linear layers, batch norm folded.

Counted by watching a run, so a trunk that looks at six views, or four times at each, counts as
often as it works.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from model_compression.framework.layers import Layer, layers_of


@dataclass(frozen=True, slots=True)
class Macs:
    """uses: layer -> how often one example uses each of its weights. dense: multiplications that a
    dense kernel does. kept: those by weights that are not 0, which only sparse hardware skips.
    """

    uses: Mapping[str, int]
    dense: int
    kept: int


def macs_of(network: nn.Module, inputs: tuple[Tensor, ...]) -> Macs:
    """Run *network*, in evaluation mode, once on *inputs* of any number of rows, and count."""
    layers = layers_of(network)
    uses = Counter[str]()

    def watch(name: str, layer: Layer) -> torch.utils.hooks.RemovableHandle:
        def count(_: nn.Module, __: tuple[Tensor, ...], output: Tensor) -> None:
            uses[name] += output.numel() // len(layer.weight)  # rows times places

        return layer.register_forward_hook(count)

    handles = [watch(name, layer) for name, layer in layers.items()]
    was_training = network.training
    try:
        with torch.inference_mode():
            network.eval()(*inputs)
    finally:
        network.train(was_training)
        for handle in handles:
            handle.remove()
    rows = len(inputs[0])
    each = {name: uses[name] // rows for name in layers}
    return Macs(
        uses=each,
        dense=sum(each[name] * layer.weight.numel() for name, layer in layers.items()),
        kept=sum(each[name] * int((layer.weight != 0).sum()) for name, layer in layers.items()),
    )
