"""C2S2: layer by layer, a gate of real values learns which channels to close, then a binary one.

Source: Chu et al., 2019, arXiv 1904.03508. Per layer: real values in [0, 1] learn with a pull to 0
that weakens as the loss rises ("cost-aware"); then the forward pass sees the best of them as ones
and the others as zeros, with gradients straight through. A layer whose loss has risen by more than
the allowance keeps its channels. How many a layer keeps is not in the paper's abstract: we ask for
one share of every layer, and what layers refuse is made up for in the end by the weakest channels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from model_compression.framework.gates import Scale, Writer
from model_compression.framework.granularity import largest
from model_compression.framework.hooks import Hook, Moment
from model_compression.framework.layers import layers_of
from model_compression.framework.purify import RemoveUnused
from model_compression.framework.recipe import Goal, Recipe
from model_compression.framework.sites import close, gated, sites_of
from model_compression.framework.stage import Aids, Coursed, Lab, Stage, Subject, Untrained
from model_compression.framework.targets import Target
from model_compression.framework.training import Course
from model_compression.framework.widths import Limit, close_weakest, fit, sized
from model_compression.recipes.settings import TAUGHT, changed_for, finish
from model_compression.tasks.task import Task

PULL, ALLOWANCE = 1.0, 0.5
"""Of all channels of a layer together; and how far the loss may rise, in nats."""
SMOOTH = 0.9  # of the loss over steps


class Dual(Scale):
    """Real factors, or while *kept* is a number the same as so many ones and zeros otherwise."""

    kept: int | None = None

    @property
    def stays(self) -> Tensor:
        """(channels,) bool: the largest factors, all while it is real."""
        kept = len(self.factor) if self.kept is None else self.kept
        return largest(self.factor.detach(), kept)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, ...) -> the same shape."""
        factor: Tensor = self.factor
        if self.kept is not None:
            factor = self.stays.float() + factor - factor.detach()  # straight through
        return x * factor.reshape(-1, *[1] * (x.dim() - 2))

    def fold(self, writer: Writer) -> None:
        """Ones and zeros need no place; what is 0 is closed apart."""


class CostAware(Hook):
    """Pulls a gate to 0, the less the more the loss has risen; factors stay within [0, 1]."""

    def __init__(self, gate: Dual, task: Task, allowance: float) -> None:
        self.gate, self.task, self.allowance = gate, task, allowance
        self.first: float | None = None
        self.last = 0.0

    @property
    def risen(self) -> float:
        """By how much of the allowance."""
        return (self.last - (self.first or 0.0)) / self.allowance

    def loss(self, moment: Moment) -> Tensor:
        """The mean factor, times what is left of the allowance."""
        now = float(self.task.loss(moment.logits.detach(), moment.batch.target))
        self.last = now if self.first is None else SMOOTH * self.last + (1 - SMOOTH) * now
        self.first = now if self.first is None else self.first
        return PULL * max(0.0, 1.0 - self.risen) * self.gate.factor.mean()

    def after_step(self, moment: Moment) -> None:
        """Back into the range."""
        with torch.no_grad():
            self.gate.factor.clamp_(0.0, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decide(Coursed):
    """The two phases of one layer, half of the course each. A layer in a sum is left."""

    layer: str
    limit: Limit
    course: Course
    aids: Aids = TAUGHT
    allowance: float = ALLOWANCE

    def describe(self) -> str:
        """Layer, limit, course."""
        return (
            f"{self.layer}: a real gate, then a binary one, {self.course.epochs:g} epochs in all, "
            f"to its part of {self.limit.describe()}"
        )

    def run(self, subject: Subject, lab: Lab) -> Subject:
        """The network with this layer's channels closed, or none where that costs too much."""
        network = subject.network
        sites = [s for s in sites_of(network, lab.example(network)) if s.root == self.layer]
        for site in (site for site in sites if site.single):
            gate = Dual(site.unit.size)
            with gated(network, {site.places[0].name: gate}):
                risen = self.learn(subject, lab, gate, min(self._share(lab), site.unit.size))
            if risen <= 1.0:
                close(network, site, gate.stays)
            kept = int(gate.stays.sum()) if risen <= 1.0 else site.unit.size
            validation = lab.validated(network)
            lab.journal.note("decided", layer=self.layer, kept=kept, validation=validation)
        return subject

    def learn(self, subject: Subject, lab: Lab, gate: Dual, kept: int) -> float:
        """Both phases; what share of the allowance the loss has risen by in the binary one."""
        half = replace(self.course, epochs=self.course.epochs / 2)
        hook = CostAware(gate, lab.task, self.allowance)
        lab.train(subject, half, self.aids, [hook])
        gate.kept = kept
        replace(lab, seed=lab.seed + 500).train(subject, half, self.aids, [hook])
        return hook.risen

    def _share(self, lab: Lab) -> int:
        """How many channels the layer keeps where all give alike."""
        parent = lab.teacher.parent
        sites, example = sites_of(parent, lab.example(parent)), lab.example(parent)
        size = sized(parent, [s.unit for s in sites], example, of_macs=self.limit.of_macs)
        alike = {site.root: torch.linspace(1, 0, site.unit.size) for site in sites}
        return int(fit(alike, size, self.limit.within(lab))[self.layer].sum())


@dataclass(frozen=True, slots=True)
class Trim(Untrained):
    """Close the channels of smallest norm, over their layer's mean, until the limit is met."""

    limit: Limit

    def describe(self) -> str:
        """The limit."""
        return f"close the weakest channels that stop it from {self.limit.describe()}"

    def run(self, subject: Subject, lab: Lab) -> Subject:
        """The network within the limit."""
        network = subject.network
        layers, sites = layers_of(network), sites_of(network, lab.example(network))
        norms = {s.root: layers[s.root].weight.detach().flatten(1).norm(dim=1).cpu() for s in sites}
        scores = {root: values / values.mean() for root, values in norms.items()}
        close_weakest(subject, lab, sites, scores, self.limit)
        return subject


def _stages(goal: Goal) -> list[Stage]:
    limit = Limit.of(goal)
    course = Course(epochs=4.0, rate=1e-3, changed=changed_for(limit.share))
    names: Sequence[str] = list(layers_of(goal.network))[:-1]
    stages: list[Stage] = []
    for name in names:
        stages += [Decide(layer=name, limit=limit, course=course), RemoveUnused()]
    return [*stages, Trim(limit), RemoveUnused(), finish(limit.share, epochs=20.0)]


C2S2 = Recipe(
    name="c2s2",
    title="Channels closed layer by layer, by a real and then a binary gate",
    paper="Chu et al., 2019, arXiv 1904.03508",
    stages=_stages,
    target=Target(share=1 / 20),
    groups="channel",
    departs="Every layer is asked for one share; a last cut by norm closes what layers refused.",
)
