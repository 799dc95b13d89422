"""Weights that leave while the network trains on: recipes that differ in the schedule and in what
decides. All have the same two halves, thinning out and the retraining that every recipe ends with.
"""

from __future__ import annotations

from model_compression.framework.criteria import magnitude
from model_compression.framework.movement import Move
from model_compression.framework.recipe import Goal, Recipe
from model_compression.framework.schedules import Annealed, Cubic, Schedule
from model_compression.framework.stage import Stage
from model_compression.framework.targets import FAIR
from model_compression.framework.thinning import ThinOut
from model_compression.framework.training import Course
from model_compression.recipes.progressive import split_of
from model_compression.recipes.settings import RATE, TAUGHT, changed_for, finish

EPOCHS = 20.0
MU = 10.0
"""How much faster weights leave at first; 10 is the faster of the reference's two examples."""
WARM, COOL = 1 / 9, 7 / 9
"""The paper's warm-up and cool-down: a ninth before the first leaves, two after the last."""


def _course(goal: Goal) -> Course:
    return Course(epochs=EPOCHS, rate=RATE, changed=changed_for(goal.kept / goal.weights))


def _thinned(goal: Goal, left: Schedule) -> list[Stage]:
    split, course = split_of(goal, goal.kept), _course(goal)
    thin = ThinOut(criterion=magnitude, split=split, left=left, course=course, aids=TAUGHT)
    return [thin, finish(goal.kept / goal.weights, epochs=EPOCHS)]


def _moved(goal: Goal) -> list[Stage]:
    left = Cubic(begins=WARM, ends=COOL)
    move = Move(split=split_of(goal, goal.kept), left=left, course=_course(goal), aids=TAUGHT)
    return [move, finish(goal.kept / goal.weights, epochs=EPOCHS)]


GRADUAL = Recipe(
    name="gradual-magnitude",
    title="The smallest weights leave during training, fewer and fewer",
    paper="Zhu and Gupta, 2017, arXiv 1710.01878",
    stages=lambda goal: _thinned(goal, Cubic(ends=0.75)),
    target=FAIR,
    groups="weight",
    departs="Each layer ends at its share of the best weights, not all at the same share.",
)
ANNEALED = Recipe(
    name="annealed",
    title="The smallest weights leave by an annealing schedule, without any penalty",
    paper="Guo et al., 2020, arXiv 2002.04301",
    stages=lambda goal: _thinned(goal, Annealed(mu=MU)),
    target=FAIR,
    groups="weight",
    departs="Single weights only, from the dense parent; 40 looks, whatever the number of epochs.",
)
MOVEMENT = Recipe(
    name="movement",
    title="Weights stay that training moves away from 0",
    paper="Sanh et al., NeurIPS 2020, arXiv 2005.07683",
    stages=_moved,
    target=FAIR,
    groups="weight",
    departs=(
        "The layers' counts are those of the other recipes instead of one share; Adam instead of "
        "AdamW with decay; the parent's own task, which the paper says is not its best case."
    ),
)
