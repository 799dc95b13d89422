"""Block-circulant layers: blocks of b x b weights told by b numbers, trained so or reached by ADMM.

Source: Wang et al., 2018, arXiv 1804.11239 (FPGA and ASIC), Ding et al., 2018, arXiv 1802.06402
(training, convolutions). The weights start as the circulant ones nearest to the dense parent's;
gradients are averaged over what is tied. Blocks are as small as the target allows. How such layers
run by FFT, in whole numbers and on modelled hardware is in the package `circulant`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import torch
from torch import nn

from model_compression.framework.admm import Constraint
from model_compression.framework.circulant import Circulant, blocks_of
from model_compression.framework.layers import layers_of
from model_compression.framework.marks import Marks
from model_compression.framework.pruning import AdmmPrune
from model_compression.framework.recipe import Goal, Recipe
from model_compression.framework.stage import Lab, Stage, Subject, Untrained
from model_compression.framework.targets import Target
from model_compression.framework.units import Inputs
from model_compression.recipes.settings import FIRM, RATE, TAUGHT, finish


@dataclass(frozen=True, slots=True)
class Blocks:
    """A plan: every layer's blocks circulant."""

    sides: Mapping[str, int]

    def __call__(self, network: nn.Module, inputs: Inputs) -> list[Constraint]:
        """One constraint a layer."""
        return [Constraint(name, Circulant(side)) for name, side in self.sides.items()]

    def describe(self) -> str:
        """Sides."""
        return "circulant blocks of " + ", ".join(f"{n} {side}" for n, side in self.sides.items())


@dataclass(frozen=True, slots=True)
class Tie(Untrained):
    """Put weights on the nearest circulant blocks; from here on they stay tied."""

    blocks: Blocks

    def describe(self) -> str:
        """Sides."""
        return f"tie weights to {self.blocks.describe()}"

    def run(self, subject: Subject, lab: Lab) -> Subject:
        """The network with circulant blocks."""
        layers, before = layers_of(subject.network), lab.validated(subject.network)
        with torch.no_grad():
            for name, side in self.blocks.sides.items():
                layers[name].weight.copy_(Circulant(side)(layers[name].weight))
        validation = lab.validated(subject.network)
        lab.journal.note("tied", validation_before=before, validation=validation)
        return Subject(subject.network, Marks(tied=self.blocks.sides))


def _stages(rounds: int, goal: Goal) -> list[Stage]:
    blocks = Blocks(blocks_of(goal.network, goal.kept))
    admm = AdmmPrune(plan=blocks, rounds=rounds, rate=RATE, penalty=FIRM, aids=TAUGHT)
    towards: list[Stage] = [admm] if rounds else []
    return [*towards, Tie(blocks), finish(goal.kept / goal.weights, epochs=30.0)]


CIRCULANT, CIRCULANT_ADMM = (
    Recipe(
        name=name,
        title=title,
        paper="Wang et al., 2018, arXiv 1804.11239; Ding et al., 2018, arXiv 1802.06402",
        stages=partial(_stages, rounds),
        target=Target(share=1 / 10),
        groups="circulant block",
        departs="Starts from the dense parent; blocks of any layer are cut to its shorter side.",
    )
    for name, title, rounds in (
        ("circulant", "Circulant blocks, projected at once and trained", 0),
        ("circulant-admm", "Circulant blocks, reached by ADMM and trained", 8),
    )
)
