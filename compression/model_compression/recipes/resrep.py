"""ResRep: a matrix behind each layer learns which of its rows to forget, and is merged exactly.

Source: Ding et al., 2020, arXiv 2007.03260. Each layer gets a compactor, a 1 x 1 convolution that
starts as the identity. All its rows are pulled to 0; rows that are marked get no gradient of the
task any more ("gradient resetting"), so they vanish without fighting the task. We scale the pull so
that a row would vanish in an eighth of the run, for the paper has hundreds of epochs; the
compactors step by SGD with momentum as there, all else by the loop's Adam.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from model_compression.framework.gates import insert, take_out
from model_compression.framework.hooks import Hook, Moment
from model_compression.framework.mixing import Mixed, merge, settle
from model_compression.framework.purify import LOOKED_AT, RemoveUnused
from model_compression.framework.recipe import Goal, Recipe
from model_compression.framework.schedules import cosine
from model_compression.framework.sites import sites_of
from model_compression.framework.stage import Aids, Coursed, Lab, Stage, Subject
from model_compression.framework.targets import Target
from model_compression.framework.training import Course
from model_compression.framework.widths import Limit, Size, fit, sized
from model_compression.recipes.settings import TAUGHT, changed_for, finish

RATE, MOMENTUM, PULL = 0.01, 0.9, 8.0
CHOICES, BY_HALF = 40, 20
"""How often the rows to forget are chosen anew, and by which choice all may be marked."""


class Forgetting(Hook):
    """Owns the compactors' steps. compactors: unit -> its own. most: what may be left."""

    def __init__(self, compactors: Mapping[str, Mixed], size: Size, most: float) -> None:
        self.compactors, self.size, self.most = compactors, size, most
        self.speed = {root: torch.zeros_like(one.matrix) for root, one in compactors.items()}
        self.stays = {r: torch.ones(len(one.matrix)) > 0 for r, one in compactors.items()}
        self.chosen = 0
        for one in compactors.values():
            one.matrix.requires_grad_(False)  # not the loop's to step

    def begin(self, network: torch.nn.Module) -> None:
        """From here on they want gradients."""
        for one in self.compactors.values():
            one.matrix.requires_grad_(True)

    def after_backward(self, moment: Moment) -> None:
        """Step each compactor: marked rows by the pull alone, the others by the task as well."""
        rate = RATE * cosine(moment.progress)
        pull = PULL * (1 - MOMENTUM) / (moment.steps * RATE / 2)
        with torch.no_grad():
            for root, one in self.compactors.items():
                asked = one.matrix.grad if one.matrix.grad is not None else 0 * one.matrix
                one.matrix.grad = None  # or it would count when the loop cuts gradients back
                step = gradient(one.matrix, asked, self.stays[root].to(asked.device), pull)
                self.speed[root] = MOMENTUM * self.speed[root].to(step) + step
                one.matrix.sub_(rate * self.speed[root])

    def after_step(self, moment: Moment) -> None:
        """Choose anew when it is due."""
        if (moment.step + 1) * CHOICES // moment.steps > self.chosen:
            self.chosen = (moment.step + 1) * CHOICES // moment.steps
            rows = sum(len(one.matrix) for one in self.compactors.values())
            self.choose(round(rows * min(1.0, self.chosen / BY_HALF)))

    def choose(self, closed: int) -> None:
        """Mark the weakest rows of all layers, *closed* at most; others are released."""
        norms = {r: one.matrix.detach().norm(dim=1).cpu() for r, one in self.compactors.items()}
        self.stays = fit(norms, self.size, self.most, closed=closed)


def gradient(matrix: Tensor, asked: Tensor, stays: Tensor, pull: float) -> Tensor:
    """What a compactor steps along: *asked* by the task where a row stays; the pull everywhere."""
    lasso: Tensor = matrix / matrix.norm(dim=1, keepdim=True).clamp(min=1e-12)
    return asked * stays[:, None] + pull * lasso


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
        network, example = subject.network, lab.example(subject.network)
        sites = [site for site in sites_of(network, example) if site.single]
        size = sized(network, [s.unit for s in sites], example, of_macs=self.limit.of_macs)
        compactors = {site.root: Mixed(site.unit.size).to(example[0].device) for site in sites}
        for site in sites:
            insert(network, site.places[0].name, compactors[site.root])
        hook = Forgetting(compactors, size, self.limit.within(lab))
        lab.train(subject, self.course, self.aids, [hook])
        hook.choose(10**9)
        self._note(hook, lab, lab.validated(network))
        for site in sites:
            place = site.places[0]
            take_out(network, place.name)
            matrix = compactors[site.root].matrix.detach()
            merge(network, place, matrix * hook.stays[site.root].to(matrix)[:, None])
        norms = {p.norm: network.get_submodule(p.norm) for s in sites for p in s.places if p.norm}
        settle(network, norms, lab.task.train.inputs(torch.arange(LOOKED_AT)))
        lab.journal.note("merged", validation=lab.validated(network))
        return subject

    def _note(self, hook: Forgetting, lab: Lab, validation: float) -> None:
        norms = {r: one.matrix.detach().norm(dim=1).cpu() for r, one in hook.compactors.items()}
        left = {
            r: float(norms[r][~stays].amax()) for r, stays in hook.stays.items() if not all(stays)
        }
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
