"""BWCP: channels are whitened behind their norm, and closed by how seldom they are active.

Source: Shao et al., 2021, arXiv 2105.06423. A mask drawn by a channel's chance to be active,
softened so that gradients pass, closes channels in training; the loss pulls factors to 0 and shifts
below it. The most active stay, and the whitening is merged. Ours: it starts from the dense parent
and is followed by a retraining (the paper: from scratch, none); a layer without a norm gets one,
which is merged too; chances are ranked to the target instead of cut at a half; sums of branches are
not thinned.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from model_compression.framework.gates import insert
from model_compression.framework.mixing import merge_all
from model_compression.framework.pulls import Quiet
from model_compression.framework.purify import LOOKED_AT, RemoveUnused
from model_compression.framework.recipe import Goal, Recipe
from model_compression.framework.sites import Site
from model_compression.framework.stage import Aids, Coursed, Lab, Stage, Subject
from model_compression.framework.targets import Target
from model_compression.framework.training import Course
from model_compression.framework.whitening import Whitened
from model_compression.framework.widths import Limit
from model_compression.recipes.settings import TAUGHT, changed_for, finish

ON_FACTORS, ON_SHIFTS = 1e-3, 1e-3
"""The paper's are 1e-5 to 1e-4 over hundreds of epochs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WhitenAndClose(Coursed):
    """Train whitened and masked, keep the most active channels, merge the whitening."""

    limit: Limit
    course: Course
    aids: Aids = TAUGHT

    def describe(self) -> str:
        """Limit and course."""
        return (
            f"{self.course.epochs:g} epochs whitened and masked by chance, then "
            f"{self.limit.describe()} by activity; the whitening is merged"
        )

    def run(self, subject: Subject, lab: Lab) -> Subject:
        """The network with rows of zeros where channels were closed."""
        network = subject.network
        sites = [site for site in lab.sites(network) if site.single]
        budget = self.limit.budget(network, sites, lab)
        gates = {site.root: _gate(network, site) for site in sites}
        for site in sites:
            insert(network, site.places[0].name, gates[site.root])
        pull = Quiet(gates, ON_FACTORS, ON_SHIFTS)
        lab.train(subject, self.course, self.aids, [pull])
        chances = {root: gate.active.detach().cpu() for root, gate in gates.items()}
        stays, before = budget.best(chances), lab.validated(network)
        merge_all(network, sites, gates, stays, lab.task.train.inputs(torch.arange(LOOKED_AT)))
        lab.journal.note(
            "merged",
            kept={root: int(mask.sum()) for root, mask in stays.items()},
            active={root: int((chance > 0.5).sum()) for root, chance in chances.items()},
            validation_before=before,
            validation=lab.validated(network),
        )
        return subject


def _gate(network: nn.Module, site: Site) -> Whitened:
    norm = site.places[0].norm
    return Whitened(site.unit.size, network.get_submodule(norm) if norm else None)


def _stages(goal: Goal) -> list[Stage]:
    limit = Limit.of(goal)
    course = Course(epochs=15.0, rate=2e-3, changed=changed_for(limit.share))
    return [
        WhitenAndClose(limit=limit, course=course), RemoveUnused(), finish(limit.share, 25.0)
    ]  # fmt: skip


BWCP = Recipe(
    name="bwcp",
    title="Whitened channels, closed by how seldom they are active",
    paper="Shao et al., 2021, arXiv 2105.06423",
    stages=_stages,
    target=Target(share=1 / 20),
    groups="channel",
    departs=(
        "Starts from the dense parent; a layer without a norm gets one while it learns; channels "
        "are ranked to the target; a retraining follows."
    ),
)
