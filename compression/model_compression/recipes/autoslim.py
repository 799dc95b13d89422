"""AutoSlim: how many filters and columns each layer keeps is found by simulated annealing.

Each round shrinks the network by a modest factor: candidates are judged by cutting a copy by
magnitude and asking the validation split, without training; the best becomes ADMM's plan.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from model_compression.framework.admm import project_hard
from model_compression.framework.pruning import AdmmPrune
from model_compression.framework.purify import Purify, RemoveUnused
from model_compression.framework.recipe import Goal, Recipe
from model_compression.framework.schedules import steps_between
from model_compression.framework.search import PATIENT, Annealing, Vector, anneal
from model_compression.framework.shapes import Counts, Shapes
from model_compression.framework.stage import Lab, Retrain, Stage, Subject
from model_compression.framework.targets import Target
from model_compression.framework.training import Course
from model_compression.recipes.settings import AIDED, PENALTY, RATE, TAUGHT, changed_for, finish

ROUND_FACTOR = 2.5


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
        network, shapes = subject.network, Shapes.of(subject.network)

        def points_lost(vector: Vector) -> float:
            constraints = shapes.constraints(vector)
            return 100.0 * (1.0 - lab.tried(network, lambda one: project_hard(one, constraints)))

        found, lost = anneal(
            shapes.start,
            points_lost,
            lambda vector: shapes.within(vector, self.kept),
            self.annealing,
            lab.seed,
        )
        lab.count_trials(self.annealing.moves)
        lab.journal.note("annealed", shares=found, points_lost=lost, kept=self.kept)
        return replace(self.admm, plan=Counts(shapes.constraints(found))).run(subject, lab)


def _stages(goal: Goal) -> list[Stage]:
    stages: list[Stage] = []
    for kept in steps_between(goal.weights, goal.kept, ROUND_FACTOR):
        changed = changed_for(kept / goal.weights)
        admm = AdmmPrune(
            plan=Counts(()), rounds=3, rate=RATE, penalty=PENALTY, aids=TAUGHT, changed=changed
        )
        course = Course(epochs=2.0, rate=RATE, changed=changed)
        retrain = Retrain(course=course, aids=AIDED)
        stages += [Round(kept=round(kept), admm=admm), RemoveUnused(), retrain]
    last = finish(goal.kept / goal.weights, epochs=20.0)
    return [*stages, Purify(), RemoveUnused(), last]


AUTOSLIM = Recipe(
    name="autoslim",
    title="Filters and columns a layer by simulated annealing, then ADMM",
    paper="Liu et al., 2019, arXiv 1907.03141",
    stages=_stages,
    target=Target(share=1 / 50),
    groups="filter and column",
    weights_alone=True,
    departs=(
        "Rounds of 2.5x; temperatures in points of accuracy, 2 to 0.05; 60 moves a round. Weights "
        "are what it counts: a target of multiplications (macs:25%) is refused."
    ),
)
