"""What is kept or removed as one: a group of weights that share some of their indices.

A convolution's weight is (F, C, K, K), a linear layer's (F, C); a row is a filter, a column one
(c, u, v) seen by all filters. A granularity is the axes whose index tells two groups apart, so
scoring is a sum over the other axes and a mask is spread by broadcasting.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from model_compression.errors import CompressionError


@dataclass(frozen=True, slots=True)
class Granularity:
    """axes: those of (F, C, K, K) that name a group; a linear layer has the first two."""

    name: str
    axes: tuple[int, ...]

    def count(self, shape: torch.Size) -> int:
        """How many groups a weight of *shape* has."""
        return torch.Size(self._names(shape)).numel()

    def scores(self, values: Tensor) -> Tensor:
        """(groups,) sums of *values*, which has the weight's shape."""
        others = tuple(axis for axis in range(values.dim()) if axis not in self.axes)
        return (values.sum(dim=others) if others else values).reshape(-1)

    def spread(self, groups: Tensor, shape: torch.Size) -> Tensor:
        """(groups,) flags -> the same for every weight of *shape*."""
        return groups.reshape(self._names(shape)).expand(shape)

    def _names(self, shape: torch.Size) -> list[int]:
        return [size if axis in self.axes else 1 for axis, size in enumerate(shape)]


GRANULARITIES: Mapping[str, Granularity] = {
    name: Granularity(name, axes)
    for name, axes in {
        "weight": (0, 1, 2, 3),
        "filter": (0,),
        "column": (1, 2, 3),
        "channel": (1,),
        "kernel": (0, 1),
    }.items()
}
WEIGHT, FILTER, COLUMN, CHANNEL, KERNEL = GRANULARITIES.values()


def largest(scores: Tensor, kept: int) -> Tensor:
    """(n,) bool: exactly *kept* highest scores; of equal ones those with the lowest index.

    A threshold would keep too many on ties. Raises CompressionError when there are too few.
    """
    if not 0 <= kept <= len(scores):
        raise CompressionError(f"cannot keep {kept} of {len(scores)}; ask for as many as there are")
    order = torch.sort(scores, descending=True, stable=True).indices
    mask = torch.zeros(len(scores), dtype=torch.bool, device=scores.device)
    mask[order[:kept]] = True
    return mask
