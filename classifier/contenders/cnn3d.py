"""A 3D CNN over the frames of one plane as a K x S x S block.

A third party's way with C3PO's sequences. As published: three-dimensional convolutions over the
stack of frames. Guessed: depth and widths. It needs all frames: while a print grows, those to come
are filled with the last one seen, as if printing had stopped there (ours; nothing is published).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from classifier.benchmark.prints import Contender
from classifier.contenders.planes import Look, PlaneContender, stacks

CHANNELS = (8, 16, 32)
POOLED = (2, 3, 3)
HIDDEN = 64
DROPOUT = 0.25


class Cnn3d(nn.Module):
    """(B, K, S, S) frames of one plane -> (B, labels) logits."""

    def __init__(self, labels: int, _size_px: int) -> None:
        super().__init__()
        first, second, third = CHANNELS
        depth, height, width = POOLED
        self.body = nn.Sequential(
            nn.Conv3d(1, first, 3, stride=(1, 2, 2), padding=1),
            nn.ReLU(inplace=True),  # (B, 8, K, S/2, S/2)
            nn.Conv3d(first, second, 3, stride=2, padding=1),
            nn.ReLU(inplace=True),  # (B, 16, K/2, S/4, S/4)
            nn.Conv3d(second, third, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.AdaptiveMaxPool3d(POOLED),
            nn.Flatten(),
            nn.Linear(third * depth * height * width, HIDDEN),
            nn.ReLU(inplace=True),
            nn.Dropout(DROPOUT),
            nn.Linear(HIDDEN, labels),
        )

    def forward(self, frames: Tensor) -> Tensor:
        """(B, labels) logits."""
        logits: Tensor = self.body(frames[:, None])
        return logits


def contender() -> Contender:
    """Untrained."""
    return PlaneContender("3D CNN", Cnn3d, Look(stacks, stopped_early), rate=2e-3)


def stopped_early(network: nn.Module, frames: Tensor) -> Tensor:
    """(B, K, labels) logits for stacks whose later frames repeat the k-th."""
    b, k, _, _ = frames.shape
    steps = torch.arange(k)
    seen = torch.minimum(steps[:, None], steps)  # (K, K): row k shows 0..k, then k again
    logits: Tensor = network(frames[:, seen].flatten(0, 1))
    return logits.reshape(b, k, -1)
