"""Fit one of the designs to growing prints; the same seed gives the same network on one machine."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from classifier.early.growing import Prints
from classifier.early.networks import DESIGNS
from classifier.early.plan import EarlyPlan
from classifier.runtime.early import NOT_KNOWN
from dataset_builder.sources.labels import LABELS

if TYPE_CHECKING:
    from numpy.typing import NDArray

STEEPEST = 2.0  # norm that a step's gradient is cut back to
WEIGHT_DECAY = 0.02
SIZE_SPREAD = 0.25  # of the logarithm: shapes are printed larger and smaller than modelled
UNKNOWN_SHARE = 0.5  # of examples in which the final height is not told
WARM_SHARE = 0.05  # of the steps over which the rate rises
OnStep = Callable[[int, float], None]

WEAPON = torch.tensor([label.weapon_shaped for label in LABELS])


def fit(prints: Prints, plan: EarlyPlan, on_step: OnStep = lambda *_: None) -> nn.Module:
    """Train a fresh network of *plan.design*; on_step is told each step and its loss."""
    torch.manual_seed(plan.seed)
    generator = torch.Generator().manual_seed(plan.seed)
    network = DESIGNS[plan.design](len(LABELS)).train()
    # a fifth faster on a CPU; torch's own stubs do not know it
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=WEIGHT_DECAY)
    weights = _evened(torch.from_numpy(prints.label))
    for step in range(plan.steps):
        for group in optimizer.param_groups:
            group["lr"] = plan.rate * _share_of_rate(step, plan.steps)
        chosen = torch.multinomial(weights, plan.batch, replacement=True, generator=generator)
        some = torch.randperm(prints.printed.shape[1], generator=generator)[: plan.looks_a_step]
        inputs = augmented(*_looks(prints, chosen, some.sort().values), generator)
        label = torch.from_numpy(prints.label)[chosen]
        loss = loss_of(network(*inputs), label)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), STEEPEST)
        optimizer.step()
        on_step(step, loss.item())
    return network.eval()


def loss_of(logits: Tensor, label: Tensor) -> Tensor:
    """Mean over all looks: which label it is, and once more whether that is weapon-shaped.

    A proper scoring rule at every height, so that a network that cannot know yet says so.
    """
    flat, wanted = logits.flatten(0, 1), label.repeat_interleave(logits.shape[1])
    right_label = functional.cross_entropy(flat, wanted)
    return right_label + functional.binary_cross_entropy_with_logits(
        weapon_logit(flat), WEAPON[wanted].float()
    )


def weapon_logit(logits: Tensor) -> Tensor:
    """(..., labels) -> (...) log odds of any weapon-shaped label."""
    return logits[..., WEAPON].logsumexp(dim=-1) - logits[..., ~WEAPON].logsumexp(dim=-1)


def augmented(
    pictures: Tensor, size_mm: Tensor, printed: Tensor, generator: torch.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """One of eight ways to lie on the bed, another size, and the final height known or not.

    pictures: (B, K, 7, S, S), rows along +y or +z, columns along +x or +y.
    """
    flip_x, flip_y, swap = (torch.rand(3, generator=generator) < 0.5).tolist()
    top, front, side, latest = (
        pictures[:, :, list(channels)] for channels in ((0, 1), (2, 3), (4, 5), (6,))
    )
    if flip_x:
        top, front, latest = top.flip(-1), front.flip(-1), latest.flip(-1)
    if flip_y:
        top, side, latest = top.flip(-2), side.flip(-1), latest.flip(-2)
    if swap:
        top, latest, front, side = top.mT, latest.mT, side, front
        size_mm = size_mm[..., [1, 0, 2]]
    scale = torch.exp(SIZE_SPREAD * torch.randn(len(pictures), 1, 1, generator=generator))
    told = torch.rand(len(pictures), 1, generator=generator) >= UNKNOWN_SHARE
    return (
        torch.cat([top, front, side, latest], dim=2),
        size_mm * scale,
        torch.where(told, printed, torch.full_like(printed, NOT_KNOWN)),
    )


def probabilities_of(
    network: nn.Module, prints: Prints, *, told: bool = False, batch: int = 64
) -> NDArray[np.float32]:
    """(N, K, labels) without augmentation; told: the final height is known."""
    rows = []
    with torch.inference_mode():
        for start in range(0, len(prints), batch):
            pictures, size_mm, printed = _looks(
                prints, torch.arange(start, min(start + batch, len(prints)))
            )
            if not told:
                printed = torch.full_like(printed, NOT_KNOWN)
            rows.append(network(pictures, size_mm, printed).softmax(dim=-1))
    return torch.cat(rows).numpy()


def _looks(
    prints: Prints, chosen: Tensor, looks: Tensor | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """The chosen prints at some of their looks, or at all."""
    every = np.arange(prints.printed.shape[1]) if looks is None else looks.numpy()
    index = np.ix_(chosen.numpy(), every)
    return (
        torch.from_numpy(prints.pictures[index]),
        torch.from_numpy(prints.size_mm[index]),
        torch.from_numpy(prints.printed[index]),
    )


def _evened(label: Tensor) -> Tensor:
    """Chances of prints: labels come half way between equally often and as often as they are."""
    count = torch.bincount(label, minlength=len(LABELS)).float()
    return count[label] ** -0.5


def _share_of_rate(step: int, steps: int) -> float:
    warm = max(int(steps * WARM_SHARE), 1)
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(steps - warm, 1)))
