"""The sides of claims: stages by what is varied, short enough for two cores, and without aids.

A name says what happens to the parent; numbers are epochs. Sides with equal sums of epochs have
seen as many examples.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from torch import nn

from model_compression.bench.claims import Side, Trial
from model_compression.bench.pairing import Outcomes
from model_compression.errors import CompressionError
from model_compression.framework.channels import ChannelScore, bit_by_bit, cut, smallest_filters
from model_compression.framework.criteria import Criterion, magnitude
from model_compression.framework.granularity import WEIGHT
from model_compression.framework.growing import RECOVERY, PushOut, Separate
from model_compression.framework.layers import layers_of
from model_compression.framework.movement import Move
from model_compression.framework.pruning import Cut
from model_compression.framework.purify import RemoveUnused
from model_compression.framework.recipe import Goal
from model_compression.framework.schedules import Cubic, Schedule, constant
from model_compression.framework.snapshots import LearnFromSnapshots, Remember
from model_compression.framework.stage import Retrain, Stage, Subject
from model_compression.framework.thinning import ThinOut
from model_compression.framework.training import Course
from model_compression.framework.widths import Limit
from model_compression.recipes.play_and_prune import Play
from model_compression.recipes.progressive import split_of
from model_compression.recipes.snapshots import TAUGHT
from model_compression.recipes.thin import StartThin
from model_compression.tasks.pictures import EpochBatches, Pictures
from model_compression.tasks.task import Task, logits_of

Stages = Callable[[Goal], Sequence[Stage]]
RATE = 2e-3
SCALED = 10.0
"""How much larger a first layer, and how much smaller the second, that compute the same."""


def train(epochs: float) -> list[Stage]:
    """Train what is left."""
    return [Retrain(course=Course(epochs=epochs, rate=RATE))]


def weights(criterion: Criterion, epochs: float = 0.0, *, overall: bool = False) -> Stages:
    """One cut of weights, and so many epochs after it."""
    return lambda goal: [
        Cut(criterion, WEIGHT, split_of(goal, goal.kept), overall),
        *(train(epochs) if epochs else []),
    ]


def channels(score: ChannelScore, epochs: float = 0.0) -> Stages:
    """The same of channels."""
    return lambda goal: [*cut(score, Limit.of(goal)), *(train(epochs) if epochs else [])]


def thinned(left: Schedule, epochs: float, after: float) -> Stages:
    """Weights leave by *left* in so many epochs."""
    course = Course(epochs=epochs, rate=RATE, shape=constant)
    return lambda goal: [
        ThinOut(criterion=magnitude, split=split_of(goal, goal.kept), left=left, course=course),
        *train(after),
    ]


def moved(epochs: float, after: float) -> Stages:
    """Weights leave by movement."""
    left, course = Cubic(ends=0.75), Course(epochs=epochs, rate=RATE, shape=constant)
    return lambda goal: [
        Move(split=split_of(goal, goal.kept), left=left, course=course),
        *train(after),
    ]


def steps(score: ChannelScore, cuts: int, epochs: float, after: float) -> Stages:
    """So many cuts in *epochs*, then *after*."""
    course = Course(epochs=epochs / cuts, rate=RATE, shape=constant)
    return lambda goal: [*bit_by_bit(score, Limit.of(goal), cuts, course), *train(after)]


def pushed(epochs: float, after: float, picking: float = 0.0) -> Stages:
    """A growing penalty on what is chosen by norm, after *picking* if any."""

    def stages(goal: Goal) -> list[Stage]:
        push = PushOut(
            score=smallest_filters,
            limit=Limit.of(goal),
            course=Course(epochs=epochs, rate=2 * RATE),
            kept=RECOVERY if picking else 0.0,
        )
        first = [Separate(course=Course(epochs=picking))] if picking else []
        return [*first, push, RemoveUnused(), *train(after)]

    return stages


def from_scratch(first: float, then: Stages) -> Stages:
    """Nothing of the parent but its shapes."""
    course = Course(epochs=first, rate=RATE)
    return lambda goal: [StartThin(kept=goal.weights, course=course), *then(goal)]


def played(rounds: int, epochs: float, after: float) -> Stages:
    """Rounds of both players, the rest at once."""

    def stages(goal: Goal) -> list[Stage]:
        limit, course = Limit.of(goal), Course(epochs=epochs / rounds)
        turns: list[Stage] = [Play(limit=limit, course=course), RemoveUnused()] * rounds
        return [*turns, *cut(smallest_filters, limit), *train(after)]

    return stages


def rounds(goal: Goal) -> list[Stage]:
    """Three rounds of pruning, each with a snapshot."""
    stages: list[Stage] = []
    for number in range(1, 4):
        limit = Limit.of(goal).halfway(number / 3)
        stages += [*cut(smallest_filters, limit), *train(1.0), Remember()]
    return stages


def taught(goal: Goal) -> list[Stage]:
    """The rounds, and what all snapshots have to say."""
    course = Course(epochs=1.0, rate=RATE)
    return [*rounds(goal), LearnFromSnapshots(course=course, aids=replace(TAUGHT, average=0.0))]


Members = Callable[[Trial], Sequence[nn.Module]]


def snapshots(trial: Trial) -> Sequence[nn.Module]:
    """The network after each of the rounds."""
    return trial.made(rounds).snapshots


def parent_and_snapshots(trial: Trial) -> Sequence[nn.Module]:
    """The dense parent too."""
    return [trial.order.parent, *snapshots(trial)]


def together(members: Members) -> Side:
    """By the mean of the members' probabilities."""

    def side(trial: Trial) -> Outcomes:
        task = trial.order.task
        told = [logits_of(one, task.test).softmax(dim=1) for one in members(trial)]
        return task.judge(torch.stack(told).mean(dim=0), task.test).right

    return side


def best_alone(members: Members) -> Side:
    """By the member that is best on the validation split."""

    def side(trial: Trial) -> Outcomes:
        task = trial.order.task
        best = max(members(trial), key=lambda one: task.evaluate(one, task.validation).accuracy)
        return trial.right(Subject(best))

    return side


def rescaled(side: Side) -> Side:
    """From a parent that computes the same, its first layer larger and its second smaller."""

    def changed(trial: Trial) -> Outcomes:
        parent = copy.deepcopy(trial.order.parent)
        first, second, *_ = layers_of(parent).values()
        with torch.no_grad():
            for values in first.parameters():
                values.mul_(SCALED)
            second.weight.div_(SCALED)
        return side(replace(trial, order=replace(trial.order, parent=parent)))

    return changed


def transferred(side: Side) -> Side:
    """On the same pictures with each class called otherwise, which is to be learned anew."""

    def changed(trial: Trial) -> Outcomes:
        return side(replace(trial, order=replace(trial.order, task=relabelled(trial.order.task))))

    return changed


def relabelled(task: Task) -> Task:
    """Class c is called 7c + 3. Raises CompressionError for what has no pictures."""
    train, batches = _renamed(task.train), task.batches
    if not isinstance(batches, EpochBatches):
        raise CompressionError(
            f"{task.name}: its batches cannot be relabelled; use a network of MNIST"
        )
    return replace(
        task,
        digest=f"relabelled {task.digest}",
        train=train,
        validation=_renamed(task.validation),
        test=_renamed(task.test),
        batches=replace(batches, pictures=train),
    )


def _renamed(split: object) -> Pictures:
    if not isinstance(split, Pictures):
        raise CompressionError("only pictures can be relabelled; use a network of MNIST")
    return replace(split, target=(7 * split.target + 3) % 10)
