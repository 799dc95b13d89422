"""What compression has decided about the weights of a network, beside the weights themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from model_compression.framework.layers import layers_of
from model_compression.framework.levels import Levels


@dataclass(frozen=True, slots=True)
class Marks:
    """masks: layer -> bool of the weight's shape, True where it is kept. levels: layer -> the
    values its kept weights lie on. tied: layer -> side of its circulant blocks. A layer that is in
    none is dense and float.
    """

    masks: Mapping[str, Tensor] = field(default_factory=dict)
    levels: Mapping[str, Levels] = field(default_factory=dict)
    tied: Mapping[str, int] = field(default_factory=dict)

    def of(self, network: nn.Module) -> Marks:
        """These marks with masks read anew from *network*, whose shape has changed.

        A kept weight that training has brought to exactly 0 counts as pruned from then on.
        """
        layers = layers_of(network)
        masks = {name: layers[name].weight.detach() != 0 for name in self.masks if name in layers}
        levels = {name: self.levels[name] for name in self.levels if name in layers}
        return Marks(masks, levels, {name: b for name, b in self.tied.items() if name in layers})

    def on(self, place: torch.device) -> Marks:
        """The same with masks on *place*."""
        masks = {name: mask.to(place) for name, mask in self.masks.items()}
        return Marks(masks, self.levels, self.tied)


DENSE = Marks()
"""Of a network that nothing was done to."""
