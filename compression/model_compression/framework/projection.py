"""The nearest weights, in the sense of least squares, that a layer is allowed to have.

A projection is idempotent; a mask is `projection(weight) != 0`.
Source: arXiv 1903.09769 (weights), 1905.00136 (structures), 1905.00789 (levels).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from model_compression.framework.granularity import COLUMN, FILTER, Granularity, largest
from model_compression.framework.levels import project


class Projection(Protocol):
    """A set of allowed weights, by its way to the nearest of them."""

    def __call__(self, weight: Tensor) -> Tensor:
        """The nearest allowed weights; *weight* stays as it is."""


@dataclass(frozen=True, slots=True)
class Keep:
    """At most *kept* groups are not zero. Exact: the groups of largest norm, unchanged."""

    granularity: Granularity
    kept: int

    def __call__(self, weight: Tensor) -> Tensor:
        """*weight* with all but *kept* groups zero."""
        mask = largest(self.granularity.scores(weight.square()), self.kept)
        return weight * self.granularity.spread(mask, weight.shape)


@dataclass(frozen=True, slots=True)
class Crossed:
    """At most *filters* rows and *columns* columns. A heuristic: rows first, then what is left.

    The nearest point of the intersection is a combinatorial question.
    """

    filters: int
    columns: int

    def __call__(self, weight: Tensor) -> Tensor:
        """*weight* with all but the kept rows and columns zero."""
        return Keep(COLUMN, self.columns)(Keep(FILTER, self.filters)(weight))


@dataclass(frozen=True, slots=True, eq=False)
class OnLevels:
    """Every weight on one of 2^bits levels; where *mask* is False it stays 0."""

    kind: str
    bits: int
    mask: Tensor

    def __call__(self, weight: Tensor) -> Tensor:
        """*weight* on levels, their scale solved for it."""
        return project(weight, self.kind, self.bits, zero=False, kept=self.mask)[0]


def mask_of(projection: Projection, weight: Tensor) -> Tensor:
    """Where *projection* keeps *weight*: bool."""
    with torch.no_grad():
        return projection(weight) != 0
