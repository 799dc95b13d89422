"""Who is measured against whom: targets, budgets, and which recipe can take part in what.

A budget is a number of sample visits, not of epochs or seconds: a teacher's forward pass counts a
third of a training visit. What trains from scratch may spend the dense parent's visits too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from torch import nn

from model_compression.errors import CompressionError
from model_compression.framework.hooks import FORWARD_COST
from model_compression.framework.layers import layers_of
from model_compression.framework.recipe import Goal, Recipe
from model_compression.framework.stage import UNAIDED, Stage
from model_compression.framework.targets import Target
from model_compression.ledger.formats import Occupancy, costs_of
from model_compression.ledger.values import FLOAT_BITS

BUDGETS: Mapping[str, float] = {"tiny": 0.5, "small": 12.0, "full": 100.0}
"""Name -> sample visits after the dense parent, as times the training split."""
LEAST_BUDGET = 0.01
FROM_SCRATCH = frozenset({"thin", "prune-while-training"})
"""Recipes that do not start from the dense parent."""
SINGLE = "weight"
"""What a recipe removes when it is not structured; "" for one that removes nothing."""
INDEXED = frozenset({SINGLE, "kernel", "pattern"})
"""Whose weights need an index each: in a linear layer kernels and patterns are single weights."""
TIED = "circulant block"
"""What is told by fewer numbers: less is stored, a dense kernel has as much to do."""


@dataclass(frozen=True, slots=True)
class Aim:
    """One target that recipes are compared at. name: as the journal has it. title: for people.

    share: of the dense network's stored bits, or of its multiplications; None asks for nothing.
    """

    name: str
    title: str
    share: float | None = None
    of_macs: bool = False

    @property
    def bits(self) -> int:
        """How wide a weight may be when all are kept; 0 when not even one bit fits."""
        return FLOAT_BITS if self.share is None else int(self.share * FLOAT_BITS)


AIMS: Mapping[str, Aim] = {
    aim.name: aim
    for aim in (
        Aim("bits-5", "5 % of the stored bits", 0.05),
        Aim("bits-1", "1 % of the stored bits", 0.01),
        Aim("macs-50", "50 % of the multiplications", 0.50, of_macs=True),
        Aim("macs-25", "25 % of the multiplications", 0.25, of_macs=True),
        Aim("own", "each recipe's own target"),
    )
}

SAME_ACCURACY = Aim("same-accuracy", "the largest rate at the dense parent's accuracy")
"""What schemes are compared at by `compress compare`; no aim of the leaderboard."""
EVERY_AIM: Mapping[str, Aim] = {**AIMS, SAME_ACCURACY.name: SAME_ACCURACY}


def budget_of(words: str) -> float:
    """Visits by name, or a number of times the training split. Raises CompressionError."""
    try:
        visits = BUDGETS[words] if words in BUDGETS else float(words)
    except ValueError:
        visits = 0.0
    if not LEAST_BUDGET <= visits < float("inf"):
        raise CompressionError(
            f"no budget {words!r}; there are: {', '.join(BUDGETS)}, or a number of times the "
            f"training examples, {LEAST_BUDGET:g} at least"
        )
    return visits


def takes_part(recipe: Recipe, aim: Aim) -> bool:
    """Fewer multiplications are for what removes whole groups, bits for everybody who fits in."""
    if aim.of_macs:
        return recipe.groups not in {"", SINGLE, TIED} and not recipe.weights_alone
    return bool(recipe.groups) or (recipe.target.bits or FLOAT_BITS) <= aim.bits


def pairs(recipes: Sequence[Recipe], aims: Sequence[Aim]) -> Iterator[tuple[Recipe, Aim]]:
    """Every recipe with every aim that it takes part in."""
    for aim in aims:
        yield from ((recipe, aim) for recipe in recipes if takes_part(recipe, aim))


def target_of(recipe: Recipe, aim: Aim, network: nn.Module) -> Target:
    """What to ask of *recipe* so that it meets *aim* on the dense *network*."""
    if aim.share is None:
        return recipe.target
    if aim.of_macs:
        return Target(share=aim.share, of_macs=True)
    if not recipe.groups:
        return recipe.target
    shapes = tuple(tuple(layer.weight.shape) for layer in layers_of(network).values())
    bits = recipe.target.bits or FLOAT_BITS
    kept = _most_kept(shapes, aim.share, bits, recipe.groups in INDEXED)
    return Target(count=kept, bits=recipe.target.bits)


@cache
def _most_kept(shapes: tuple[tuple[int, ...], ...], share: float, bits: int, indexed: bool) -> int:
    """The most weights of *bits* each that fit into *share* of the dense float bits.

    indexed: single weights, spread evenly over all layers, the dearest way of lying anywhere; so
    a recipe that spreads them otherwise stays below. What is removed in groups needs no index.
    """
    weights = sum(int(np.prod(shape)) for shape in shapes)
    room = share * weights * FLOAT_BITS
    if not indexed:
        return min(int(room / bits), weights)
    fits, over = 0, weights + 1
    while over - fits > 1 + weights // 100_000:
        kept = (fits + over) // 2
        if _spread_bits(shapes, kept / weights, bits) <= room:
            fits = kept
        else:
            over = kept
    return fits


def _spread_bits(shapes: Sequence[tuple[int, ...]], share: float, bits: int) -> int:
    """What a network takes of which *share* of the weights is kept by chance."""
    rng = np.random.default_rng(0)
    layers = [Occupancy(rng.random(shape) < share, bits, zero=True) for shape in shapes]
    return sum(min(cost.bits for cost in costs_of(layer).values()) for layer in layers)


def epochs_within(recipe: Recipe, goal: Goal, budget: float, parents: float) -> float:
    """How long *recipe* may train so that its visits, teaching included, are at most *budget*.

    budget, parents: in times of the training split; *parents* is what the dense network had.
    """
    visits = budget + parents if recipe.name in FROM_SCRATCH else budget
    cost = sum(_cost(stage) for stage in recipe.planned(replace(goal, epochs=visits)))
    return visits * visits / cost if cost else visits


def _cost(stage: Stage) -> float:
    """Visits of one stage, in times of the training split."""
    taught = bool(getattr(stage, "aids", UNAIDED).distil)
    return stage.epochs * (1 + FORWARD_COST * taught)
