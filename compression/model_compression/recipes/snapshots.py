"""Snapshots of iterative pruning: every network on the way down teaches the last one.

Each round cuts filters by their L1 norm and retrains with a rate that rises quickly and falls to
nothing, so that the snapshots are far from each other; the dense parent and all of them then teach
the last one at temperature 5.
"""

from __future__ import annotations

from model_compression.framework.channels import cut, smallest_filters
from model_compression.framework.recipe import Goal, Recipe
from model_compression.framework.schedules import warm_cosine
from model_compression.framework.snapshots import LearnFromSnapshots, Remember
from model_compression.framework.stage import Aids, Retrain, Stage
from model_compression.framework.targets import Target
from model_compression.framework.training import Course
from model_compression.framework.widths import Limit
from model_compression.recipes.settings import changed_for
from model_compression.recipes.structured import share_of

ROUNDS, EPOCHS, LAST_EPOCHS = 5, 4.0, 12.0
RATE = 5e-3
TAUGHT = Aids(distil=3.0, temperature=5.0, average=0.998)


def snapshots(goal: Goal) -> list[Stage]:
    """The rounds, each with its snapshot."""
    stages: list[Stage] = []
    for number in range(1, ROUNDS + 1):
        limit = Limit.of(goal).halfway(number / ROUNDS)
        course = Course(
            epochs=EPOCHS, rate=RATE, shape=warm_cosine, changed=changed_for(limit.share)
        )
        stages += [*cut(smallest_filters, limit), Retrain(course=course), Remember()]
    return stages


def _taught(goal: Goal) -> list[Stage]:
    changed = changed_for(share_of(goal))
    course = Course(epochs=LAST_EPOCHS, rate=RATE, shape=warm_cosine, changed=changed)
    return [*snapshots(goal), LearnFromSnapshots(course=course, aids=TAUGHT)]


SNAPSHOTS = Recipe(
    name="snapshots",
    title="Filters are cut in rounds; all networks on the way teach the last one",
    paper="Le et al., 2020, arXiv 2006.11487",
    stages=_taught,
    target=Target(share=1 / 20),
    groups="filter",
    departs=(
        "Adam instead of SGD in the rounds, which are shorter; the labels stay beside the "
        "teachers' answers, which weigh three times as much; KL by batch mean, where the "
        "reference code divides by the number of classes as well."
    ),
)
