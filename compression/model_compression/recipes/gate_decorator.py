"""Gate Decorator: a norm's factor becomes a gate, gates are ranked by what closing them would cost.

Source: You et al., 2019, arXiv 1909.08174. Tick: only gates and the last layer learn, while
sum |dL/dg * g| is gathered batch by batch; the lowest channels of the whole network go. Tock: all
learns, with a pull of gates to 0. A layer without a norm gets a gate of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from model_compression.framework.channels import close_weakest
from model_compression.framework.layers import layers_of
from model_compression.framework.pulls import SmallFactors
from model_compression.framework.purify import RemoveUnused
from model_compression.framework.recipe import Goal, Recipe
from model_compression.framework.schedules import triangle
from model_compression.framework.sites import StillNorms, gated, only, scores_of
from model_compression.framework.stage import Aids, Coursed, Lab, Stage, Subject
from model_compression.framework.targets import Target
from model_compression.framework.taylor import Taylor, decorated
from model_compression.framework.training import Course
from model_compression.framework.widths import Limit
from model_compression.recipes.settings import AIDED, changed_for, finish

ROUNDS, TICKS = 4, 3
SPARSITY = 1e-4
"""Of the gates in tock, between the reference's 1e-3 for VGG and 1e-5 for others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick(Coursed):
    """Rank channels by their gates while only gates and answers learn; close the lowest."""

    limit: Limit
    course: Course

    def describe(self) -> str:
        """Limit and course."""
        return f"tick: {self.course.epochs:g} epochs of gates alone, then {self.limit.describe()}"

    def run(self, subject: Subject, lab: Lab) -> Subject:
        """The network with closed channels."""
        network = subject.network
        sites = lab.sites(network)
        gates = decorated(network, sites)
        taylor = Taylor(gates)
        answers = list(layers_of(network).values())[-1].parameters()
        with (
            gated(network, gates),
            only(network, [*(gate.factor for gate in gates.values()), *answers]),
        ):
            lab.train(subject, self.course, hooks=[StillNorms(), taylor])
        return close_weakest(scores_of(sites, taylor.totals), self.limit, sites, subject, lab)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tock(Coursed):
    """All learns, gates are pulled to 0; the rate rises and falls."""

    course: Course
    aids: Aids = AIDED

    def describe(self) -> str:
        """Course."""
        return f"tock: {self.course.epochs:g} epochs with gates pulled to 0"

    def run(self, subject: Subject, lab: Lab) -> Subject:
        """The network, gates folded in."""
        sites = lab.sites(subject.network)
        gates = decorated(subject.network, sites)
        with gated(subject.network, gates):
            lab.train(subject, self.course, self.aids, [SmallFactors(gates.values(), SPARSITY)])
        lab.journal.note("tock", validation=lab.validated(subject.network))
        return subject


def _stages(goal: Goal) -> list[Stage]:
    limit, stages = Limit.of(goal), list[Stage]()
    tock = Course(epochs=2.5, rate=5e-3, shape=triangle, changed=changed_for(limit.share))
    for number in range(1, ROUNDS * TICKS + 1):
        at = limit.halfway(number / (ROUNDS * TICKS))
        stages += [Tick(limit=at, course=Course(epochs=0.5, rate=1e-3)), RemoveUnused()]
        stages += [Tock(course=tock)] if number % TICKS == 0 else []
    return [*stages, finish(limit.share, epochs=20.0)]


GATE_DECORATOR = Recipe(
    name="gate-decorator",
    title="Channels ranked by the gradients of gates, in ticks and tocks",
    paper="You et al., 2019, arXiv 1909.08174",
    stages=_stages,
    target=Target(share=1 / 20),
    groups="channel",
    departs="Four rounds of three ticks by equal factors of size, not equal shares of filters.",
)
