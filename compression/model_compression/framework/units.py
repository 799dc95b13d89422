"""Channels that can only be removed together, found by tracing a network.

A unit is one layer's output channels with all that is tied to them: the layers that write them
(several where outputs are added), depthwise ones they pass through, and the layers that read them
(a linear layer behind a flatten reads one channel in many columns). The coupling is Torch-Pruning's
dependency graph (Fang et al., CVPR 2023, arXiv 2301.12900).
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from model_compression.errors import CompressionError
from model_compression.framework.layers import Layer, is_depthwise, layers_of

Inputs = tuple[Tensor, ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """*size* channels named after the layer *root*. writers, through: layer -> (size,) its output
    channel of each. readers: layer -> (size, k) its input columns of each. fixed: the network's
    own outputs, which stay whatever happens.
    """

    root: str
    size: int
    writers: Mapping[str, Tensor]
    through: Mapping[str, Tensor]
    readers: Mapping[str, Tensor]
    fixed: bool

    def written(self, layers: Mapping[str, Layer]) -> Tensor:
        """(size,) bool: does any weight bring something into the channel?"""
        into = [_rows(layers[name].weight)[index] for name, index in self.writers.items()]
        past = [_rows(layers[name].weight)[index] for name, index in self.through.items()]
        if len(into) > 1:  # where outputs are added, one may come by another way
            return torch.stack(into).any(dim=0)
        return torch.stack([*into, *past]).all(dim=0)

    def read(self, layers: Mapping[str, Layer]) -> Tensor:
        """(size,) bool: does any weight look at the channel?"""
        if self.fixed:
            return torch.ones(self.size, dtype=torch.bool)
        columns = {name: _columns(layers[name].weight) for name in self.readers}
        return torch.stack([columns[n][i].any(dim=1) for n, i in self.readers.items()]).any(dim=0)


def _rows(weight: Tensor) -> Tensor:
    return (weight != 0).flatten(1).any(dim=1).cpu()


def _columns(weight: Tensor) -> Tensor:
    """(C,) bool: has any filter a weight on the input channel?"""
    return (weight != 0).transpose(0, 1).flatten(1).any(dim=1).cpu()


class Graph:
    """A traced network; it stays valid while channels are removed through it."""

    def __init__(self, network: nn.Module, inputs: Inputs) -> None:
        """inputs: one example. Raises CompressionError when the network cannot be followed."""
        from torch_pruning import DependencyGraph

        self.network = network
        mode = network.training
        try:
            with warnings.catch_warnings(), torch.enable_grad():
                warnings.simplefilter("ignore")
                self._graph = DependencyGraph().build_dependency(network, inputs, verbose=False)
        except Exception as error:
            raise CompressionError(
                f"the network ({type(network).__name__}) cannot be traced: {_sentence(error)}. "
                "Prune single weights instead, or write its forward with plain modules."
            ) from error
        network.train(mode)

    def units(self) -> list[Unit]:
        """Every unit, in the order of the layers that name them."""
        names: dict[nn.Module, str] = {one: name for name, one in layers_of(self.network).items()}
        units: list[Unit] = []
        seen: set[str] = set()
        for name, layer in layers_of(self.network).items():
            if name in seen or is_depthwise(layer):
                continue
            unit = self._unit(name, layer, names)
            seen.update(unit.writers)
            units.append(unit)
        return units

    def remove(self, root: str, channels: Sequence[int]) -> None:
        """Take *channels* of the unit *root* out of every tensor that holds them."""
        layer = layers_of(self.network)[root]
        self._group(layer, channels).prune()

    def _group(self, layer: Layer, channels: Sequence[int]) -> Any:
        if layer not in self._graph.module2node:
            raise CompressionError(
                f"a {type(layer).__name__} of the network takes no part in its output; leave it out"
            )
        prune = self._graph.get_pruner_of_module(layer).prune_out_channels
        return self._graph.get_pruning_group(layer, prune, list(channels))

    def _unit(self, root: str, layer: Layer, names: Mapping[nn.Module, str]) -> Unit:
        size = len(layer.weight)
        roles: dict[str, dict[str, Tensor]] = {"writers": {}, "through": {}, "readers": {}}
        returned = False
        for item in self._group(layer, range(size)):
            target, handler = item.dep.target, item.dep.handler
            returned |= target.type == self._graph.ops.OPTYPE.OUTPUT
            if target.module in names:
                writes = self._graph.is_out_channel_pruning_fn(handler)
                role = _role(target.module, writes=writes)
                table = _table(size, item.root_idxs, item.idxs)
                roles[role][names[target.module]] = table if role == "readers" else table[:, 0]
        return Unit(root, size, **roles, fixed=returned or not roles["readers"])


def traced(network: nn.Module, inputs: Inputs) -> list[Unit]:
    """Its units; none where it cannot be followed, so that all its paths count as used."""
    try:
        return Graph(network, inputs).units()
    except CompressionError:
        return []


def _role(layer: Layer, *, writes: bool) -> str:
    if is_depthwise(layer):
        return "through"
    return "writers" if writes else "readers"


def _table(size: int, channels: Sequence[int], indices: Sequence[int]) -> Tensor:
    """(size, k): the indices of each channel, which are k for all."""
    found: list[list[int]] = [[] for _ in range(size)]
    for channel, index in zip(channels, indices, strict=True):
        found[channel].append(index)
    return torch.tensor(found)


def _sentence(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split()).rstrip(".")
