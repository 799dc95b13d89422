"""ResRep: a matrix behind each layer learns which of its rows to forget, and is merged exactly.

Source: Ding et al., 2020, arXiv 2007.03260. Each layer gets a compactor, a 1 x 1 convolution that
starts as the identity. We scale the pull on its rows so that one would vanish in an eighth of the
run, for the paper has hundreds of epochs; compactors step by SGD with momentum as there, all else
by the loop's Adam.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from model_compression.framework.compactors import Forgetting
from model_compression.framework.gates import insert
from model_compression.framework.mixing import Mixed, merge_all
from model_compression.framework.purify import LOOKED_AT, RemoveUnused
from model_compression.framework.recipe import Goal, Recipe
from model_compression.framework.stage import Aids, Coursed, Lab, Stage, Subject
from model_compression.framework.targets import Target
from model_compression.framework.training import Course
from model_compression.framework.widths import Limit
from model_compression.recipes.settings import TAUGHT, changed_for, finish


@dataclass(frozen=True, slots=True, kw_only=True)
class Forget(Coursed):
    """Train with compactors, drop the rows that are marked at the end, merge the others."""

    limit: Limit
    course: Course
    aids: Aids = TAUGHT

    def describe(self) -> str:
        """Limit and course."""
        return (
            f"compactors forget channels to {self.limit.describe()} in {self.course.epochs:g} "
            "epochs, then are merged"
        )

    def run(self, subject: Subject, lab: Lab) -> Subject:
        """The network with rows of zeros where channels were forgotten."""
        network = subject.network
        sites = [site for site in lab.sites(network) if site.single]
        budget = self.limit.budget(network, sites, lab)
        compactors = {site.root: Mixed(site.unit.size) for site in sites}
        for site in sites:
            insert(network, site.places[0].name, compactors[site.root])
        hook = Forgetting(compactors, budget)
        lab.train(subject, self.course, self.aids, [hook])
        hook.choose(sum(site.unit.size for site in sites))
        _note(hook, lab, lab.validated(network))
        looked_at = lab.task.train.inputs(torch.arange(LOOKED_AT))
        merge_all(network, sites, compactors, hook.stays, looked_at)
        lab.journal.note("merged", validation=lab.validated(network))
        return subject


def _note(hook: Forgetting, lab: Lab, validation: float) -> None:
    norms = hook.norms()
    left = {r: float(norms[r][~stays].amax()) for r, stays in hook.stays.items() if not all(stays)}
    lab.journal.note("forgotten", largest_row_left=left, validation=validation)


def _stages(goal: Goal) -> list[Stage]:
    limit = Limit.of(goal)
    course = Course(epochs=20.0, rate=1e-3, changed=changed_for(limit.share))
    return [Forget(limit=limit, course=course), RemoveUnused(), finish(limit.share, 20.0)]


RESREP = Recipe(
    name="resrep",
    title="Channels that a matrix behind each layer learns to forget",
    paper="Ding et al., 2020, arXiv 2007.03260",
    stages=_stages,
    target=Target(share=1 / 20),
    groups="channel",
    departs=(
        "The pull is scaled to the length of the run; compactors stand behind linear layers too; "
        "sums of branches are not thinned; a retraining follows, as for all."
    ),
)
