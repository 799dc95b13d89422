"""The detector's network: one small trunk looks at each view, the strongest view decides.

Scaling of pixels and millimetres is part of the network, so an exported file needs nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from classifier.training.calibrate import Calibration
from classifier.training.config import NetworkConfig

STEM_PX = 4  # side of the patches that the first layer looks at, one by one
MIRRORS: tuple[tuple[int, ...], ...] = ((), (3,), (4,), (3, 4))
"""Axes of (B, V, C, H, W) views along which they are turned round before each look."""
POOLINGS: Mapping[str, tuple[Callable[[Tensor], Tensor], int]] = {
    "max": (lambda x: x.amax(dim=1), 1),
    "ordered": (lambda x: x.flatten(1), 3),
}
"""Name -> what makes one vector of (B, V, 2F), and how many times 2F it is long."""
SIDES_OF_PLANES = ((0, 1), (0, 2), (1, 2))
"""The axes of the planes xy, xz and yz."""
LEAST_LOG_SHARE = -3.0  # a side of a twentieth of the longest and a shorter one are told alike
TYPICAL_MM = (180.0, 90.0, 45.0)
"""Sides of a middling object in its principal pose; where the network's scale has its zero."""


class MultiView(nn.Module):
    """Label an object from V views and its size.

    A part may look like a weapon from one side only: a maximum over views keeps that side, a mean
    hides it. Source: Su et al., ICCV 2015, arXiv 1505.00880; the size as late evidence is ours.
    """

    def __init__(self, classes: int, config: NetworkConfig | None = None, kinds: int = 2) -> None:
        super().__init__()
        shape = config or NetworkConfig()
        steps: list[nn.Module] = []
        before = kinds + 2  # each picture carries its two sides as constants
        for channels in shape.channels:
            # patches first: a quarter of the side at once costs little and loses less
            side, stride, padding = (3, 2, 1) if steps else (STEM_PX, STEM_PX, 0)
            steps += [
                nn.Conv2d(before, channels, side, stride=stride, padding=padding, bias=False),
                nn.BatchNorm2d(channels),
                nn.ReLU(inplace=True),
            ]
            before = channels
        self.trunk = nn.Sequential(*steps)
        self.pool, looks = POOLINGS[shape.pooling]
        self.neck = nn.Sequential(
            nn.Linear(looks * 2 * before + len(TYPICAL_MM), shape.hidden), nn.ReLU(inplace=True)
        )
        self.head = nn.Sequential(nn.Dropout(shape.dropout), nn.Linear(shape.hidden, classes))
        self.typical_log_mm = nn.Buffer(torch.tensor(TYPICAL_MM).log())
        self.sides_of_planes = nn.Buffer(torch.tensor(SIDES_OF_PLANES))

    def forward(self, views: Tensor, extent_mm: Tensor) -> Tensor:
        """(B, V, C, H, W) uint8 views and (B, 3) mm -> (B, classes) logits."""
        return self.classify(self.embed(views, extent_mm))

    def classify(self, features: Tensor) -> Tensor:
        """(B, E) features -> (B, classes) logits."""
        return self.head(features)  # type: ignore[no-any-return]

    def embed(self, views: Tensor, extent_mm: Tensor) -> Tensor:
        """(B, V, C, H, W) uint8 views and (B, 3) mm -> (B, E) features, of any length.

        In training one look; in judging the mean over MIRRORS, for the signs of principal axes say
        little, and an answer should not depend on them.
        """
        if self.training:
            return self._look(views, extent_mm)
        looks = [self._look(views.flip(axes) if axes else views, extent_mm) for axes in MIRRORS]
        return torch.stack(looks).mean(dim=0)

    def _look(self, views: Tensor, extent_mm: Tensor) -> Tensor:
        _, v, c, h, w = views.shape
        log_mm = torch.log(extent_mm.clamp(min=0.1))  # (B, 3)
        shares = (log_mm - log_mm.amax(dim=1, keepdim=True)).clamp(min=LEAST_LOG_SHARE) / 2
        # pictures are stretched to squares: each is told the shares of its own two sides
        sides = shares[:, self.sides_of_planes].reshape(-1, 2, 1, 1).expand(-1, -1, h, w)
        pictures = views.reshape(-1, c, h, w).float() / 255.0
        x = self.trunk(torch.cat([pictures, sides], dim=1))  # (B*V, F, h, w)
        x = torch.cat([x.mean(dim=(2, 3)), x.amax(dim=(2, 3))], dim=1)  # (B*V, 2F)
        x = self.pool(x.reshape(-1, v, x.shape[1]))  # (B, 2F), or (B, V*2F)
        return self.neck(torch.cat([x, log_mm - self.typical_log_mm], dim=1))  # type: ignore[no-any-return]


class Calibrated(nn.Module):
    """A trained network as it is shipped: probabilities whose sums mean what they say, and where
    among its examples it puts an object.

    weapon_shaped: (classes,) bool. Whether a shape is weapon-shaped at all is one calibrated
    question, which label it has within that answer another.
    """

    def __init__(self, network: MultiView, calibration: Calibration, weapon_shaped: Tensor) -> None:
        super().__init__()
        self.network = network
        self.calibration = calibration
        # -inf takes a label out of a softmax: the labels of the other group
        inf = torch.tensor(float("inf"))
        self.weapon_only = nn.Buffer(torch.where(weapon_shaped, 0.0, -inf))
        self.everyday_only = nn.Buffer(torch.where(weapon_shaped, -inf, 0.0))

    def forward(self, views: Tensor, extent_mm: Tensor) -> tuple[Tensor, Tensor]:
        """(B, V, C, H, W) uint8 views and (B, 3) mm -> (B, classes) probabilities and (B, E)
        embedding of length 1.
        """
        features = self.network.embed(views, extent_mm)
        embedding = functional.normalize(features, dim=1)
        return self._probabilities(self.network.classify(features)), embedding

    def _probabilities(self, logits: Tensor) -> Tensor:
        weapon, everyday = logits + self.weapon_only, logits + self.everyday_only
        odds = weapon.logsumexp(dim=1, keepdim=True) - everyday.logsumexp(dim=1, keepdim=True)
        temperature, slope, offset = self.calibration
        is_weapon = torch.sigmoid(slope * odds + offset)  # (B, 1)
        within_weapon = torch.softmax(weapon / temperature, dim=1)
        within_everyday = torch.softmax(everyday / temperature, dim=1)
        return is_weapon * within_weapon + (1.0 - is_weapon) * within_everyday
