"""Claims about ADMM and gradual freezing; both sides of a row have the same visits."""

from __future__ import annotations

from collections.abc import Sequence

from model_compression.bench.claims import Claim, by
from model_compression.bench.claims_sides import Stages, train
from model_compression.framework.criteria import magnitude
from model_compression.framework.granularity import WEIGHT
from model_compression.framework.plans import Groups
from model_compression.framework.pruning import AdmmPrune, Cut
from model_compression.framework.quantizing import SHARES, Freeze
from model_compression.framework.recipe import Goal
from model_compression.framework.stage import Stage
from model_compression.framework.training import Course
from model_compression.recipes.progressive import split_of


def projected(rounds: int) -> Stages:
    """ADMM in so many rounds of an epoch, then the projection, and nothing is retrained."""
    return lambda goal: [_admm(goal, goal.kept, rounds)]


def trained_then_projected(epochs: float) -> Stages:
    """As much training, then the same projection."""
    return lambda goal: [*train(epochs), Cut(magnitude, WEIGHT, split_of(goal, goal.kept))]


def in_steps(counts: int, rounds: int, after: float) -> Stages:
    """ADMM in *counts* steps by equal factors, so many rounds each, then *after*."""

    def stages(goal: Goal) -> Sequence[Stage]:
        share = goal.kept / goal.weights
        kept = [round(goal.weights * share ** (step / counts)) for step in range(1, counts)]
        return [*(_admm(goal, one, rounds) for one in (*kept, goal.kept)), *train(after)]

    return stages


def frozen(shares: tuple[float, ...], before: float, after: float) -> Stages:
    """One bit a weight, *shares* frozen in turn after *before* epochs, *after* of them each."""
    course = Course(epochs=after)
    freeze = Freeze(kind="binary", bits=1, course=course, shares=shares)
    return lambda goal: [*(train(before) if before else []), freeze]


def _admm(goal: Goal, kept: int, rounds: int) -> AdmmPrune:
    return AdmmPrune(plan=Groups(WEIGHT, split_of(goal, kept)), rounds=rounds)


ROWS = [
    Claim(
        name="admm-loses-less-at-projection",
        paper="arXiv 1903.09769",
        says="At 20x, and before any retraining, four epochs of ADMM lose less at the projection "
        "than a cut after as much training.",
        method=by(projected(4)),
        other=by(trained_then_projected(4.0)),
        share=1 / 20,
    ),
    Claim(
        name="steps-beat-one-step",
        paper="arXiv 1903.09769",
        says="At 100x, ADMM in two steps leaves a better network than in one of as many rounds.",
        method=by(in_steps(2, 2, 2.0)),
        other=by(in_steps(1, 4, 2.0)),
        share=1 / 100,
    ),
    Claim(
        name="freezing-beats-rounding",
        paper="arXiv 1905.00789",
        says="Binary weights that freeze a share at a time are better than weights that are all "
        "rounded after as much training.",
        method=by(frozen(SHARES, 0.0, 0.5)),
        other=by(frozen((1.0,), 0.5 * (len(SHARES) - 1), 0.5)),
        share=1.0,
    ),
]
