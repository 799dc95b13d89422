"""What decides a training run; needs nothing, so that `train --help` is quick."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """draws_per_model: examples of each parametric model. steps: of the network that ships.
    fold_steps: of each of the *folds* networks that judge models they have not seen.
    """

    seed: int = 1
    draws_per_model: int = 120
    steps: int = 2400
    fold_steps: int = 400
    folds: int = 3
