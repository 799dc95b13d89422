"""Progressive ADMM pruning of single weights, for LeNet-5 down to one weight in 450.

Each step starts from the pruned, retrained network of the step before and its zeros stay zero, so
it searches a smaller space. Unused paths are cut out between steps, which is exact and makes every
later step faster.
"""

from __future__ import annotations

from model_compression.framework.granularity import FILTER, WEIGHT
from model_compression.framework.plans import Groups, Plan, Together
from model_compression.framework.recipe import Goal, Recipe
from model_compression.framework.splits import Ranked, Split, Stated, lamp
from model_compression.framework.stage import Stage
from model_compression.framework.targets import Target
from model_compression.framework.widths import Limit
from model_compression.recipes.lenet5 import FIRST_FILTERS, weights_of
from model_compression.recipes.settings import finish, stations, steps


def split_of(goal: Goal, kept: int) -> Split:
    """Who keeps how many of *kept* weights: measured for LeNet-5, ranked for the others."""
    measured = weights_of(kept) if goal.task == "lenet5" else None
    return Stated(measured) if measured else Ranked(kept, lamp, "LAMP score")


SPARE = 1.03
"""Of the last plan: so many of so few weights lie on paths that turn out unused. With more to
spare ADMM trains for weights that the limit then takes away."""


def pruning(goal: Goal) -> list[Stage]:
    """The steps up to the goal, each with its retraining."""
    goal.check_floor()
    *before, last = stations(goal.weights, goal.kept)
    if not before:
        return steps([_weights(goal, last)], required=False)
    asked = [_first(goal, before[0]), *(_weights(goal, kept) for kept in before[1:])]
    return steps(
        [*asked, _weights(goal, round(SPARE * last))], required=False, limit=Limit.of(goal)
    )


def _weights(goal: Goal, kept: int) -> Plan:
    return Groups(WEIGHT, split_of(goal, kept))


def _first(goal: Goal, kept: int) -> Plan:
    """Out of the dense network; LeNet-5 gives up whole filters too, for speed."""
    if goal.task != "lenet5":
        return _weights(goal, kept)
    return Together((Groups(FILTER, Stated(FIRST_FILTERS)), _weights(goal, kept)))


def pruned(goal: Goal) -> list[Stage]:
    """The whole of it: the steps, and a long last retraining."""
    return [*pruning(goal), finish(goal.kept / goal.weights, epochs=60.0)]


PROGRESSIVE = Recipe(
    name="admm-progressive",
    title="Progressive ADMM pruning of single weights",
    paper="Ye et al., 2019, arXiv 1903.09769",
    stages=pruned,
    target=Target(share=1 / 348),
    groups="weight",
    departs=(
        "Splits over layers are ours (the paper gives none at this rate); retraining is taught by "
        "the dense parent and averages its weights; unused paths are cut out between steps, and "
        "weights on them are not counted. LeNet-5 gives up whole filters in its first step."
    ),
)
