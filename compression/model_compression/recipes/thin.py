"""What every method that removes channels must beat: a thin network, trained from scratch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import nn

from model_compression.errors import CompressionError
from model_compression.framework.layers import layers_of
from model_compression.framework.recipe import Goal, Recipe
from model_compression.framework.schedules import warm_cosine
from model_compression.framework.stage import UNAIDED, Aids, Coursed, Lab, Stage, Subject
from model_compression.framework.targets import FAIR
from model_compression.framework.training import Course
from model_compression.framework.units import Graph, Inputs
from model_compression.ledger.macs import macs_of
from model_compression.recipes.quantizing import briefly_onto
from model_compression.recipes.settings import AIDED


@dataclass(frozen=True, slots=True, kw_only=True)
class StartThin(Coursed):
    """A fresh network, all layers thinner by one factor, trained from scratch. kept: most weights,
    or None where *macs* is the largest share of the dense network's multiplications.
    """

    kept: int | None
    course: Course
    macs: float = 1.0
    aids: Aids = UNAIDED

    def describe(self) -> str:
        """Size and course."""
        return (
            f"a fresh network, all layers thinner by one factor, of at most {self.size}; "
            f"{self.course.epochs:g} epochs from scratch"
        )

    @property
    def size(self) -> str:
        """What it may have, in words."""
        return f"{self.macs:.1%} of MACs" if self.kept is None else f"{self.kept:,} weights"

    def run(self, subject: Subject, lab: Lab) -> Subject:
        """The thin network, dense."""
        torch.manual_seed(lab.seed)
        network = self._thin(lab.task.build, lab.task.example_input)
        network.to(next(subject.network.parameters()).device)
        thin = Subject(network)
        lab.train(thin, self.course, self.aids)
        widths = {name: len(layer.weight) for name, layer in layers_of(network).items()}
        lab.journal.note("thin", widths=widths, validation=lab.validated(network))
        return thin

    def _thin(self, build: Callable[[], nn.Module], inputs: Inputs) -> nn.Module:
        """The widest network of that size. Raises CompressionError when one channel is too much."""
        whole = macs_of(build(), inputs).dense
        for percent in range(100, 0, -1):
            network = _narrow(build(), inputs, percent / 100)
            layers = layers_of(network)
            weights = sum(layer.weight.numel() for layer in layers.values())
            macs = macs_of(network, inputs).dense
            if macs <= self.macs * whole if self.kept is None else weights <= self.kept:
                return network
        widest = max(layers, key=lambda name: layers[name].weight.numel())
        raise CompressionError(
            f"layer {widest} stops it: a network one channel wide has more than {self.size}"
        )


def _narrow(network: nn.Module, inputs: Inputs, share: float) -> nn.Module:
    """*network* with *share* of every unit's channels, one at least."""
    graph = Graph(network, inputs)
    for unit in graph.units():
        width = max(1, round(share * unit.size))
        if not unit.fixed and width < unit.size:
            graph.remove(unit.root, range(width, unit.size))
    return network


def _thin_stages(goal: Goal) -> Sequence[Stage]:
    course, target = Course(epochs=24, rate=3e-3, shape=warm_cosine), goal.target
    if target.of_macs and target.share is not None:
        thin = StartThin(kept=None, macs=target.share, course=course, aids=AIDED)
    else:
        thin = StartThin(kept=goal.kept, course=course, aids=AIDED)
    return [thin, briefly_onto(target.bits)] if target.bits else [thin]


THIN = Recipe(
    name="thin",
    title="A uniformly thinner network, trained from scratch",
    paper="none: the baseline of every structured pruning paper",
    stages=_thin_stages,
    target=FAIR,
    groups="channel",
)
