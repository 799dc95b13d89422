"""What a network weighs as a function of the channels that its units keep, and how many fit.

A layer's weights are rows times columns; rows belong to the unit that it writes, columns to those
that it reads. So a size is a sum of products of kept shares, which a search can ask for in no time
and a gradient can be taken of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from torch import Tensor, nn

from model_compression.errors import CompressionError
from model_compression.framework.bisection import largest_whole
from model_compression.framework.granularity import largest
from model_compression.framework.layers import Layer, layers_of
from model_compression.framework.recipe import Goal
from model_compression.framework.sites import Site
from model_compression.framework.splits import count_best
from model_compression.framework.stage import Lab
from model_compression.framework.units import Graph, Inputs, Unit
from model_compression.ledger.macs import macs_of


@dataclass(frozen=True, slots=True)
class Limit:
    """The most that may be left: the *share* of the dense network's weights or multiplications."""

    share: float
    of_macs: bool = False

    @classmethod
    def of(cls, goal: Goal) -> Limit:
        """What *goal* asks for."""
        if goal.target.of_macs and goal.target.share is not None:
            return cls(goal.target.share, of_macs=True)
        return cls(goal.kept / goal.weights)

    def describe(self) -> str:
        """The share of what."""
        return f"{self.share:.2%} of {'multiplications' if self.of_macs else 'weights'}"

    def within(self, lab: Lab) -> float:
        """The same as a number, of the dense parent's."""
        parent = lab.teacher.parent
        whole = size_of(parent, lab.example(parent), of_macs=self.of_macs)({})
        return self.share * float(whole) + 1e-6

    def budget(self, network: nn.Module, sites: Sequence[Site], lab: Lab) -> Budget:
        """The same for *network*, by the channels of its *sites*."""
        units = [site.unit for site in sites]
        size = sized(network, units, lab.example(network), of_macs=self.of_macs)
        return Budget(size, self.within(lab))

    def halfway(self, done: float) -> Limit:
        """What may be left when the share *done* of the way there is done, by equal factors."""
        return replace(self, share=self.share**done)


class Term(NamedTuple):
    """A part of a layer that is there as far as each of the units *roots* is."""

    cost: float
    roots: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Size:
    """Weights or multiplications of a network whose units keep some of their channels."""

    terms: Sequence[Term]

    def __call__(self, shares: Mapping[str, float | Tensor]) -> float | Tensor:
        """shares: unit -> kept share, as a number or to be differentiated; 1 where not given."""
        total: float | Tensor = 0.0
        for cost, roots in self.terms:
            part: float | Tensor = cost
            for root in roots:
                part = part * shares.get(root, 1.0)
            total = total + part
        return total


def size_of(network: nn.Module, inputs: Inputs, *, of_macs: bool) -> Size:
    """The size of *network* by its units. inputs: one example. Raises CompressionError."""
    return sized(network, Graph(network, inputs).units(), inputs, of_macs=of_macs)


def sized(network: nn.Module, units: Sequence[Unit], inputs: Inputs, *, of_macs: bool) -> Size:
    """The same where the units are known."""
    uses = macs_of(network, inputs).uses
    terms = []
    for name, layer in layers_of(network).items():
        each = uses[name] if of_macs else 1
        terms += [Term(cost * each, roots) for cost, roots in _parts(name, layer, units)]
    return Size(terms)


def _parts(name: str, layer: Layer, units: Sequence[Unit]) -> list[Term]:
    """A layer's weights, by who writes and who reads them."""
    rows = tuple(u.root for u in units if not u.fixed and name in {**u.writers, **u.through})
    column = layer.weight.numel() / layer.weight.shape[1]
    read = {u.root: u.readers[name].numel() for u in units if name in u.readers}
    rest = layer.weight.shape[1] - sum(read.values())
    parts = [Term(column * count, (*rows, root)) for root, count in read.items()]
    return [*parts, Term(column * rest, rows)] if rest else parts


@dataclass(frozen=True, slots=True)
class Budget:
    """What a network weighs by the channels that it keeps, and the *most* that may be left."""

    size: Size
    most: float

    def fits(self, shares: Mapping[str, float | Tensor]) -> bool:
        """Is a network of such widths within it? shares: see `Size`."""
        return float(self.size(shares)) <= self.most

    def check(self, narrowest: Mapping[str, float]) -> None:
        """Raises CompressionError, which names a layer, when not even *narrowest* shares fit."""
        if not self.fits(narrowest):
            raise CompressionError(
                f"layer {min(narrowest, key=lambda root: narrowest[root])} stops it: the "
                f"narrowest network has more than {self.most:,.0f}. Ask for more, or prune weights."
            )

    def room(self, root: str, shares: Mapping[str, float]) -> float:
        """The largest share of the unit *root* beside *shares* of the others.

        A size is linear in one unit's share, so it is a quotient; it may lie outside of [0, 1].
        """
        none, whole = (float(self.size({**shares, root: share})) for share in (0.0, 1.0))
        return (self.most - none) / max(whole - none, 1e-9)

    def best(self, scores: Mapping[str, Tensor], *, closed: int | None = None) -> dict[str, Tensor]:
        """Unit -> bool, the channels that stay: as many of the best of all together as fit.

        scores: unit -> (channels,), the higher the longer it stays, comparable across units.
        closed: close no more than so many, even if the rest does not fit. One channel of each unit
        stays. Raises CompressionError when even that is too much.
        """
        channels, floor = sum(map(len, scores.values())), dict.fromkeys(scores, 1)
        if closed is None:
            self.check({root: 1 / len(values) for root, values in scores.items()})

        def fits(kept: int) -> bool:
            counts = count_best(scores, kept, floor)
            return self.fits({root: counts[root] / len(scores[root]) for root in scores})

        least = max(len(scores), channels - (channels if closed is None else closed))
        counts = count_best(scores, largest_whole(fits, least, channels), floor)
        return {root: largest(values, counts[root]) for root, values in scores.items()}
