"""Plans: from a network as it stands to the constraints that a stage of pruning shall meet."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from torch import nn

from model_compression.errors import CompressionError
from model_compression.framework.admm import Constraint, project_hard
from model_compression.framework.bisection import geometric, largest
from model_compression.framework.granularity import COLUMN, FILTER, WEIGHT, Granularity
from model_compression.framework.layers import Layer, layers_of
from model_compression.framework.projection import Keep, Projection
from model_compression.framework.sites import silence, sites_among
from model_compression.framework.splits import Split
from model_compression.framework.units import Graph, Inputs, Unit, traced
from model_compression.framework.unused import cut_unused
from model_compression.framework.widths import sized


class Plan(Protocol):
    """Which sets the layers' weights shall lie in, given the network as it stands."""

    def __call__(self, network: nn.Module, inputs: Inputs) -> list[Constraint]:
        """The constraints. inputs: one example. Raises CompressionError when one cannot be met."""

    def describe(self) -> str:
        """For `compress explain`."""


@dataclass(frozen=True, slots=True)
class Groups:
    """So many groups of one granularity a layer."""

    granularity: Granularity
    split: Split

    def __call__(self, network: nn.Module, inputs: Inputs) -> list[Constraint]:
        """One constraint a layer of the split."""
        counts = self.split(network, self.granularity)
        return [Constraint(name, Keep(self.granularity, kept)) for name, kept in counts.items()]

    def describe(self) -> str:
        """Granularity and split."""
        return f"{self.granularity.name}s: {self.split.describe()}"


@dataclass(frozen=True, slots=True)
class FiltersAndColumns:
    """So many filters and so many columns a layer: two constraints, two duals."""

    filters: Split
    columns: Split

    def __call__(self, network: nn.Module, inputs: Inputs) -> list[Constraint]:
        """Filters first, so that a hard projection fills columns of kept filters."""
        both = (Groups(FILTER, self.filters), Groups(COLUMN, self.columns))
        return [constraint for groups in both for constraint in groups(network, inputs)]

    def describe(self) -> str:
        """Both splits."""
        return f"filters: {self.filters.describe()}; columns: {self.columns.describe()}"


@dataclass(frozen=True, slots=True)
class Together:
    """Several plans at once, each with a dual of its own; later ones choose among what is left."""

    plans: Sequence[Plan]

    def __call__(self, network: nn.Module, inputs: Inputs) -> list[Constraint]:
        """The constraints of all."""
        return [constraint for plan in self.plans for constraint in plan(network, inputs)]

    def describe(self) -> str:
        """All of them."""
        return "; ".join(plan.describe() for plan in self.plans)


@dataclass(frozen=True, slots=True)
class Fitted:
    """Whole groups, so many that the network fits a limit when its unused paths are cut out.

    A layer that would keep the share s of its weights by *budget* keeps s^exponent of its groups of
    each granularity. How much that leaves depends on how layers hang together, so the budget is
    multiplied by a factor, found by trying. limit: weights, or the share of the multiplications
    that a dense kernel does for the network, when *of_macs*.
    """

    budget: Split
    exponents: Mapping[Granularity, float]
    limit: float
    of_macs: bool = False

    def __call__(self, network: nn.Module, inputs: Inputs) -> list[Constraint]:
        """The largest that fits. Raises CompressionError when none does."""
        budget = self.budget(network, WEIGHT)
        left = _left(network, inputs, Graph(network, inputs).units(), of_macs=self.of_macs)
        most = self.limit * left([]) if self.of_macs else self.limit

        def fits(factor: float) -> bool:
            return left(self._constraints(network, budget, factor)) <= most

        least, most_of_all = FACTORS
        if not fits(least):
            widest = max(budget, key=lambda name: budget[name])
            raise CompressionError(
                f"layer {widest} stops it: {self._names()} alone do not get down to "
                f"{self._limit()}. Ask for more, or prune weights."
            )
        factor = largest(fits, least, most_of_all, halvings=TRIALS, mean=geometric)
        return self._constraints(network, budget, factor)

    def describe(self) -> str:
        """Granularities and limit."""
        return f"{self._names()} to {self._limit()}, shared out as {self.budget.describe()}"

    def _limit(self) -> str:
        return f"{self.limit:.1%} of MACs" if self.of_macs else f"{self.limit:,.0f} weights"

    def _names(self) -> str:
        return " and ".join(f"{granularity.name}s" for granularity in self.exponents)

    def _constraints(
        self, network: nn.Module, budget: Mapping[str, int], factor: float
    ) -> list[Constraint]:
        """Shares are of what is left. The last layer keeps its filters: they are the answers."""
        layers = layers_of(network)
        last = list(layers)[-1]
        constraints = []
        for granularity, exponent in self.exponents.items():
            for name, kept in budget.items():
                weight = layers[name].weight.detach()
                share = min(1.0, factor * kept / max(1, int((weight != 0).sum())))
                live = int((granularity.scores(weight.square()) > 0).sum())
                if granularity is not FILTER or name != last:
                    count = max(1, round(live * share**exponent))
                    constraints.append(Constraint(name, Keep(granularity, count)))
        return constraints


FACTORS, TRIALS = (1e-3, 30.0), 14
"""Of the budget; 14 halvings of that range find the factor to a thousandth."""


def within(
    network: nn.Module,
    constraints: Sequence[Constraint],
    most: float,
    inputs: Inputs,
    *,
    of_macs: bool = False,
) -> list[Constraint]:
    """*constraints*, their counts lowered by one factor until at most *most* weights (or
    multiplications) are left when *network* is projected and its unused paths are cut out.

    Where it cannot be traced, unused paths count as used.
    """
    units, layers = traced(network, inputs), layers_of(network)
    left = _left(network, inputs, units, of_macs=of_macs)

    def lowered(factor: float) -> list[Constraint]:
        return [
            Constraint(name, _lowered(keep, layers[name], factor)) for name, keep in constraints
        ]

    if left(lowered(1.0)) <= most:
        return lowered(1.0)
    return lowered(largest(lambda it: left(lowered(it)) <= most, 0.0, 1.0, halvings=TRIALS - 1))


def _lowered(projection: Projection, layer: Layer, factor: float) -> Projection:
    """The same with a smaller count; one that keeps every group stays, for it asks for nothing."""
    if not isinstance(projection, Keep):
        return projection
    if projection.kept >= projection.granularity.count(layer.weight.shape):
        return projection
    return replace(projection, kept=max(1, round(factor * projection.kept)))


def _left(
    network: nn.Module, inputs: Inputs, units: Sequence[Unit], *, of_macs: bool
) -> Callable[[Sequence[Constraint]], float]:
    """What is left of a copy that is projected and loses its unused paths: weights, or what a
    dense kernel multiplies when the channels of those paths are gone.
    """
    size = sized(network, units, inputs, of_macs=True) if of_macs else None
    sites = sites_among(units, network, inputs)

    def left(constraints: Sequence[Constraint]) -> float:
        trial = copy.deepcopy(network)
        project_hard(trial, constraints)
        silence(trial, sites)
        dead = cut_unused(trial, list(units), inputs)
        if size is None:
            return sum(int((layer.weight != 0).sum()) for layer in layers_of(trial).values())
        return float(size({unit.root: 1 - len(dead[unit.root]) / unit.size for unit in units}))

    return left
