"""Structured ADMM pruning: filters and columns together with purification and unused path removal
(P-RM), and each granularity alone, as ADMM-NN-S compares them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from model_compression.framework.granularity import CHANNEL, COLUMN, FILTER, KERNEL, Granularity
from model_compression.framework.layers import layers_of
from model_compression.framework.plans import FiltersAndColumns, Fitted, Plan
from model_compression.framework.pruning import Reached
from model_compression.framework.purify import Purify, RemoveUnused
from model_compression.framework.recipe import Goal, Recipe
from model_compression.framework.splits import Ranked, Stated, Uniform, lamp
from model_compression.framework.stage import Stage
from model_compression.framework.targets import Target
from model_compression.framework.widths import Limit
from model_compression.recipes.lenet5 import SHAPES, WEIGHTS_OF_SHAPES
from model_compression.recipes.settings import FIRM, SOFT, finish, stations, steps

EXPONENTS: Mapping[Granularity, float] = {FILTER: 0.5, COLUMN: 1.0, CHANNEL: 0.5, KERNEL: 1.0}
MARGIN = 0.98
"""Of a limit: ADMM may keep other groups than the trial cut, with fewer unused paths."""
BOTH: Mapping[Granularity, float] = {FILTER: 0.45, COLUMN: 0.55}


def plans(goal: Goal, exponents: Mapping[Granularity, float]) -> list[Plan]:
    """One plan a step. A share of multiplications is asked of every layer alike, at once."""
    if goal.target.of_macs and goal.target.share is not None:
        share = goal.target.share
        return [Fitted(Uniform(share), exponents, limit=share * MARGIN, of_macs=True)]
    goal.check_floor(answers=len(list(layers_of(goal.network).values())[-1].weight))
    return [
        Fitted(Ranked(kept, lamp, "LAMP score"), exponents, limit=kept * MARGIN)
        for kept in stations(goal.weights, goal.kept)
    ]


def share_of(goal: Goal) -> float:
    """Of weights (or multiplications) that stay."""
    return goal.target.share if goal.target.share is not None else goal.kept / goal.weights


def structured(goal: Goal) -> list[Stage]:
    """P-RM up to the purified, retrained network. Purification comes to the goal to a group."""
    limit = Limit.of(goal)
    chosen = _measured(goal) or plans(goal, BOTH)
    last = limit if limit.of_macs else None
    return [
        *steps(chosen, required=True, limit=last, first=SOFT, penalty=FIRM),
        Purify(kept=None if limit.of_macs else goal.kept),
        RemoveUnused(),
        Reached(limit),
        finish(share_of(goal), epochs=45.0),
    ]


UNUSED = 1.4
"""How many times as many weights a shape has as are left without its unused paths."""


def _measured(goal: Goal) -> list[Plan]:
    """The shapes that were measured on LeNet-5, down to the first that is small enough; none where
    even the first is smaller than it need be.
    """
    if goal.task != "lenet5" or goal.target.of_macs or goal.kept > WEIGHTS_OF_SHAPES[0]:
        return []
    larger = [kept for kept in WEIGHTS_OF_SHAPES if kept > UNUSED * goal.kept]
    return [_stated(shape) for shape in SHAPES[: len(larger) + 1]]


def _stated(shape: Mapping[str, tuple[int, int]]) -> Plan:
    return FiltersAndColumns(
        Stated({name: filters for name, (filters, _) in shape.items()}),
        Stated({name: columns for name, (_, columns) in shape.items()}),
    )


P_RM = Recipe(
    name="p-rm",
    title="Filters and columns by ADMM, purification and unused path removal",
    paper="Ma et al., 2019, arXiv 1905.00136",
    stages=structured,
    target=Target(share=1 / 232),
    groups="filter and column",
    departs=(
        "Several gentle steps instead of one; thresholds are relative to a layer's mean norm and "
        "found by halving on the validation split; constants of dead channels are folded exactly."
    ),
)


def _by_group(granularity: Granularity) -> Callable[[Goal], Sequence[Stage]]:
    exponents = {granularity: EXPONENTS[granularity]}
    return lambda goal: [
        *steps(
            plans(goal, exponents),
            required=True,
            limit=Limit.of(goal),
            first=SOFT,
            penalty=FIRM,
        ),
        Reached(Limit.of(goal)),
        finish(share_of(goal), epochs=30.0),
    ]


BY_GROUP = [
    Recipe(
        name=f"admm-{granularity.name}",
        title=f"ADMM pruning of whole {granularity.name}s",
        paper="Ma et al., 2019, arXiv 1907.02124",
        stages=_by_group(granularity),
        target=Target(share=1 / 20),
        groups=granularity.name,
        departs="How many a layer keeps follows from its share of the best weights by LAMP score.",
    )
    for granularity in EXPONENTS
]
