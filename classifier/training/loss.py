"""What a mistake costs."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from classifier.training.examples import WEAPON_SHAPED

_WEAPON = torch.from_numpy(WEAPON_SHAPED)


def loss_of(logits: Tensor, label: Tensor, smoothing: float = 0.0) -> Tensor:
    """Which label it is, and once more whether that is a weapon-shaped one: that mistake costs."""
    right_label = functional.cross_entropy(logits, label, label_smoothing=smoothing)
    shaped = _WEAPON.to(label.device)[label].float()
    target = shaped * (1 - 2 * smoothing) + smoothing
    return right_label + functional.binary_cross_entropy_with_logits(weapon_logit(logits), target)


def weapon_logit(logits: Tensor) -> Tensor:
    """(B, labels) -> (B,) log odds of any weapon-shaped label."""
    weapon = logits[:, _WEAPON].logsumexp(dim=1)
    return weapon - logits[:, ~_WEAPON].logsumexp(dim=1)
