"""Every recipe there is, by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from model_compression.errors import CompressionError
from model_compression.framework.recipe import Recipe
from model_compression.recipes.autoslim import AUTOSLIM
from model_compression.recipes.binary_connect import BINARY_CONNECT
from model_compression.recipes.bwcp import BWCP
from model_compression.recipes.c2s2 import C2S2
from model_compression.recipes.channels import EZCROP, L1_FILTERS, RELEVANCE, WHILE_TRAINING
from model_compression.recipes.circulant import CIRCULANT, CIRCULANT_ADMM
from model_compression.recipes.darb import BMWM, DARB
from model_compression.recipes.deep_rl import DEEP_RL
from model_compression.recipes.dmcp import DMCP
from model_compression.recipes.gate_decorator import GATE_DECORATOR
from model_compression.recipes.gradual import ANNEALED, GRADUAL, MOVEMENT
from model_compression.recipes.growing import GREG_1, GREG_2
from model_compression.recipes.joint import JOINT, JOINT_STRUCTURED
from model_compression.recipes.pconv import PCONV
from model_compression.recipes.play_and_prune import PLAY_AND_PRUNE
from model_compression.recipes.progressive import PROGRESSIVE
from model_compression.recipes.prunenet import PRUNENET
from model_compression.recipes.quantizing import BINARY, LEVELS, POWERS
from model_compression.recipes.resrep import RESREP
from model_compression.recipes.scores import HESSIAN, LOOKAHEAD, ONE_SHOT, RANDOM
from model_compression.recipes.similarity import SIMILARITY
from model_compression.recipes.slimming import SLIMMING
from model_compression.recipes.snapshots import SNAPSHOTS
from model_compression.recipes.structured import BY_GROUP, P_RM
from model_compression.recipes.thin import THIN


def _registered(rows: Sequence[Recipe]) -> Mapping[str, Recipe]:
    names = [row.name for row in rows]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"two recipes are called {', '.join(sorted(twice))}")
    return {row.name: row for row in rows}


RECIPES: Mapping[str, Recipe] = _registered([
    PROGRESSIVE, BINARY, LEVELS, POWERS, P_RM, *BY_GROUP, JOINT, JOINT_STRUCTURED, AUTOSLIM,
    LOOKAHEAD, HESSIAN, ANNEALED, MOVEMENT, EZCROP, SIMILARITY, RELEVANCE, WHILE_TRAINING,
    GREG_1, GREG_2, PLAY_AND_PRUNE, SNAPSHOTS,
    RANDOM, ONE_SHOT, GRADUAL, L1_FILTERS, SLIMMING, THIN, BINARY_CONNECT,
    RESREP, GATE_DECORATOR, BWCP, C2S2, PRUNENET, DMCP, DEEP_RL,
    *PCONV, DARB, BMWM, CIRCULANT, CIRCULANT_ADMM,
])  # fmt: skip


def find(name: str) -> Recipe:
    """The recipe *name*. Raises CompressionError, which lists the known ones."""
    if name not in RECIPES:
        raise CompressionError(f"no recipe {name!r}; there are: {', '.join(RECIPES)}")
    return RECIPES[name]
