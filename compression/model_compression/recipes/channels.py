"""Channels that are cut by a score: recipes that differ in the score and in when they cut."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from model_compression.framework.channels import ChannelScore, bit_by_bit, cut, smallest_filters
from model_compression.framework.energy import spectrum
from model_compression.framework.recipe import Goal, Recipe
from model_compression.framework.relevance import relevance
from model_compression.framework.schedules import constant
from model_compression.framework.stage import Retrain, Stage
from model_compression.framework.targets import Target
from model_compression.framework.training import Course
from model_compression.framework.widths import Limit
from model_compression.recipes.settings import RATE, TAUGHT, changed_for, finish
from model_compression.recipes.structured import share_of
from model_compression.recipes.thin import StartThin

ONE_IN_20 = Target(share=1 / 20)
CUTS = 8


def _cut_once(score: ChannelScore) -> Callable[[Goal], Sequence[Stage]]:
    return lambda goal: [*cut(score, Limit.of(goal)), finish(share_of(goal), epochs=30.0)]


L1_FILTERS = Recipe(
    name="l1-filters",
    title="Keep the filters of largest L1 norm at once, then retrain",
    paper="Li et al., ICLR 2017, arXiv 1608.08710",
    stages=_cut_once(smallest_filters),
    target=ONE_IN_20,
    groups="filter",
    departs="All layers keep the same share, where the paper spares some by hand.",
)
EZCROP = Recipe(
    name="ezcrop",
    title="Keep the channels whose maps have most energy in high frequencies, then retrain",
    paper="Lin et al., WACV 2022, arXiv 2105.03679",
    stages=_cut_once(spectrum),
    target=ONE_IN_20,
    groups="channel",
    departs=(
        "All layers keep the same share, where the paper has rates by hand; 256 pictures instead "
        "of 640; linear layers and maps below 4 x 4 go by their L1 norm; maps of a sum are its "
        "parts' before they are added."
    ),
)


def _relevant(goal: Goal) -> list[Stage]:
    course = Course(epochs=1.5, rate=RATE, shape=constant, changed=changed_for(share_of(goal)))
    steps = bit_by_bit(relevance, Limit.of(goal), CUTS, course, TAUGHT)
    return [*steps, finish(share_of(goal), epochs=18.0)]


RELEVANCE = Recipe(
    name="feature-relevance",
    title="The channels least responsible for right answers leave during training",
    paper="Aketi et al., 2020, arXiv 2002.09958",
    stages=_relevant,
    target=ONE_IN_20,
    groups="channel",
    departs=(
        "Starts from the dense parent, eight cuts by equal factors; Adam's moments start anew "
        "after each; training then goes on as in every recipe. 500 examples decide."
    ),
)

WARM_UP, BETWEEN, REST = 2.0, 0.75, 8.0
"""Of sixteen epochs an eighth before the first cut and half after the last."""


def _while_training(goal: Goal) -> list[Stage]:
    course = Course(epochs=BETWEEN, rate=1e-3, shape=constant)
    first = Course(epochs=WARM_UP, rate=1e-3, shape=constant)
    return [
        StartThin(kept=goal.weights, course=first),
        *bit_by_bit(smallest_filters, Limit.of(goal), CUTS, course),
        Retrain(course=Course(epochs=REST, rate=1e-3)),
    ]


WHILE_TRAINING = Recipe(
    name="prune-while-training",
    title="Filters leave during the one training from scratch, without a retraining",
    paper="Roy et al., 2020, arXiv 2003.02800",
    stages=_while_training,
    target=ONE_IN_20,
    groups="filter",
    departs=(
        "Eight cuts by equal factors; filters are removed, not masked, so that training becomes "
        "cheaper, but Adam's moments start anew after each cut."
    ),
)
