"""How fast a network learns at each step, and one step of learning."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

STEEPEST = 2.0  # norm that a step's gradient is cut back to


@dataclass(frozen=True, slots=True)
class Schedule:
    """steps of *batch* examples; the rate rises over the first tenth, then falls as a cosine."""

    steps: int
    batch: int = 64
    rate: float = 4e-3
    weight_decay: float = 0.02
    smoothing: float = 0.05

    def rate_at(self, step: int) -> float:
        """The learning rate of *step*, counted from 0."""
        warm = max(self.steps // 10, 1)
        if step < warm:
            return self.rate * (step + 1) / warm
        return self.rate * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(self.steps - warm, 1)))


def descend(
    network: nn.Module, optimizer: torch.optim.Optimizer, loss: Tensor, rate: float
) -> None:
    """One step down *loss* at learning rate *rate*, however steep."""
    for group in optimizer.param_groups:
        group["lr"] = rate
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(network.parameters(), STEEPEST)
    optimizer.step()
