"""What the weights of a network take when each layer is stored in its cheapest format.

Weights are those of convolutions and linear layers; a weight that is 0 is not kept. Biases, and two
numbers a channel of every batch norm, are counted apart and always in float32.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor, nn

from classifier.runtime.packed.circulant import CIRCULANT
from model_compression.errors import CompressionError
from model_compression.framework.circulant import Circulant
from model_compression.framework.layers import layers_of
from model_compression.framework.marks import Marks
from model_compression.ledger.formats import Cost, Occupancy, costs_of, lower_bound
from model_compression.ledger.values import FLOAT, FLOAT_BITS, Values, values_of


@dataclass(frozen=True)
class LayerStorage:
    """One layer. kept: numbers that are stored. costs: format -> what positions and values take
    in it. lower_bound_bits: of these. The table of values (scales or a codebook) is the same in
    every format.
    """

    name: str
    shape: tuple[int, ...]
    kept: int
    values: Values
    costs: Mapping[str, Cost]
    lower_bound_bits: float

    @cached_property
    def format(self) -> str:
        """The cheapest; of equally cheap ones the simplest."""
        return min(self.costs, key=lambda name: self.costs[name].bits)

    @property
    def weights(self) -> int:
        """The dense count."""
        return math.prod(self.shape)

    @property
    def bits(self) -> int:
        """Positions, values and the table of values."""
        return self.costs[self.format].bits + self.values.table_bits

    @property
    def index_bits(self) -> int:
        """What the format needs beyond the kept values themselves."""
        return self.costs[self.format].bits - self.kept * self.values.bits


@dataclass(frozen=True)
class Storage:
    """A network's layers, and how many other numbers it has."""

    layers: tuple[LayerStorage, ...]
    others: int

    @property
    def weights(self) -> int:
        """The dense count of all layers."""
        return sum(layer.weights for layer in self.layers)

    @property
    def kept(self) -> int:
        """Weights that are not 0."""
        return sum(layer.kept for layer in self.layers)

    @property
    def bits(self) -> int:
        """Of all weights, indices and scales included: the figure that papers give."""
        return sum(layer.bits for layer in self.layers)

    @property
    def index_bits(self) -> int:
        """Of *bits*, what says where the weights are."""
        return sum(layer.index_bits for layer in self.layers)

    @property
    def other_bits(self) -> int:
        """Biases and batch norms."""
        return self.others * FLOAT_BITS

    @property
    def lower_bound_bits(self) -> float:
        """What no independent code of the positions goes below, scales included."""
        return sum(layer.lower_bound_bits + layer.values.table_bits for layer in self.layers)

    @property
    def format(self) -> str:
        """The format of most weights kept, and how many layers have others."""
        counts = Counter[str]()
        for layer in self.layers:
            counts[f"{layer.format}, {layer.values.name}"] += layer.kept
        first = counts.most_common(1)[0][0]
        return first if len(counts) == 1 else f"{first} and {len(counts) - 1} more"


def storage_of(network: nn.Module, marks: Marks) -> Storage:
    """The cheapest storage of *network*, whose weights lie on the levels of *marks*.

    Raises CompressionError for a layer of *marks* that the network lacks, or whose weights lie off
    its levels or outside of its mask: what would be stored is not what was measured.
    """
    layers = layers_of(network)
    for name in (*marks.masks, *marks.levels):
        if name not in layers:
            raise CompressionError(f"no layer {name!r}; there are: {', '.join(layers)}")
    stored = tuple(_stored(name, layer.weight.detach(), marks) for name, layer in layers.items())
    norms = (m for m in network.modules() if isinstance(m, nn.BatchNorm1d | nn.BatchNorm2d))
    biases = sum(layer.bias.numel() for layer in layers.values() if layer.bias is not None)
    return Storage(stored, biases + 2 * sum(norm.num_features for norm in norms))


def _tied(name: str, weight: Tensor, block: int) -> LayerStorage:
    """A layer of circulant blocks: the numbers of each block, where they stand is known."""
    if not torch.equal(Circulant(block)(weight), weight):
        raise CompressionError(f"layer {name}: its blocks of {block} are not circulant; tie it")
    layer = Occupancy((weight != 0).cpu().numpy(), FLOAT.bits, FLOAT.zero, side=block)
    costs = costs_of(layer)
    bits = costs[CIRCULANT].bits
    return LayerStorage(
        name, tuple(weight.shape), bits // FLOAT.bits, FLOAT, costs, lower_bound_bits=bits
    )


def _stored(name: str, weight: Tensor, marks: Marks) -> LayerStorage:
    if name in marks.tied:
        return _tied(name, weight, marks.tied[name])
    levels = marks.levels.get(name)
    mask = marks.masks.get(name)
    if mask is not None and (weight * ~mask).any():
        raise CompressionError(f"layer {name}: a weight off its mask is not 0; project it first")
    if levels is not None:
        try:
            levels.codes(weight)
        except CompressionError as error:
            raise CompressionError(f"layer {name}: {error}") from error
    values = values_of(weight, levels)
    layer = Occupancy((weight != 0).cpu().numpy(), values.bits, values.zero)
    return LayerStorage(
        name=name,
        shape=tuple(weight.shape),
        kept=layer.count,
        values=values,
        costs=costs_of(layer),
        lower_bound_bits=lower_bound(layer),
    )
