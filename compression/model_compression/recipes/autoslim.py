"""AutoSlim: how many filters and columns each layer keeps is found by simulated annealing.

Each round shrinks the network by a modest factor: candidates are judged by cutting a copy by
magnitude and asking the validation split, without training; the best becomes ADMM's plan.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from torch import nn

from model_compression.framework.admm import Constraint, project_hard
from model_compression.framework.granularity import COLUMN, FILTER, Granularity
from model_compression.framework.hooks import FORWARD_COST
from model_compression.framework.layers import layers_of
from model_compression.framework.projection import Keep
from model_compression.framework.pruning import AdmmPrune
from model_compression.framework.purify import Purify, RemoveUnused
from model_compression.framework.recipe import Goal, Recipe
from model_compression.framework.schedules import steps_between
from model_compression.framework.search import PATIENT, Annealing, Vector, anneal
from model_compression.framework.stage import Lab, Retrain, Stage, Subject
from model_compression.framework.targets import Target
from model_compression.framework.training import Course
from model_compression.framework.units import Inputs
from model_compression.recipes.settings import (
    AIDED,
    PENALTY,
    RATE,
    TAUGHT,
    changed_for,
    finish,
)

ROUND_FACTOR = 2.5


@dataclass(frozen=True, slots=True)
class Counts:
    """A plan: the constraints as the search found them."""

    constraints: Sequence[Constraint]

    def __call__(self, network: nn.Module, inputs: Inputs) -> list[Constraint]:
        """The same for any network of those layers."""
        return list(self.constraints)

    def describe(self) -> str:
        """Where they come from."""
        return "filters and columns as found by annealing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Search for a vector of shares that keeps *kept* weights, then ADMM to it."""

    kept: int
    admm: AdmmPrune
    annealing: Annealing = PATIENT

    @property
    def epochs(self) -> float:
        """ADMM's."""
        return self.admm.epochs

    def scaled(self, factor: float) -> Round:
        """ADMM, longer or shorter; the search stays."""
        return replace(self, admm=self.admm.scaled(factor))

    def describe(self) -> str:
        """Search and ADMM."""
        return (
            f"anneal filters and columns a layer to {self.kept:,} weights, "
            f"{self.annealing.moves} moves, then {self.admm.describe()}"
        )

    def run(self, subject: Subject, lab: Lab) -> Subject:
        """The network, pruned to what was found."""
        network, live = subject.network, _live(subject.network)
        found, lost = anneal(
            _experience(network),
            lambda vector: _points_lost(network, _constraints(live, vector), lab),
            lambda vector: _budgeted(live, vector, self.kept),
            self.annealing,
            lab.seed,
        )
        lab.journal.visits += self.annealing.moves * len(lab.task.validation) * FORWARD_COST
        lab.journal.note("annealed", shares=found, points_lost=lost, kept=self.kept)
        return replace(self.admm, plan=Counts(_constraints(live, found))).run(subject, lab)


class _Groups(NamedTuple):
    """Groups of one kind that a layer still has."""

    layer: str
    granularity: Granularity
    live: int


def _live(network: nn.Module) -> list[_Groups]:
    """Filters of every layer, then columns of every layer: what a vector's entries are about."""
    return [
        _Groups(name, granularity, int((granularity.scores(layer.weight.detach() ** 2) > 0).sum()))
        for granularity in (FILTER, COLUMN)
        for name, layer in layers_of(network).items()
    ]


def _experience(network: nn.Module) -> Vector:
    """Where to begin: large layers give more, and the last keeps its filters, the answers."""
    sizes = [layer.weight.numel() for layer in layers_of(network).values()]
    shares = [(min(sizes) / size) ** 0.25 for size in sizes]
    return (*shares[:-1], 1.0, *shares)


def _constraints(live: Sequence[_Groups], vector: Vector) -> list[Constraint]:
    return [
        Constraint(name, Keep(granularity, max(1, round(groups * share))))
        for (name, granularity, groups), share in zip(live, vector, strict=True)
    ]


def _kept(live: Sequence[_Groups], vector: Vector) -> int:
    """Weights that *vector* keeps: rows times columns, of what is live."""
    kept = [max(1, round(one.live * share)) for one, share in zip(live, vector, strict=True)]
    layers = len(kept) // 2
    return sum(rows * columns for rows, columns in zip(kept[:layers], kept[layers:], strict=True))


def _budgeted(live: Sequence[_Groups], vector: Vector, kept: int) -> Vector:
    """*vector* times the factor that keeps *kept* weights at most, found by halving."""
    last = len(live) // 2 - 1

    def times(factor: float) -> Vector:
        scaled = [min(1.0, share * factor) for share in vector]
        scaled[last] = 1.0
        return tuple(scaled)

    low, high = 1e-4, 1.0 / min(vector)
    for _ in range(40):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if _kept(live, times(middle)) <= kept else (low, middle)
    return times(low)


def _points_lost(network: nn.Module, constraints: Sequence[Constraint], lab: Lab) -> float:
    """Points of validation error of a copy that is cut by magnitude at once."""
    trial = copy.deepcopy(network)
    project_hard(trial, constraints)
    return 100.0 * (1.0 - lab.validated(trial))


def _stages(goal: Goal) -> list[Stage]:
    stages: list[Stage] = []
    for kept in steps_between(goal.weights, goal.kept, ROUND_FACTOR):
        changed = changed_for(kept / goal.weights)
        admm = AdmmPrune(
            plan=Counts(()), rounds=3, rate=RATE, penalty=PENALTY, aids=TAUGHT, changed=changed
        )
        course = Course(epochs=2.0, rate=RATE, changed=changed)
        stages += [
            Round(kept=round(kept), admm=admm),
            RemoveUnused(),
            Retrain(course=course, aids=AIDED),
        ]
    last = finish(goal.kept / goal.weights, epochs=20.0)
    return [*stages, Purify(), RemoveUnused(), last]


AUTOSLIM = Recipe(
    name="autoslim",
    title="Filters and columns a layer by simulated annealing, then ADMM",
    paper="Liu et al., 2019, arXiv 1907.03141",
    stages=_stages,
    target=Target(share=1 / 50),
    groups="filter and column",
    departs=(
        "Rounds of 2.5x; temperatures in points of accuracy, 2 to 0.05; 60 moves a round. Weights "
        "are what it counts: a target of multiplications (macs:25%) is refused."
    ),
)
