"""One cut of single weights by a score, then retraining: recipes that differ in the score alone,
and so in nothing else from the baselines `random-mask` and `one-shot-magnitude`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from model_compression.framework.criteria import Criterion, at_random, magnitude
from model_compression.framework.curvature import hessian
from model_compression.framework.granularity import WEIGHT
from model_compression.framework.lookahead import lookahead
from model_compression.framework.pruning import Cut
from model_compression.framework.recipe import Goal, Recipe
from model_compression.framework.stage import Stage
from model_compression.framework.targets import FAIR
from model_compression.recipes.progressive import split_of
from model_compression.recipes.settings import finish


def _cut_once(criterion: Criterion, *, overall: bool = False) -> Callable[[Goal], Sequence[Stage]]:
    """The criterion and the retraining, with the split that ADMM has."""
    return lambda goal: [
        Cut(criterion, WEIGHT, split_of(goal, goal.kept), overall),
        finish(goal.kept / goal.weights, epochs=40.0),
    ]


RANDOM = Recipe(
    name="random-mask",
    title="Keep weights by chance, then retrain",
    paper="none: the baseline of every pruning paper",
    stages=_cut_once(at_random),
    target=FAIR,
    groups="weight",
)
ONE_SHOT = Recipe(
    name="one-shot-magnitude",
    title="Keep the largest weights at once, then retrain",
    paper="Han et al., 2015, arXiv 1506.02626",
    stages=_cut_once(magnitude),
    target=FAIR,
    groups="weight",
    departs="One cut instead of several, so that it has ADMM's budget for one retraining.",
)
LOOKAHEAD = Recipe(
    name="lookahead",
    title="Keep at once what matters to the product of neighbouring layers, then retrain",
    paper="Park et al., ICLR 2020, arXiv 2002.04809",
    stages=_cut_once(lookahead),
    target=FAIR,
    groups="weight",
    departs="One cut instead of rounds; how many a layer keeps is as for magnitude.",
)
HESSIAN = Recipe(
    name="hessian",
    title="Keep at once the weights whose loss the curvature makes largest, then retrain",
    paper="Ramesh et al., 2020, arXiv 2006.10903",
    stages=_cut_once(hessian, overall=True),
    target=FAIR,
    groups="weight",
    departs=(
        "The paper analyses, it prunes no network for use; curvature from 64 examples, exact for "
        "networks of ReLUs and no more than Gauss-Newton's for others."
    ),
)
