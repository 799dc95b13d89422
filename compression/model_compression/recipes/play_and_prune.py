"""Play and Prune: one player makes the least filters small, the other says how fast.

The user states how many points may be lost. With slack left, the lowest tenth of each layer's
filters is pulled to 0 by an L1 penalty, and those that are below a threshold go; both are in
proportion to the slack, so that nothing is pruned while there is none. The threshold is that
share of the largest at which the validation accuracy does not drop at once.
Source: Singh et al., IJCAI 2019, arXiv 1905.04446; slack in parts of the tolerance is ours.
"""

from __future__ import annotations

from dataclasses import dataclass

from model_compression.framework.channels import (
    Chosen,
    chosen,
    closed,
    cut,
    norms_of,
    over_mean,
    smallest_filters,
)
from model_compression.framework.pulls import SmallFilters
from model_compression.framework.purify import RemoveUnused
from model_compression.framework.recipe import Goal, Recipe
from model_compression.framework.stage import UNAIDED, Aids, Coursed, Lab, Stage, Subject
from model_compression.framework.targets import Target
from model_compression.framework.thresholds import below, highest_borne
from model_compression.framework.training import Course
from model_compression.framework.widths import Limit
from model_compression.recipes.settings import TAUGHT, changed_for, finish
from model_compression.recipes.structured import share_of

ALPHA, TOLERANCE, PENALTY, ROUNDS = 0.15, 0.01, 5e-4, 12
STEADY = 5e-4
"""What validation accuracy may drop by at once when a threshold is sought."""


def pressure(slack: float, tolerance: float) -> float:
    """How hard to prune, in [0, 1]: slack in parts of the tolerance; 0 where there is none."""
    return min(1.0, max(0.0, slack / tolerance))


@dataclass(frozen=True, slots=True, kw_only=True)
class Play(Coursed):
    """One round of both players; never below *limit*."""

    limit: Limit
    course: Course
    tolerance: float = TOLERANCE
    alpha: float = ALPHA
    aids: Aids = UNAIDED

    def describe(self) -> str:
        """What is small, and what may be lost."""
        return (
            f"pull the lowest {self.alpha:.0%} of each layer's filters to 0, "
            f"{self.course.epochs:g} epochs, and drop what is small, as fast as accuracy within "
            f"{100 * self.tolerance:g} points allows, to {self.limit.describe()} at least"
        )

    def run(self, subject: Subject, lab: Lab) -> Subject:
        """The network without the filters that were small, or recovered."""
        wanted = lab.validated(lab.teacher.parent) - self.tolerance
        hard = pressure(lab.validated(subject.network) - wanted, self.tolerance)
        choice = self._small(subject, lab)
        lab.train(subject, self.course, self.aids, [SmallFilters(choice, hard * PENALTY)])
        before = lab.validated(subject.network)
        sizes = over_mean(norms_of(subject, [one.site for one in choice]))
        threshold = hard * highest_borne(subject.network, choice, sizes, lab, before - STEADY)
        lab.journal.note("played", pressure=hard, threshold=threshold)
        return closed(below(choice, sizes, threshold), subject, lab, before)

    def _small(self, subject: Subject, lab: Lab) -> list[Chosen]:
        """Of those that may go, the lowest share *alpha* of each unit does not stay."""
        choice = chosen(smallest_filters, self.limit, subject, lab)
        places = smallest_filters(subject, lab, [one.site for one in choice])
        most = {r: max(self.alpha, 1 / len(values)) for r, values in places.items()}
        return [
            Chosen(one.site, one.stays | (places[one.site.root] > most[one.site.root] + 1e-6))
            for one in choice
        ]


def _stages(goal: Goal) -> list[Stage]:
    limit, course = Limit.of(goal), Course(epochs=1.0, changed=changed_for(share_of(goal)))
    rounds: list[Stage] = []
    for _ in range(ROUNDS):
        rounds += [Play(limit=limit, course=course, aids=TAUGHT), RemoveUnused()]
    return [*rounds, *cut(smallest_filters, limit), finish(share_of(goal), epochs=18.0)]


PLAY_AND_PRUNE = Recipe(
    name="play-and-prune",
    title="The smallest filters leave as fast as a tolerated loss of accuracy allows",
    paper="Singh et al., IJCAI 2019, arXiv 1905.04446",
    stages=_stages,
    target=Target(share=1 / 20),
    groups="filter",
    departs=(
        "Given a size instead of a tolerance: twelve rounds that may lose one point on the "
        "validation split; what they leave above the size is cut by L1 norm at once."
    ),
)
