"""Weights that leave one after another while the network trains, by a schedule and a score.

A layer that has n weights and shall keep k has k + (n - k) * left(p) at progress p. What has left
stays away, and the optimizer's moments live on, which stages one after another would not give.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from model_compression.framework.criteria import Criterion
from model_compression.framework.granularity import WEIGHT, largest
from model_compression.framework.hooks import Held, Hook, Moment
from model_compression.framework.layers import layers_of
from model_compression.framework.pruning import marked
from model_compression.framework.schedules import Schedule
from model_compression.framework.splits import Split
from model_compression.framework.stage import UNAIDED, Aids, Coursed, Lab, Subject
from model_compression.framework.training import Course

Score = Callable[[nn.Module], Mapping[str, Tensor]]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many weights each layer has at each progress. dense, kept: at 0 and at the end."""

    dense: Mapping[str, int]
    kept: Mapping[str, int]
    left: Schedule

    def __call__(self, progress: float) -> dict[str, int]:
        """Rounded to the nearest."""
        left = self.left(progress)
        return {n: k + round((self.dense[n] - k) * left) for n, k in self.kept.items()}

    @classmethod
    def of(cls, network: nn.Module, split: Split, left: Schedule) -> Counts:
        """From *network* as it stands to what *split* keeps of it."""
        dense = {name: int((one.weight != 0).sum()) for name, one in layers_of(network).items()}
        return cls(dense, split(network, WEIGHT), left)


class Thinning(Hook):
    """Every *every* steps and after the last one only the best weights by *score* stay."""

    def __init__(self, score: Score, counts: Counts, every: int) -> None:
        self.score = score
        self.counts = counts
        self.every = every
        self.masks: Mapping[str, Tensor] = {}
        self.held = Held.masks({})

    def begin(self, network: nn.Module) -> None:
        """All weights that are there may stay."""
        layers = layers_of(network)
        self.masks = {name: layers[name].weight.detach() != 0 for name in self.counts.kept}
        self._hold(network)

    def after_backward(self, moment: Moment) -> None:
        """No gradient for what has left."""
        self.held.after_backward(moment)

    def after_step(self, moment: Moment) -> None:
        """Let go what is due."""
        done = moment.step + 1
        if done % self.every and done != moment.steps:
            self.held.after_step(moment)
            return
        counts, scores = self.counts(done / moment.steps), self.score(moment.network)
        self.masks = {
            name: best_of(scores[name].masked_fill(~mask, -torch.inf), counts[name])
            for name, mask in self.masks.items()
        }
        self._hold(moment.network)

    def finish(self, network: nn.Module) -> None:
        """An average of weights has some of what has left."""
        self.held.finish(network)

    def _hold(self, network: nn.Module) -> None:
        self.held = Held.masks(self.masks)
        self.held.begin(network)


def best_of(scores: Tensor, kept: int) -> Tensor:
    """Where the *kept* highest of *scores* are: bool of its shape."""
    return largest(scores.flatten(), kept).reshape(scores.shape)


@dataclass(frozen=True, slots=True, kw_only=True)
class ThinOut(Coursed):
    """Train while weights leave, from all that are there to *split*, by *left* of the course.

    looks: how often during the course.
    """

    criterion: Criterion
    split: Split
    left: Schedule
    course: Course
    looks: int = 40
    aids: Aids = UNAIDED

    def describe(self) -> str:
        """Schedule, criterion and split."""
        return (
            f"train {self.course.epochs:g} epochs while weights leave at {self.looks} looks, the "
            f"least by {self.criterion.__name__}, by {self.left}, to {self.split.describe()}"
        )

    def run(self, subject: Subject, lab: Lab) -> Subject:
        """The network with exactly the weights of the split, and their masks."""
        before = lab.validated(subject.network)
        every = max(1, self.course.steps(lab.task) // self.looks)
        counts = Counts.of(subject.network, self.split, self.left)

        def score(network: nn.Module) -> Mapping[str, Tensor]:
            return self.criterion(replace(subject, network=network), lab)

        hook = Thinning(score, counts, every)
        lab.train(subject, self.course, self.aids, [hook])
        return marked(subject, hook.masks, lab, before)
