"""A CNN for each frame and an LSTM over the frames of one plane.

The way of C3PO's authors and of a third party for the sequence subset. As published: features of
each picture by a CNN, an LSTM over them, a dense head on its last state. Guessed: all widths.
While a print grows, the LSTM's state after each frame goes through the same head.
"""

from __future__ import annotations

from torch import Tensor, nn

from classifier.benchmark.prints import Contender
from classifier.contenders.planes import Look, PlaneContender, stacks

CHANNELS = (8, 16)
FEATURES = 64
STATE = 64


class CnnLstm(nn.Module):
    """(B, K, S, S) frames of one plane -> (B, labels) logits."""

    def __init__(self, labels: int, size_px: int) -> None:
        super().__init__()
        first, second = CHANNELS
        self.eye = nn.Sequential(
            nn.Conv2d(1, first, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),  # (B*K, 8, S/2, S/2)
            nn.Conv2d(first, second, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),  # (B*K, 16, S/4, S/4)
            nn.Flatten(),
            nn.Linear(second * (size_px // 4) ** 2, FEATURES),
            nn.ReLU(inplace=True),
        )
        self.memory = nn.LSTM(FEATURES, STATE, batch_first=True)
        self.head = nn.Linear(STATE, labels)

    def running(self, frames: Tensor) -> Tensor:
        """(B, K, labels) logits after each frame."""
        b, k, s, _ = frames.shape
        seen = self.eye(frames.reshape(b * k, 1, s, s)).reshape(b, k, -1)  # (B, K, F)
        states, _ = self.memory(seen)  # (B, K, H)
        logits: Tensor = self.head(states)
        return logits

    def forward(self, frames: Tensor) -> Tensor:
        """(B, labels) logits after the last frame."""
        return self.running(frames)[:, -1]


def contender() -> Contender:
    """Untrained."""
    return PlaneContender("CNN + LSTM", CnnLstm, Look(stacks, _states), rate=2e-3)


def _states(network: CnnLstm, frames: Tensor) -> Tensor:
    return network.running(frames)
