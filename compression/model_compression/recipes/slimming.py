"""Network slimming: a factor for each channel, pulled to 0 by L1; the smallest of all layers go.

The factors are gates behind each layer's batch norm, or behind the layer where there is none; they
are folded in when all is decided. Source: Liu et al., ICCV 2017, arXiv 1708.06519.
"""

from __future__ import annotations

from dataclasses import dataclass

from model_compression.framework.channels import close_weakest
from model_compression.framework.gates import Scale
from model_compression.framework.pulls import SmallFactors
from model_compression.framework.purify import RemoveUnused
from model_compression.framework.recipe import Goal, Recipe
from model_compression.framework.sites import gated, scores_of
from model_compression.framework.stage import UNAIDED, Aids, Coursed, Lab, Stage, Subject
from model_compression.framework.targets import Target
from model_compression.framework.training import Course
from model_compression.framework.widths import Limit
from model_compression.recipes.settings import TAUGHT, changed_for, finish
from model_compression.recipes.structured import share_of

PENALTY = 1e-3
"""Ten times the paper's, for a tenth of its epochs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slim(Coursed):
    """Train with factors, close the channels of the smallest ones, fold."""

    limit: Limit
    course: Course
    aids: Aids = UNAIDED

    def describe(self) -> str:
        """Limit and course."""
        return (
            f"train factors of channels with an L1 penalty of {PENALTY:g}, "
            f"{self.course.epochs:g} epochs, and close the smallest to {self.limit.describe()}"
        )

    def run(self, subject: Subject, lab: Lab) -> Subject:
        """The network with closed channels."""
        network = subject.network
        sites = lab.sites(network)
        gates = {place.name: Scale(len(place.rows)) for site in sites for place in site.places}
        with gated(network, gates):
            pull = SmallFactors(gates.values(), PENALTY)
            lab.train(subject, self.course, self.aids, [pull])
        factors = {name: gate.factor.detach().abs().cpu() for name, gate in gates.items()}
        return close_weakest(scores_of(sites, factors), self.limit, sites, subject, lab)


def _stages(goal: Goal) -> list[Stage]:
    course = Course(epochs=12.0, changed=changed_for(share_of(goal)))
    slim = Slim(limit=Limit.of(goal), course=course, aids=TAUGHT)
    return [slim, RemoveUnused(), finish(share_of(goal), epochs=18.0)]


SLIMMING = Recipe(
    name="slimming",
    title="A factor for each channel, pulled to 0; the smallest of all layers go",
    paper="Liu et al., ICCV 2017, arXiv 1708.06519",
    stages=_stages,
    target=Target(share=1 / 20),
    groups="channel",
    departs=(
        "The factors are gates of their own instead of a batch norm's, so that layers without one "
        "have them too; they start at 1."
    ),
)
