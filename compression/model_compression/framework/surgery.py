"""Dead channels -> a smaller dense network that computes the same.

Every removal is proved by its outputs: the channels are cut off first, the network is asked, then
they are removed and it is asked again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from model_compression.errors import CompressionError
from model_compression.framework.units import Graph, Inputs

CLOSE = 1e-5
"""Largest difference of an output, as a share of the largest output (of 1, if that is less)."""


def remove(graph: Graph, dead: Mapping[str, Sequence[int]], inputs: Inputs) -> float:
    """Remove the *dead* channels (unit -> which) that nothing writes or reads any more.

    Returns the largest difference of an output on *inputs*. Raises CompressionError when it is not
    close: the channels were alive, or the tracer has tied the wrong ones together.
    """
    before = answers(graph.network, inputs)
    for root, channels in dead.items():
        if channels:
            graph.remove(root, sorted(channels))
    after = answers(graph.network, inputs)
    difference = float((after - before).abs().max())
    if difference > CLOSE * max(1.0, float(before.abs().max())):
        raise CompressionError(
            f"removing channels of {', '.join(dead)} changed an output by {difference:.2g}; the "
            "tracer cannot follow this network. Prune single weights instead."
        )
    return difference


def answers(network: nn.Module, inputs: Inputs) -> Tensor:
    """Outputs in evaluation mode."""
    was_training = network.training
    place = next(network.parameters()).device
    with torch.inference_mode():
        result: Tensor = network.eval()(*(one.to(place) for one in inputs))
    network.train(was_training)
    return result
