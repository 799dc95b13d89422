"""Pruning and quantization together: what is left after pruning is put on levels.

Levels are without 0, so the mask and the codes are stored apart and nothing pruned comes back.
"""

from __future__ import annotations

from model_compression.framework.purify import RemoveUnused
from model_compression.framework.recipe import Goal, Recipe
from model_compression.framework.stage import Stage
from model_compression.framework.targets import Target
from model_compression.recipes.progressive import pruned
from model_compression.recipes.quantizing import onto
from model_compression.recipes.settings import changed_for
from model_compression.recipes.structured import share_of, structured

BITS = 3


def _quantized(goal: Goal) -> list[Stage]:
    changed = changed_for(share_of(goal))
    return [*onto("uniform", goal.target.bits or BITS, changed=changed), RemoveUnused(False)]


JOINT = Recipe(
    name="admm-joint",
    title="Progressive pruning of single weights, then equal steps for the rest",
    paper="Ye et al., 2019, arXiv 1903.09769",
    stages=lambda goal: [*pruned(goal), *_quantized(goal)],
    target=Target(share=1 / 348, bits=BITS),
    groups="weight",
    departs="Pruned first and quantized then, with ADMM in both; the masks hold throughout.",
)
JOINT_STRUCTURED = Recipe(
    name="admm-nn-s",
    title="Filters and columns by ADMM and purification, then equal steps for the rest",
    paper="Ma et al., 2019, arXiv 1907.02124",
    stages=lambda goal: [*structured(goal), *_quantized(goal)],
    target=Target(share=1 / 232, bits=BITS),
    groups="filter and column",
    departs="The scheme that stores least; the comparison of schemes is `compress compare`.",
)
