"""Stages that put weights on few levels: ADMM towards them, then freezing a part at a time.

Pruned weights stay 0 and take no part: levels are without 0. Biases and norms stay float and go on
learning. Source: arXiv 1905.00789; the shares that are frozen are ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from model_compression.framework.admm import Admm, Constraint, Penalty
from model_compression.framework.granularity import largest
from model_compression.framework.hooks import Held
from model_compression.framework.layers import layers_of
from model_compression.framework.levels import Levels, project
from model_compression.framework.marks import Marks
from model_compression.framework.projection import OnLevels
from model_compression.framework.pruning import GENTLE, noting
from model_compression.framework.schedules import constant
from model_compression.framework.stage import UNAIDED, Aids, Lab, Subject
from model_compression.framework.training import Course, steps_per_epoch

SHARES = (0.5, 0.75, 0.88, 0.94, 0.97, 0.985, 0.995, 1.0)
"""Of each layer's weights. The last few lie between two levels and cost most: small steps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmmQuantize:
    """Train towards levels, their scale solved anew in every Z-step; weights stay float."""

    kind: str
    bits: int
    rounds: int
    round_epochs: float = 1.0
    rate: float = 1e-3
    penalty: Penalty = GENTLE
    aids: Aids = UNAIDED
    changed: float = 1.0

    @property
    def epochs(self) -> float:
        """Of all rounds."""
        return self.rounds * self.round_epochs

    def scaled(self, factor: float) -> AdmmQuantize:
        """As many rounds, each longer or shorter."""
        return replace(self, round_epochs=factor * self.round_epochs)

    def describe(self) -> str:
        """Levels, rounds, penalty."""
        return (
            f"ADMM towards {self.kind} levels of {self.bits} bits in every layer, {self.rounds} "
            f"rounds of {self.round_epochs:g} epochs, rho {self.penalty.rho:g} "
            f"x{self.penalty.growth:g}"
        )

    def run(self, subject: Subject, lab: Lab) -> Subject:
        """The network, near its levels."""
        masks = _masks(subject)
        constraints = [
            Constraint(name, OnLevels(self.kind, self.bits, mask)) for name, mask in masks.items()
        ]
        every = max(1, round(self.round_epochs * steps_per_epoch(lab.task)))
        admm = Admm(constraints, self.penalty, every, noting(lab.journal))
        epochs = self.rounds * every / steps_per_epoch(lab.task)
        course = Course(epochs=epochs, rate=self.rate, shape=constant, changed=self.changed)
        lab.train(subject, course, self.aids, [admm])
        lab.journal.note("near levels", validation=lab.validated(subject.network))
        return subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Freeze:
    """Put the closest share of weights on their levels and train the others, until all are on.
    bits: of all layers, or of each.

    Scales are solved before the first share and kept, or frozen weights would move with them.
    """

    kind: str
    bits: int | Mapping[str, int]
    course: Course
    aids: Aids = UNAIDED
    shares: tuple[float, ...] = SHARES

    @property
    def epochs(self) -> float:
        """A course after each share; after the last one biases learn."""
        return len(self.shares) * self.course.epochs

    def scaled(self, factor: float) -> Freeze:
        """Other courses."""
        return replace(self, course=replace(self.course, epochs=factor * self.course.epochs))

    def describe(self) -> str:
        """Levels, shares, course."""
        shares = ", ".join(f"{share:.0%}" for share in self.shares)
        return (
            f"freeze {shares} of each layer on {self.kind} levels of {self.bits} bits, the closest "
            f"first, with {self.course.epochs:g} epochs at rate {self.course.rate:g} after each"
        )

    def run(self, subject: Subject, lab: Lab) -> Subject:
        """The network with every kept weight on a level."""
        masks = _masks(subject)
        levels = _solved(subject.network, masks, self.kind, self.bits)
        for number, share in enumerate(self.shares):
            moving, targets = _frozen(subject.network, masks, levels, share)
            step = replace(lab, seed=lab.seed + 100 * number)
            step.train(subject, self.course, self.aids, [Held(moving, targets)])
            validation = lab.validated(subject.network)
            lab.journal.note("frozen", share=share, validation=validation)
        return Subject(subject.network, Marks(subject.marks.masks, levels))


def _masks(subject: Subject) -> dict[str, Tensor]:
    """Layer -> where it has weights; all of them where it was not pruned."""
    known = subject.marks.masks
    return {
        name: known.get(name, torch.ones_like(layer.weight, dtype=torch.bool)).to(
            layer.weight.device
        )
        for name, layer in layers_of(subject.network).items()
    }


def _solved(
    network: nn.Module, masks: Mapping[str, Tensor], kind: str, bits: int | Mapping[str, int]
) -> dict[str, Levels]:
    layers = layers_of(network)
    each = dict.fromkeys(masks, bits) if isinstance(bits, int) else bits
    return {
        name: project(layers[name].weight.detach(), kind, each[name], zero=False, kept=mask)[1]
        for name, mask in masks.items()
    }


def _frozen(
    network: nn.Module, masks: Mapping[str, Tensor], levels: Mapping[str, Levels], share: float
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Layer -> which weights still move, and layer -> the level next to each."""
    moving, targets = {}, {}
    for name, layer in layers_of(network).items():
        weight, mask = layer.weight.detach(), masks[name]
        targets[name] = torch.where(mask, nearest(levels[name], weight), 0.0)
        # pruned weights are on 0 and come first; frozen ones have distance 0 and stay
        distance = (weight - targets[name]).abs().flatten()
        count = round(share * int(mask.sum())) + int((~mask).sum())
        moving[name] = ~largest(-distance, count).reshape(weight.shape)
    return moving, targets


def nearest(levels: Levels, weight: Tensor) -> Tensor:
    """The level other than 0 next to each weight, scales as they are."""
    most = 1 << (levels.bits - 1)  # levels on each side of 0
    codes = [code for code in range(-most, most + 1) if code]
    table = levels.values(torch.tensor(codes)).to(weight.device)
    halfway = (table[1:] + table[:-1]) / 2
    return table[torch.bucketize(weight.contiguous(), halfway, right=True)]
