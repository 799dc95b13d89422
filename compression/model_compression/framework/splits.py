"""How many groups each layer keeps: the question that decides more than any other.

A split is a function of the network as it stands, so that later steps see what earlier ones left.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn

from model_compression.errors import CompressionError
from model_compression.framework.granularity import Granularity, largest
from model_compression.framework.layers import chosen, layers_of

Scores = Callable[[Tensor, Granularity], Tensor]
"""(weight, granularity) -> (groups,) scores that are comparable across layers."""


class Split(Protocol):
    """Who keeps how many."""

    def __call__(self, network: nn.Module, granularity: Granularity) -> dict[str, int]:
        """Layer -> groups to keep. Raises CompressionError when that cannot be met."""

    def describe(self) -> str:
        """For `compress explain`."""


@dataclass(frozen=True, slots=True)
class Stated:
    """Counts by name or pattern, as papers give them."""

    counts: Mapping[str, int]

    def __call__(self, network: nn.Module, granularity: Granularity) -> dict[str, int]:
        """The stated counts, or all groups where a layer has fewer by now."""
        groups = _groups(network, granularity)
        counts = chosen(network, self.counts)
        for name, count in counts.items():
            if count < 1:
                raise CompressionError(f"layer {name} stops it: it must keep a {granularity.name}.")
        return {name: min(count, groups[name]) for name, count in counts.items()}

    def describe(self) -> str:
        """The counts."""
        return ", ".join(f"{name} {count:,}" for name, count in self.counts.items())


@dataclass(frozen=True, slots=True)
class Uniform:
    """The same share of groups everywhere, at least one a layer."""

    share: float

    def __call__(self, network: nn.Module, granularity: Granularity) -> dict[str, int]:
        """Rounded to the nearest count."""
        groups = _groups(network, granularity)
        return {name: max(1, round(self.share * count)) for name, count in groups.items()}

    def describe(self) -> str:
        """The share."""
        return f"{self.share:.2%} of each layer"


@dataclass(frozen=True, slots=True)
class Ranked:
    """*kept* groups of the whole network, the best by *scores*, at least *least* a layer."""

    kept: int
    scores: Scores
    name: str
    least: int = 1

    def __call__(self, network: nn.Module, granularity: Granularity) -> dict[str, int]:
        """Count what each layer has among the best. The layer that stops it is named."""
        layers = layers_of(network)
        groups = _groups(network, granularity)
        floor = {name: min(self.least, count) for name, count in groups.items()}
        check_sum(self.kept, floor, groups, granularity)
        scores = {name: self.scores(layers[name].weight.detach(), granularity) for name in groups}
        return count_best(scores, self.kept, floor)

    def describe(self) -> str:
        """Count and score."""
        return f"the best {self.kept:,} of all layers together by {self.name}"


def count_best(scores: Mapping[str, Tensor], kept: int, floor: Mapping[str, int]) -> dict[str, int]:
    """Rank everything together, but for the first *floor* of each layer, which are in anyway."""
    raised = []
    for name, values in scores.items():
        sure = largest(values, floor[name])
        raised.append(torch.where(sure, torch.inf, values))
    best = torch.split(largest(torch.cat(raised), kept), [len(values) for values in raised])
    return {name: int(mask.sum()) for name, mask in zip(scores, best, strict=True)}


def lamp(weight: Tensor, granularity: Granularity) -> Tensor:
    """A group's energy over that of all groups of its layer that are not weaker.

    Its layer's best always scores 1, so no layer dies. Source: Lee et al., ICLR 2021, 2010.07611.
    """
    energy = granularity.scores(weight.square())
    order = torch.sort(energy, descending=True, stable=True).indices
    stronger = energy[order].double().cumsum(0).clamp(min=1e-30)
    scores = torch.empty_like(energy)
    scores[order] = (energy[order] / stronger).float()
    return scores


def check_sum(
    kept: int, floor: Mapping[str, int], there: Mapping[str, int], granularity: Granularity
) -> None:
    """Raises CompressionError when *kept* is less than the floors or more than there is."""
    room = kept
    for name, count in floor.items():
        room -= count
        if room < 0:
            least = sum(floor.values())
            raise CompressionError(
                f"layer {name} stops it: {kept} {granularity.name}s are too few for {len(floor)} "
                f"layers that need {least} at least. Ask for {least} or more."
            )
    most = sum(there.values())
    if kept > most:
        raise CompressionError(
            f"cannot keep {kept} of {most} {granularity.name}s; ask for as many as there are"
        )


def _groups(network: nn.Module, granularity: Granularity) -> dict[str, int]:
    return {n: granularity.count(layer.weight.shape) for n, layer in layers_of(network).items()}
