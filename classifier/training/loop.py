"""One plain training loop."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from classifier.training.augment import augmented
from classifier.training.calibrate import WEAPON_SHAPED
from classifier.training.data import Examples
from classifier.models.multiview import MultiView
from dataset_builder.sources.labels import LABELS

STEEPEST = 2.0  # norm that a step's gradient is cut back to
OnStep = Callable[[int, float], None]


@dataclass(frozen=True, slots=True)
class Schedule:
    """steps of *batch* examples; the rate rises over the first tenth, then falls as a cosine."""

    steps: int
    batch: int = 96
    rate: float = 4e-3
    weight_decay: float = 0.02
    smoothing: float = 0.05

    def rate_at(self, step: int) -> float:
        """The learning rate of *step*, counted from 0."""
        warm = max(self.steps // 10, 1)
        if step < warm:
            return self.rate * (step + 1) / warm
        return self.rate * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(self.steps - warm, 1)))


_WEAPON = torch.from_numpy(WEAPON_SHAPED)


def fit(
    examples: Examples, schedule: Schedule, *, seed: int, on_step: OnStep = lambda *_: None
) -> MultiView:
    """Train a fresh network; the same seed and examples give the same network on one machine.

    on_step: is told each step and its loss.
    """
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    network = MultiView(len(LABELS)).train()
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=schedule.weight_decay)
    tensors = (
        torch.from_numpy(examples.views),
        torch.from_numpy(examples.extent_mm),
        torch.from_numpy(examples.label),
    )
    for step in range(schedule.steps):
        chosen = torch.randint(0, len(examples), (schedule.batch,), generator=generator)
        views, extent_mm, label = (tensor[chosen] for tensor in tensors)
        logits = network(*augmented(views, extent_mm, generator))
        loss = loss_of(logits, label, schedule.smoothing)
        descend(network, optimizer, loss, schedule.rate_at(step))
        on_step(step, loss.item())
    return network.eval()


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


def loss_of(logits: Tensor, label: Tensor, smoothing: float = 0.0) -> Tensor:
    """Which label it is, and once more whether that is a weapon-shaped one: that mistake costs."""
    right_label = functional.cross_entropy(logits, label, label_smoothing=smoothing)
    odds = weapon_logit(logits)
    target = _WEAPON[label].float() * (1 - 2 * smoothing) + smoothing
    return right_label + functional.binary_cross_entropy_with_logits(odds, target)


def weapon_logit(logits: Tensor) -> Tensor:
    """(B, labels) -> (B,) log odds of any weapon-shaped label."""
    weapon = logits[:, _WEAPON].logsumexp(dim=1)
    return weapon - logits[:, ~_WEAPON].logsumexp(dim=1)


def logits_of(network: nn.Module, examples: Examples) -> NDArray[np.float32]:
    """(N, labels) without augmentation."""
    return _in_batches(network, examples)


def embeddings_of(network: MultiView, examples: Examples) -> NDArray[np.float32]:
    """(N, E) of length 1, without augmentation."""
    return _in_batches(
        lambda views, extent_mm: functional.normalize(network.embed(views, extent_mm), dim=1),
        examples,
    )


def _in_batches(
    function: Callable[[Tensor, Tensor], Tensor], examples: Examples, batch: int = 512
) -> NDArray[np.float32]:
    rows = []
    with torch.inference_mode():
        for start in range(0, len(examples), batch):
            views = torch.from_numpy(examples.views[start : start + batch])
            extent_mm = torch.from_numpy(examples.extent_mm[start : start + batch])
            rows.append(function(views, extent_mm).numpy())
    return np.concatenate(rows)
