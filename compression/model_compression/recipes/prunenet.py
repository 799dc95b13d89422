"""PruneNet: a light optimization of channel scales alone, over frozen weights, decides all widths.

Source: Khetan and Karnin, 2020, arXiv 2005.11282, of which only the abstract was within reach: the
form of the penalty and its schedule are ours. Every channel gets a scale of 1; weights and the
norms' statistics stay; the task's loss and the dense parent's answers are traded against what
channels cost, ever dearer. The largest scales of the whole network stay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from torch import nn

from model_compression.framework.channels import close_weakest
from model_compression.framework.gates import Scale
from model_compression.framework.pulls import Priced
from model_compression.framework.purify import RemoveUnused
from model_compression.framework.recipe import Goal, Recipe
from model_compression.framework.sites import Site, StillNorms, gated, only, scores_of
from model_compression.framework.stage import Aids, Coursed, Lab, Stage, Subject
from model_compression.framework.targets import Target
from model_compression.framework.training import Course
from model_compression.framework.widths import Limit, Size
from model_compression.recipes.settings import TAUGHT, finish

PRICE = 3.0
"""Of the whole network in the end, where the loss of chance is about 2.3."""
FEWEST = 1e-12


def costs_of(sites: Sequence[Site], size: Size) -> dict[str, float]:
    """Place -> what one of its unit's channels weighs, as a share of what all channels do."""
    whole = float(size({}))
    each = {s.root: whole - float(size({s.root: 1 - 1 / s.unit.size})) for s in sites}
    total = sum(each[site.root] * site.unit.size * len(site.places) for site in sites)
    return {p.name: each[s.root] / max(total, FEWEST) for s in sites for p in s.places}


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnScales(Coursed):
    """Train scales of channels and nothing else; close the lowest, fold the others in."""

    limit: Limit
    course: Course
    aids: Aids = TAUGHT

    def describe(self) -> str:
        """Limit and course."""
        return (
            f"{self.course.epochs:g} epochs of channel scales alone, weights frozen, then "
            f"{self.limit.describe()} by the largest scales"
        )

    def run(self, subject: Subject, lab: Lab) -> Subject:
        """The network with closed channels."""
        network = subject.network
        sites = lab.sites(network)
        size = self.limit.budget(network, sites, lab).size
        scales = {p.name: Scale(len(p.rows)) for site in sites for p in site.places}
        with gated(network, scales):
            self.learn(subject, lab, scales, costs_of(sites, size))
        found = {name: scale.factor.detach().cpu() for name, scale in scales.items()}
        return close_weakest(scores_of(sites, found), self.limit, sites, subject, lab)

    def learn(
        self, subject: Subject, lab: Lab, scales: Mapping[str, Scale], costs: Mapping[str, float]
    ) -> None:
        """Move *scales*, which are gates of the network, and nothing else of it."""
        free: list[nn.Parameter] = [scale.factor for scale in scales.values()]
        with only(subject.network, free):
            lab.train(subject, self.course, self.aids, [StillNorms(), Priced(scales, costs, PRICE)])


def _stages(goal: Goal) -> list[Stage]:
    limit = Limit.of(goal)
    learn = LearnScales(limit=limit, course=Course(epochs=2.0, rate=1e-2))
    return [learn, RemoveUnused(), finish(limit.share, epochs=40.0)]


PRUNENET = Recipe(
    name="prunenet",
    title="Widths by channel scales that learn over frozen weights",
    paper="Khetan and Karnin, 2020, arXiv 2005.11282",
    stages=_stages,
    target=Target(share=1 / 20),
    groups="channel",
    departs="Penalty and schedule are ours; scales are ranked to the target, not cut at 0.05.",
)
