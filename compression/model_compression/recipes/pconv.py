"""PCONV: each 3 x 3 kernel keeps four entries in one of a few shapes, each filter as many kernels.

Source: Ma et al., 2020, arXiv 1909.05073. Both sets are met by ADMM, with a dual each, then hard
projection and retraining. The shapes are the four T of the paper's argument about vision, or the
commonest of the dense network's own kernels. Other kernels, and linear layers, have connectivity
only; a first convolution keeps all its kernels. How layers share the weights is ours (LAMP score).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from torch import nn

from model_compression.framework.admm import Constraint
from model_compression.framework.balanced import (
    ENTRIES,
    T_SHAPES,
    TAPS,
    Connected,
    Patterned,
    commonest,
    largest_factor,
)
from model_compression.framework.granularity import WEIGHT
from model_compression.framework.layers import Layer, layers_of
from model_compression.framework.recipe import Goal, Recipe
from model_compression.framework.splits import Ranked, lamp
from model_compression.framework.stage import Stage
from model_compression.framework.targets import Target
from model_compression.framework.units import Inputs
from model_compression.recipes.settings import finish, stations, towards


@dataclass(frozen=True, slots=True)
class PatternsAndConnectivity:
    """At most *kept* weights. shapes: how many of the network's own patterns; 0: the four T."""

    kept: int
    shapes: int = 0

    def __call__(self, network: nn.Module, inputs: Inputs) -> list[Constraint]:
        """Patterns first, so that kernels are compared by what they will be."""
        layers = layers_of(network)
        small = {name: one for name, one in layers.items() if _patterned(one)}
        own = commonest([one.weight for one in small.values()], self.shapes)
        patterns = [Constraint(name, Patterned(own or T_SHAPES)) for name in small]
        kernels = self._kernels(network, layers)
        return [*patterns, *(Constraint(name, Connected(k)) for name, k in kernels.items())]

    def describe(self) -> str:
        """Patterns and limit."""
        shapes = f"the {self.shapes} commonest" if self.shapes else "four T-shaped"
        return f"{shapes} patterns and as many kernels in each filter, {self.kept:,} weights"

    def _kernels(self, network: nn.Module, layers: Mapping[str, Layer]) -> dict[str, int]:
        """Layer -> kernels a filter, by one factor over the layers' budgets."""
        budget = Ranked(self.kept, lamp, "LAMP score")(network, WEIGHT)
        first = next(iter(layers))

        def counts(factor: float) -> dict[str, int]:
            found = {}
            for name, layer in layers.items():
                filters, channels = layer.weight.shape[:2]
                exempt = name == first and isinstance(layer, nn.Conv2d)
                count = round(factor * budget[name] / (filters * _entries(layer)))
                found[name] = channels if exempt else min(channels, max(1, count))
            return found

        def size(factor: float) -> float:
            kept = counts(factor)
            return sum(len(one.weight) * kept[n] * _entries(one) for n, one in layers.items())

        return counts(largest_factor(size, self.kept, "patterns and connectivity"))


def _patterned(layer: Layer) -> bool:
    return isinstance(layer, nn.Conv2d) and layer.kernel_size == (3, 3)


def _entries(layer: Layer) -> int:
    """Weights that a kept kernel has."""
    taps = layer.weight[0, 0].numel()
    return ENTRIES if _patterned(layer) and taps == TAPS else taps


def _stages(shapes: int) -> Callable[[Goal], Sequence[Stage]]:
    def stages(goal: Goal) -> list[Stage]:
        goal.check_floor()
        found: list[Stage] = []
        for kept in stations(goal.weights, goal.kept):
            plan = PatternsAndConnectivity(kept, shapes)
            found += towards(plan, kept / goal.weights, rounds=6)
        return [*found, finish(goal.kept / goal.weights, epochs=30.0)]

    return stages


DEPARTS = (
    "Shares of layers by LAMP score; connectivity alone where kernels are not 3 x 3; several steps "
    "at high rates. The generated code for phones is not ours to make: patterns are in the ledger."
)
PCONV = [
    Recipe(
        name=name,
        title=f"Kernels of {title}, and as many kernels in each filter",
        paper="Ma et al., 2020, arXiv 1909.05073",
        stages=_stages(shapes),
        target=Target(share=1 / 8),
        groups="pattern",
        weights_alone=True,
        departs=DEPARTS,
    )
    for name, title, shapes in (
        ("pconv", "four T-shaped patterns", 0),
        ("pconv-own", "the network's eight commonest patterns", 8),
    )
]
