"""BinaryConnect: binary weights by a straight-through gradient, what quantization must beat."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from model_compression.framework.layers import layers_of
from model_compression.framework.levels import project
from model_compression.framework.marks import Marks
from model_compression.framework.recipe import Recipe
from model_compression.framework.stage import UNAIDED, Aids, Coursed, Lab, Subject
from model_compression.framework.straight_through import StraightThrough
from model_compression.framework.targets import Target
from model_compression.framework.training import Course
from model_compression.recipes.settings import TAUGHT


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainBinary(Coursed):
    """Train every layer's weights as two values, from the dense parent on."""

    course: Course
    aids: Aids = UNAIDED

    def describe(self) -> str:
        """Course."""
        return (
            f"binary weights in every layer by a straight-through gradient, "
            f"{self.course.epochs:g} epochs at rate {self.course.rate:g}"
        )

    def run(self, subject: Subject, lab: Lab) -> Subject:
        """The binary network and its levels."""
        lab.train(subject, self.course, self.aids, [StraightThrough()])
        levels = {}
        for name, layer in layers_of(subject.network).items():
            weight, levels[name] = project(layer.weight.detach(), "binary", 1, zero=False)
            with torch.no_grad():
                layer.weight.copy_(weight)
        lab.journal.note("binary", validation=lab.validated(subject.network))
        return Subject(subject.network, Marks(subject.marks.masks, levels))


BINARY_CONNECT = Recipe(
    name="binary-connect",
    title="Binary weights by a straight-through gradient",
    paper="Courbariaux et al., 2015, arXiv 1511.00363",
    stages=lambda goal: [TrainBinary(course=Course(epochs=12), aids=TAUGHT)],
    target=Target(bits=1),
    departs="Starts from the dense parent, and signs have a scale a layer.",
)
