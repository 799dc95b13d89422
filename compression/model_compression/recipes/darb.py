"""DARB and BMWM: of every block of consecutive weights in a row the largest stays.

Source: Ren et al., 2020, arXiv 1911.08020. BMWM has one block size for all rows of a layer: every
row has the same work and an index takes log2(size) bits. DARB gives a row the power of two next to
its weights over those that pruning by magnitude would leave it; sizes are then doubled or halved,
those with the emptiest or fullest blocks first, until the budget is met. Three steps of rising
targets, each by ADMM towards the blocks (the paper cuts at once) and retraining. Block sizes may be
any power of two, for the paper's largest, 64, cannot meet the extreme targets.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from torch import Tensor, nn

from model_compression.framework.admm import Constraint
from model_compression.framework.balanced import BlockMax, largest_factor, row_blocks
from model_compression.framework.granularity import WEIGHT
from model_compression.framework.layers import layers_of
from model_compression.framework.recipe import Goal, Recipe
from model_compression.framework.schedules import geometric
from model_compression.framework.splits import Ranked, lamp
from model_compression.framework.stage import Stage
from model_compression.framework.targets import Target
from model_compression.framework.units import Inputs
from model_compression.recipes.settings import finish, towards

STEPS = 3
Sizes = Callable[[nn.Module, float], Mapping[str, BlockMax]]
"""(network, budget of weights in all) -> each layer's blocks."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """At most *kept* weights, one a block."""

    kept: int
    sizes: Sizes

    def __call__(self, network: nn.Module, inputs: Inputs) -> list[Constraint]:
        """The finest blocks that fit. Raises CompressionError when a weight a row is too much."""
        layers = layers_of(network)

        def found(factor: float) -> Mapping[str, BlockMax]:
            return self.sizes(network, factor * self.kept)

        def size(factor: float) -> float:
            return sum(b.kept(layers[n].weight[0].numel()) for n, b in found(factor).items())

        factor = largest_factor(size, self.kept, "blocks in rows")
        return [Constraint(name, blocks) for name, blocks in found(factor).items()]

    def describe(self) -> str:
        """Kind and limit."""
        return f"the largest weight of each block, {self.sizes.__name__}, {self.kept:,} weights"


def sizes_by_row(network: nn.Module, budget: float) -> dict[str, BlockMax]:
    """DARB's: a layer's budget by LAMP score, and in it a row's by its density."""
    weights = {name: layer.weight for name, layer in layers_of(network).items()}
    counts = _counts(network, budget)
    return {name: row_blocks(weight, counts[name]) for name, weight in weights.items()}


def one_size(network: nn.Module, budget: float) -> dict[str, BlockMax]:
    """BMWM's: a layer's budget by LAMP score, and one size for all of its rows."""
    weights = {name: layer.weight for name, layer in layers_of(network).items()}
    counts = _counts(network, budget)
    return {name: _alike(weight, counts[name]) for name, weight in weights.items()}


def _counts(network: nn.Module, budget: float) -> Mapping[str, int]:
    """Layer -> about how many weights it keeps of *budget*."""
    layers = layers_of(network)
    whole = sum(layer.weight.numel() for layer in layers.values())
    kept = min(max(round(budget), len(layers)), whole)
    return Ranked(kept, lamp, "LAMP score")(network, WEIGHT)


def _alike(weight: Tensor, kept: int) -> BlockMax:
    """Powers of two nest from step to step: no block loses its only weight to an earlier one."""
    size = 1 << math.ceil(math.log2(weight.numel() / kept))
    return BlockMax([size] * len(weight))


def _stages(sizes: Sizes, goal: Goal) -> list[Stage]:
    goal.check_floor()
    found: list[Stage] = []
    for number in range(1, STEPS + 1):
        kept = round(geometric(goal.weights, goal.kept)(number / STEPS) - 0.5)
        kept = goal.kept if number == STEPS else kept
        found += towards(Blocks(kept, sizes), kept / goal.weights, rounds=4)
    return [*found, finish(goal.kept / goal.weights, epochs=30.0)]


DARB, BMWM = (
    Recipe(
        name=name,
        title=title,
        paper="Ren et al., 2020, arXiv 1911.08020",
        stages=partial(_stages, sizes),
        target=Target(share=1 / 16),
        groups="weight",
        departs="ADMM towards the blocks instead of one cut; any power of two may be a size.",
    )
    for name, title, sizes in (
        ("darb", "The largest weight of each block, blocks by a row's density", sizes_by_row),
        ("bmwm", "The largest weight of each block, one size a layer", one_size),
    )
)
