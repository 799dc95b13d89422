"""What a group is worth before anything is trained: the higher, the longer it stays.

A criterion scores single weights; a group's score is the sum over it (`Granularity.scores`). One
that needs data draws it from the lab's training split.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from classifier.training.batches import generator_of
from model_compression.framework.layers import layers_of
from model_compression.framework.stage import Lab, Subject

Criterion = Callable[[Subject, Lab], Mapping[str, Tensor]]
"""Layer -> scores of its weight's shape."""


def magnitude(subject: Subject, lab: Lab) -> dict[str, Tensor]:
    """w^2, so that a group's score is its squared norm. Source: Han et al., 2015, 1506.02626."""
    layers = layers_of(subject.network)
    return {name: layer.weight.detach().square() for name, layer in layers.items()}


def at_random(subject: Subject, lab: Lab) -> dict[str, Tensor]:
    """Chance: what every criterion must beat."""
    random = generator_of(lab.seed, 0, "choose")
    return {
        name: torch.rand(layer.weight.shape, generator=random).to(layer.weight.device)
        for name, layer in layers_of(subject.network).items()
    }
