"""DMCP: how many channels a layer keeps is a Markov chain that learns, the channels being in order.

Source: Guo et al., 2020, arXiv 2005.03354. First a network learns to work at any width (the widest
by labels, the narrowest and two random ones by the widest's answers); in the second half the chain
learns too. The expected widths are then trained from scratch. Ours: the start from the dense
parent's weights, ten equal groups behind 2 % of channels that always stay (the paper: 10 %), and
one shift of all alphas in the end that meets the target exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from model_compression.framework.chains import Chain, Chains, LearnChains, Sandwich
from model_compression.framework.purify import RemoveUnused
from model_compression.framework.recipe import Goal, Recipe
from model_compression.framework.sites import close, gated
from model_compression.framework.stage import Coursed, Lab, Stage, Subject, Untrained
from model_compression.framework.targets import Target
from model_compression.framework.training import Course
from model_compression.framework.widths import Limit
from model_compression.recipes.settings import finish

PASSES = 5  # through the network a step: four widths and the chain's


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnWidths(Coursed):
    """A network of all widths, and chains that say which; then the expected one, cut out."""

    limit: Limit
    course: Course

    @property
    def epochs(self) -> float:
        """Every step goes through the network several times."""
        return PASSES * self.course.epochs

    def describe(self) -> str:
        """Limit and course."""
        return (
            f"train all widths and Markov chains over them for {self.course.epochs:g} epochs, "
            f"{PASSES} passes a step, to {self.limit.describe()}"
        )

    def run(self, subject: Subject, lab: Lab) -> Subject:
        """The network, its channels behind the expected widths closed."""
        network = subject.network
        sites = lab.sites(network)
        gates = {site.root: Chain(site.unit.size) for site in sites}
        chains = Chains(gates, self.limit.budget(network, sites, lab))
        with gated(network, {place.name: gates[s.root] for s in sites for place in s.places}):
            hooks = [Sandwich(chains, lab.seed), LearnChains(chains, lab.task)]
            lab.train(subject, self.course, hooks=hooks)
        lab.journal.visits += (PASSES - 1) * self.course.visits(lab.task)
        widths, expected = chains.widths(), float(chains.expected())
        for site in sites:
            close(network, site, torch.arange(site.unit.size) < widths[site.root])
        lab.journal.note("widths", widths=widths, expected=expected, wanted=chains.budget.most)
        return subject


@dataclass(frozen=True, slots=True)
class Forgotten(Untrained):
    """All weights drawn anew: only the shape stays."""

    def describe(self) -> str:
        """What it is."""
        return "draw all weights anew"

    def run(self, subject: Subject, lab: Lab) -> Subject:
        """The same shape."""
        torch.manual_seed(lab.seed)
        for module in subject.network.modules():
            if isinstance(module, (nn.Conv2d, nn.Linear, nn.BatchNorm2d)):
                module.reset_parameters()
        return subject


def _stages(goal: Goal) -> list[Stage]:
    limit = Limit.of(goal)
    learn = LearnWidths(limit=limit, course=Course(epochs=3.0, rate=1e-3))
    return [learn, RemoveUnused(), Forgotten(), finish(limit.share, epochs=25.0)]


DMCP = Recipe(
    name="dmcp",
    title="Widths by a Markov chain over ordered channels, trained from scratch",
    paper="Guo et al., 2020, arXiv 2005.03354",
    stages=_stages,
    target=Target(share=1 / 20),
    groups="channel",
    departs=(
        "Starts from the dense parent; 2 % of channels always stay; a last shift of all alphas "
        "meets the target; expected widths only, no sampling of several networks."
    ),
)
