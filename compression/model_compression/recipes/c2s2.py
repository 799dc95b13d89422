"""C2S2: layer by layer, a gate of real values learns which channels to close, then a binary one.

Source: Chu et al., 2019, arXiv 1904.03508. Per layer: real values in [0, 1] learn with a pull to 0
that weakens as the loss rises ("cost-aware"); then the forward pass sees the best of them as ones
and the others as zeros, with gradients straight through. A layer whose loss has risen by more than
the allowance keeps its channels. How many a layer keeps is not in the paper's abstract: we ask for
one share of every layer, and what layers refuse is made up for in the end by the weakest channels.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from model_compression.framework.channels import close_weakest, lengths_of, over_mean
from model_compression.framework.gates import Dual
from model_compression.framework.layers import layers_of
from model_compression.framework.pulls import CostAware
from model_compression.framework.purify import RemoveUnused
from model_compression.framework.recipe import Goal, Recipe
from model_compression.framework.sites import close, gated
from model_compression.framework.stage import Aids, Coursed, Lab, Stage, Subject, Untrained
from model_compression.framework.targets import Target
from model_compression.framework.training import Course
from model_compression.framework.widths import Limit
from model_compression.recipes.settings import TAUGHT, changed_for, finish

ALLOWANCE = 0.5  # how far the loss may rise, in nats


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
        sites = [s for s in lab.sites(network) if s.root == self.layer]
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
        sites = lab.sites(parent)
        alike = {site.root: torch.linspace(1, 0, site.unit.size) for site in sites}
        return int(self.limit.budget(parent, sites, lab).best(alike)[self.layer].sum())


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
        sites = lab.sites(network)
        scores = over_mean(lengths_of(network, sites))
        return close_weakest(scores, self.limit, sites, subject, lab)


def _stages(goal: Goal) -> list[Stage]:
    limit = Limit.of(goal)
    course = Course(epochs=4.0, rate=1e-3, changed=changed_for(limit.share))
    stages: list[Stage] = []
    for name in list(layers_of(goal.network))[:-1]:
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
