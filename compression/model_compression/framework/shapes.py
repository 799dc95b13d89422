"""How many filters and columns each layer keeps, as one vector of shares that a search can move.

Its entries are filters of every layer, then columns of every layer, of those that are still there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from torch import nn

from model_compression.framework.admm import Constraint
from model_compression.framework.bisection import geometric, largest
from model_compression.framework.granularity import COLUMN, FILTER, Granularity
from model_compression.framework.layers import layers_of
from model_compression.framework.projection import Keep
from model_compression.framework.search import Vector
from model_compression.framework.units import Inputs

LEAST, HALVINGS = 1e-4, 40
"""Of the factor that brings a vector to its budget, and of the way to it."""


class _Groups(NamedTuple):
    """Groups of one kind that a layer still has."""

    layer: str
    granularity: Granularity
    live: int

    def kept(self, share: float) -> int:
        """One at least."""
        return max(1, round(self.live * share))


@dataclass(frozen=True, slots=True)
class Shapes:
    """The vectors of a network as it stands. start: where to begin a search."""

    groups: Sequence[_Groups]
    start: Vector

    @classmethod
    def of(cls, network: nn.Module) -> Shapes:
        """Of *network*. At the start large layers give more; the last keeps its filters."""
        layers = layers_of(network).items()
        groups = [
            _Groups(name, kind, int((kind.scores(layer.weight.detach() ** 2) > 0).sum()))
            for kind in (FILTER, COLUMN)
            for name, layer in layers
        ]
        sizes = [layer.weight.numel() for _, layer in layers]
        shares = [(min(sizes) / size) ** 0.25 for size in sizes]
        return cls(groups, (*shares[:-1], 1.0, *shares))

    def constraints(self, vector: Vector) -> list[Constraint]:
        """What a network of that shape meets."""
        return [
            Constraint(one.layer, Keep(one.granularity, one.kept(share)))
            for one, share in zip(self.groups, vector, strict=True)
        ]

    def weights(self, vector: Vector) -> int:
        """How many it keeps: rows times columns, of what is live."""
        kept = [one.kept(share) for one, share in zip(self.groups, vector, strict=True)]
        rows, columns = kept[: len(kept) // 2], kept[len(kept) // 2 :]
        return sum(row * column for row, column in zip(rows, columns, strict=True))

    def within(self, vector: Vector, most: int) -> Vector:
        """*vector* times the factor that keeps *most* weights at most. The last layer keeps its
        filters: they are the answers.
        """
        last = len(self.groups) // 2 - 1

        def times(factor: float) -> Vector:
            scaled = [min(1.0, share * factor) for share in vector]
            scaled[last] = 1.0
            return tuple(scaled)

        return times(
            largest(
                lambda factor: self.weights(times(factor)) <= most,
                LEAST,
                1.0 / min(vector),
                halvings=HALVINGS,
                mean=geometric,
            )
        )


@dataclass(frozen=True, slots=True)
class Counts:
    """A plan: the constraints of a shape as the search found it."""

    constraints: Sequence[Constraint]

    def __call__(self, network: nn.Module, inputs: Inputs) -> list[Constraint]:
        """The same for any network of those layers."""
        return list(self.constraints)

    def describe(self) -> str:
        """Where they come from."""
        return "filters and columns as found by annealing"
