"""The small CNN of C3PO's sister set: 28x28 pictures, ten labels, 98.16 % on a random split.

As published: one 28x28 picture in, convolutions with pooling, a dense head; every picture alone.
Guessed: the widths, which are those of the usual network for pictures of that size (LeCun et al.,
Proc. IEEE 1998, with ReLU, maximum pooling and dropout as everyone has used since).
"""

from __future__ import annotations

from torch import nn

from classifier.benchmark.prints import Contender
from classifier.contenders.planes import PlaneContender

CHANNELS = (16, 32)
HIDDEN = 128
DROPOUT = 0.25


def contender() -> Contender:
    """Untrained."""
    return PlaneContender("small CNN", small_cnn)


def small_cnn(labels: int, size_px: int) -> nn.Module:
    """(B, 1, S, S) -> (B, labels) logits."""
    first, second = CHANNELS
    return nn.Sequential(
        nn.Conv2d(1, first, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),  # (B, 16, S/2, S/2)
        nn.Conv2d(first, second, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),  # (B, 32, S/4, S/4)
        nn.Flatten(),
        nn.Linear(second * (size_px // 4) ** 2, HIDDEN),
        nn.ReLU(inplace=True),
        nn.Dropout(DROPOUT),
        nn.Linear(HIDDEN, labels),
    )
