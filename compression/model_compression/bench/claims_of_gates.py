"""Claims about gates, blocks and circulant weights; both sides of a row have the same visits."""

from __future__ import annotations

from collections.abc import Sequence

from model_compression.bench.claims import Claim, by, dense
from model_compression.bench.claims_sides import Stages, train, weights
from model_compression.framework.channels import cut, smallest_filters
from model_compression.framework.circulant import blocks_of
from model_compression.framework.criteria import magnitude
from model_compression.framework.pruning import AdmmPrune
from model_compression.framework.recipe import Goal
from model_compression.framework.stage import UNAIDED, Stage
from model_compression.framework.training import Course
from model_compression.framework.widths import Limit
from model_compression.recipes.circulant import Blocks as CirculantBlocks
from model_compression.recipes.circulant import Tie
from model_compression.recipes.darb import Blocks, Sizes, one_size, sizes_by_row
from model_compression.recipes.gate_decorator import Tick
from model_compression.recipes.prunenet import LearnScales
from model_compression.recipes.resrep import Forget


def forgotten(epochs: float) -> Stages:
    """Compactors forget, and nothing is retrained."""
    course = Course(epochs=epochs)
    return lambda goal: [Forget(limit=Limit.of(goal), course=course, aids=UNAIDED)]


def trained_then_cut(epochs: float) -> Stages:
    """As much training, then a cut by norm."""
    return lambda goal: [*train(epochs), *cut(smallest_filters, Limit.of(goal))]


def ticked(epochs: float) -> Stages:
    """One tick of gates."""
    course = Course(epochs=epochs)
    return lambda goal: [Tick(limit=Limit.of(goal), course=course)]


def scaled(epochs: float) -> Stages:
    """Scales of channels over frozen weights."""
    course = Course(epochs=epochs, rate=1e-2)
    return lambda goal: [LearnScales(limit=Limit.of(goal), course=course, aids=UNAIDED)]


def blocks(sizes: Sizes, rounds: int, after: float) -> Stages:
    """The largest weight of each block."""

    def stages(goal: Goal) -> Sequence[Stage]:
        return [AdmmPrune(plan=Blocks(goal.kept, sizes), rounds=rounds), *train(after)]

    return stages


def tied(rounds: int, after: float) -> Stages:
    """Circulant blocks, reached in *rounds* epochs of ADMM or at once."""

    def stages(goal: Goal) -> Sequence[Stage]:
        plan = CirculantBlocks(blocks_of(goal.network, goal.kept))
        admm: list[Stage] = [AdmmPrune(plan=plan, rounds=rounds)] if rounds else []
        return [*admm, Tie(plan), *(train(after) if after else [])]

    return stages


ROWS = [
    Claim(
        name="forgetting-beats-cutting",
        paper="arXiv 2007.03260",
        says="After as much training, channels that were forgotten are missed less than the "
        "smallest cut at once; nothing is retrained.",
        method=by(forgotten(4.0)),
        other=by(trained_then_cut(4.0)),
        share=1 / 4,
    ),
    Claim(
        name="gates-beat-norm",
        paper="arXiv 1909.08174",
        says="Channels ranked by their gates' gradients are missed less than those of small norm.",
        method=by(ticked(0.5)),
        other=by(trained_then_cut(0.5)),
        share=1 / 4,
    ),
    Claim(
        name="scales-beat-norm",
        paper="arXiv 2005.11282",
        says="Widths by scales over frozen weights are better than equal shares by norm, before "
        "retraining.",
        method=by(scaled(1.0)),
        other=by(trained_then_cut(1.0)),
        share=1 / 4,
    ),
    Claim(
        name="rows-blocks-beat-one-size",
        paper="arXiv 1911.08020",
        says="At 16x, block sizes by a row's density lose less than one block size.",
        method=by(blocks(sizes_by_row, 2, 1.0)),
        other=by(blocks(one_size, 2, 1.0)),
        share=1 / 16,
    ),
    Claim(
        name="blocks-lose-little-to-free-weights",
        paper="arXiv 1911.08020",
        says="At 16x, they stay within half a point of the largest weights wherever these are.",
        method=by(blocks(sizes_by_row, 2, 1.0)),
        other=by(weights(magnitude, 3.0)),
        share=1 / 16,
        margin=-0.5,
    ),
    Claim(
        name="circulant-loses-little",
        paper="arXiv 1804.11239",
        says="A tenth of the numbers, in circulant blocks, stay within a point of the parent.",
        method=by(tied(0, 4.0)),
        other=dense,
        share=1 / 10,
        margin=-1.0,
    ),
    Claim(
        name="circulant-by-admm",
        paper="arXiv 1802.06402",
        says="Reached by ADMM, circulant blocks lose less than tied at once; the same visits.",
        method=by(tied(3, 1.0)),
        other=by(tied(0, 4.0)),
        share=1 / 10,
    ),
]
