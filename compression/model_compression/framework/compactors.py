"""Compactors: matrices behind layers that learn which of their rows to forget.

All rows of a compactor are pulled to 0; those that are marked get no gradient of the task any more
("gradient resetting"), so they vanish without fighting it. How many are marked rises until the rest
fits. Source: Ding et al., 2020, arXiv 2007.03260.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from model_compression.framework.hooks import Hook, Moment
from model_compression.framework.mixing import Mixed
from model_compression.framework.schedules import cosine
from model_compression.framework.training import STEEPEST
from model_compression.framework.widths import Budget

RATE, MOMENTUM, PULL = 0.01, 0.9, 8.0
"""Of compactors, which step by SGD as in the paper; a row alone would vanish in 1/PULL of a run."""
CHOICES, BY_HALF = 40, 20
"""How often the rows to forget are chosen anew, and by which choice all may be marked."""


class Forgetting(Hook):
    """Owns the compactors' steps. compactors: unit -> its own. budget: what may be left."""

    def __init__(self, compactors: Mapping[str, Mixed], budget: Budget) -> None:
        self.compactors, self.budget = compactors, budget
        self.speed = {root: torch.zeros_like(one.matrix) for root, one in compactors.items()}
        self.stays = {r: torch.ones(len(one.matrix)) > 0 for r, one in compactors.items()}
        self.chosen = 0
        for one in compactors.values():
            one.matrix.requires_grad_(False)  # not the loop's to step

    def begin(self, network: nn.Module) -> None:
        """From here on they want gradients."""
        for one in self.compactors.values():
            one.matrix.requires_grad_(True)

    def after_backward(self, moment: Moment) -> None:
        """Step each compactor: marked rows by the pull alone, the others by the task as well."""
        rate = RATE * cosine(moment.progress)
        pull = PULL * (1 - MOMENTUM) / (moment.steps * RATE / 2)
        matrices = [one.matrix for one in self.compactors.values()]
        nn.utils.clip_grad_norm_(matrices, STEEPEST)  # as the loop does with what it steps
        with torch.no_grad():
            for root, one in self.compactors.items():
                asked = one.matrix.grad if one.matrix.grad is not None else 0 * one.matrix
                one.matrix.grad = None  # or it would count when the loop cuts gradients back
                step = gradient(one.matrix, asked, self.stays[root].to(asked.device), pull)
                self.speed[root] = MOMENTUM * self.speed[root].to(step) + step
                one.matrix.sub_(rate * self.speed[root])

    def after_step(self, moment: Moment) -> None:
        """Choose anew when it is due."""
        if (moment.step + 1) * CHOICES // moment.steps > self.chosen:
            self.chosen = (moment.step + 1) * CHOICES // moment.steps
            rows = sum(len(one.matrix) for one in self.compactors.values())
            self.choose(round(rows * min(1.0, self.chosen / BY_HALF)))

    def choose(self, closed: int) -> None:
        """Mark the weakest rows of all layers, *closed* at most; others are released."""
        self.stays = self.budget.best(self.norms(), closed=closed)

    def norms(self) -> dict[str, Tensor]:
        """Unit -> (rows,), what is left of each."""
        return {r: one.matrix.detach().norm(dim=1).cpu() for r, one in self.compactors.items()}


def gradient(matrix: Tensor, asked: Tensor, stays: Tensor, pull: float) -> Tensor:
    """What a compactor steps along: *asked* by the task where a row stays; the pull everywhere."""
    lasso: Tensor = matrix / matrix.norm(dim=1, keepdim=True).clamp(min=1e-12)
    return asked * stays[:, None] + pull * lasso
