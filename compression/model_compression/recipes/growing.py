"""GReg-1 and GReg-2: a growing penalty pushes channels out that are chosen first, or that a small
penalty on all weights has told from the others.
"""

from __future__ import annotations

from model_compression.framework.channels import smallest_filters
from model_compression.framework.growing import RECOVERY, PushOut, Separate
from model_compression.framework.purify import RemoveUnused
from model_compression.framework.recipe import Goal, Recipe
from model_compression.framework.stage import Stage
from model_compression.framework.targets import Target
from model_compression.framework.training import Course
from model_compression.framework.widths import Limit
from model_compression.recipes.settings import TAUGHT, changed_for, finish
from model_compression.recipes.structured import share_of

EPOCHS, PICKING_EPOCHS, LAST_EPOCHS = 12.0, 4.0, 18.0


def _pushed(goal: Goal, epochs: float, kept: float = 0.0) -> list[Stage]:
    course = Course(epochs=epochs, changed=changed_for(share_of(goal)))
    push = PushOut(
        score=smallest_filters, limit=Limit.of(goal), course=course, kept=kept, aids=TAUGHT
    )
    return [push, RemoveUnused(), finish(share_of(goal), epochs=LAST_EPOCHS)]


def _picked(goal: Goal) -> list[Stage]:
    picking = Separate(course=Course(epochs=PICKING_EPOCHS), aids=TAUGHT)
    return [picking, *_pushed(goal, EPOCHS - PICKING_EPOCHS, RECOVERY)]


GREG_1 = Recipe(
    name="greg-1",
    title="The smallest filters are pushed to 0 by a growing penalty",
    paper="Wang et al., ICLR 2021, arXiv 2012.09243",
    stages=lambda goal: _pushed(goal, EPOCHS),
    target=Target(share=1 / 20),
    groups="filter",
    departs=(
        "Lambda rises evenly to 10 over the first 60 % of twelve epochs, where the paper has 1 "
        "and ten thousand updates, in all layers at once; Adam instead of SGD; all layers keep "
        "the same share."
    ),
)
GREG_2 = Recipe(
    name="greg-2",
    title="Filters that a small penalty makes small are pushed to 0 by a growing one",
    paper="Wang et al., ICLR 2021, arXiv 2012.09243",
    stages=_picked,
    target=Target(share=1 / 20),
    groups="filter",
    departs="As greg-1; the small penalty rises to 0.01 over four epochs.",
)
