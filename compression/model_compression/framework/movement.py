"""Movement: weights stay that training moves away from 0, and leave where it moves them towards it.

Each weight w has a score s. The network computes with w where s is among the layer's best and with
0 elsewhere; by a straight-through gradient dL/ds = w * dL/d(shown w), for all weights, also those
that are not shown, which may come back. Scores start at 0 and only their order counts, so their
learning rate is of no importance; they have no decay. What is shown becomes fewer by a schedule.
Source: Sanh et al., NeurIPS 2020, arXiv 2005.07683 (hard movement pruning, layer by layer).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from model_compression.framework.hooks import Hook, Moment
from model_compression.framework.layers import layers_of
from model_compression.framework.pruning import marked
from model_compression.framework.schedules import Schedule
from model_compression.framework.splits import Split
from model_compression.framework.stage import UNAIDED, Aids, Coursed, Lab, Subject
from model_compression.framework.thinning import Counts, best_of
from model_compression.framework.training import Course


class Movement(Hook):
    """Scores, the weights behind what is shown, and which are shown: layer -> one of each."""

    def __init__(self, counts: Counts) -> None:
        self.counts = counts
        self.scores: Mapping[str, Tensor] = {}
        self.real: Mapping[str, Tensor] = {}
        self.masks: Mapping[str, Tensor] = {}

    def begin(self, network: nn.Module) -> None:
        """All weights are shown: with equal scores nothing could be chosen."""
        layers = layers_of(network)
        self.real = {name: layers[name].weight.detach().clone() for name in self.counts.kept}
        self.scores = {name: torch.zeros_like(weight) for name, weight in self.real.items()}
        self.masks = {name: torch.ones_like(weight) > 0 for name, weight in self.real.items()}

    def after_backward(self, moment: Moment) -> None:
        """Scores learn from the gradient of what is shown, of which weights get their part."""
        layers = layers_of(moment.network)
        for name, score in self.scores.items():
            slope = layers[name].weight.grad
            if slope is not None:
                score.sub_(slope * self.real[name])
                slope.mul_(self.masks[name])

    def after_step(self, moment: Moment) -> None:
        """Take the step over to the weights behind, choose anew, show."""
        counts, layers = self.counts((moment.step + 1) / moment.steps), layers_of(moment.network)
        with torch.no_grad():
            for name, real in self.real.items():
                real.copy_(torch.where(self.masks[name], layers[name].weight, real))
        self.masks = {name: best_of(one, counts[name]) for name, one in self.scores.items()}
        self._show(moment.network)

    def finish(self, network: nn.Module) -> None:
        """The same for what another hook has done since."""
        self._show(network)

    def _show(self, network: nn.Module) -> None:
        layers = layers_of(network)
        with torch.no_grad():
            for name, real in self.real.items():
                layers[name].weight.copy_(real * self.masks[name])


@dataclass(frozen=True, slots=True, kw_only=True)
class Move(Coursed):
    """Train with scores; by *left* of the course fewer weights are shown, at the end *split*."""

    split: Split
    left: Schedule
    course: Course
    aids: Aids = UNAIDED

    def describe(self) -> str:
        """Schedule and split."""
        return (
            f"train {self.course.epochs:g} epochs; weights that move away from 0 stay, by "
            f"{self.left} down to {self.split.describe()}"
        )

    def run(self, subject: Subject, lab: Lab) -> Subject:
        """The network with exactly the weights of the split, and their masks."""
        before = lab.validated(subject.network)
        hook = Movement(Counts.of(subject.network, self.split, self.left))
        lab.train(subject, self.course, self.aids, [hook])
        return marked(subject, hook.masks, lab, before)
