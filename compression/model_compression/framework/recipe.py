"""A published way to make a network smaller, as data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from torch import nn

from model_compression.framework.granularity import WEIGHT
from model_compression.framework.layers import layers_of
from model_compression.framework.splits import check_sum
from model_compression.framework.stage import Stage
from model_compression.framework.targets import Target


@dataclass(frozen=True, slots=True)
class Goal:
    """What a recipe is asked for. network: the dense one, for its shapes; nothing may change it.
    task: its name, for which a recipe may know measured settings. epochs: what may be spent on
    training in all; the recipe's own choice when None.
    """

    network: nn.Module
    task: str
    target: Target
    epochs: float | None = None

    @property
    def weights(self) -> int:
        """How many weights the dense network has, biases and norms not counted."""
        return sum(layer.weight.numel() for layer in layers_of(self.network).values())

    @property
    def kept(self) -> int:
        """How many of them shall stay. Raises CompressionError when the target does not say."""
        return self.target.weights(self.weights)

    def check_floor(self, answers: int = 1) -> None:
        """Raises CompressionError when fewer weights shall stay than one a layer, and *answers* in
        the last.
        """
        names = list(layers_of(self.network))
        floor = dict.fromkeys(names, 1) | {names[-1]: answers}
        check_sum(self.kept, floor, {names[0]: self.weights}, WEIGHT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One row of the registry. paper: authors, year, arXiv id. stages: made for a goal. target: the
    one it has when none is asked for. groups: what is removed as one ("weight", "filter and
    column", "" when nothing is). weights_alone: whether a share of multiplications is refused.
    departs: where we differ from the paper, in a sentence or two.
    """

    name: str
    title: str
    paper: str
    stages: Callable[[Goal], Sequence[Stage]]
    target: Target
    groups: str = ""
    weights_alone: bool = False
    departs: str = ""

    def planned(self, goal: Goal) -> list[Stage]:
        """The stages for *goal*, all trainings stretched by one factor to meet its epochs."""
        stages = list(self.stages(goal))
        own = sum(stage.epochs for stage in stages)
        factor = goal.epochs / own if goal.epochs and own else 1.0
        return [stage.scaled(factor) for stage in stages]
