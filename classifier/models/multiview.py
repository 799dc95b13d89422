"""The demo network: one small trunk looks at each view, the strongest view decides.

Scaling of pixels and millimetres is part of the network, so an exported file needs nothing else.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

CHANNELS = (16, 24, 32, 32, 48)
STRIDES = (2, 2, 2, 1, 2)
HIDDEN = 64
DROPOUT = 0.25
TYPICAL_MM = (180.0, 90.0, 45.0)
"""Sides of a middling object in its principal pose; where the network's scale has its zero."""


class MultiView(nn.Module):
    """Label an object from V views and its size.

    A part may look like a weapon from one side only: a maximum over views keeps that side, a mean
    hides it. Source: Su et al., ICCV 2015, arXiv 1505.00880; the size as late evidence is ours.
    """

    def __init__(self, classes: int, kinds: int = 2) -> None:
        super().__init__()
        steps: list[nn.Module] = []
        before = kinds
        for channels, stride in zip(CHANNELS, STRIDES, strict=True):
            steps += [
                nn.Conv2d(before, channels, 3, stride, padding=1, bias=False),
                nn.BatchNorm2d(channels),
                nn.ReLU(inplace=True),
            ]
            before = channels
        self.trunk = nn.Sequential(*steps)
        self.head = nn.Sequential(
            nn.Linear(2 * before + len(TYPICAL_MM), HIDDEN),
            nn.ReLU(inplace=True),
            nn.Dropout(DROPOUT),
            nn.Linear(HIDDEN, classes),
        )
        self.register_buffer("typical_log_mm", torch.tensor(TYPICAL_MM).log())

    def forward(self, views: Tensor, extent_mm: Tensor) -> Tensor:
        """(B, V, C, H, W) uint8 views and (B, 3) mm -> (B, classes) logits."""
        _, v, c, h, w = views.shape
        x = views.reshape(-1, c, h, w).float() / 255.0
        # most lines of sight cross a tenth of the object or less: a root spreads them out
        x = self.trunk(torch.sqrt(x))  # (B*V, F, H/16, W/16)
        x = torch.cat([x.mean(dim=(2, 3)), x.amax(dim=(2, 3))], dim=1)  # (B*V, 2F)
        x = x.reshape(-1, v, x.shape[1]).amax(dim=1)  # (B, 2F)
        size = torch.log(extent_mm.clamp(min=0.1)) - self.typical_log_mm  # (B, 3)
        return self.head(torch.cat([x, size], dim=1))  # type: ignore[no-any-return]


class Calibrated(nn.Module):
    """A trained network as it is shipped: probabilities, softened by one temperature.

    Source: Guo et al., ICML 2017, arXiv 1706.04599.
    """

    def __init__(self, network: nn.Module, temperature: float) -> None:
        super().__init__()
        self.network = network
        self.temperature = temperature

    def forward(self, views: Tensor, extent_mm: Tensor) -> Tensor:
        """(B, V, C, H, W) uint8 views and (B, 3) mm -> (B, classes) probabilities."""
        return torch.softmax(self.network(views, extent_mm) / self.temperature, dim=1)
