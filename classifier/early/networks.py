"""Networks that look at a growing print, all plain convolutions of one small trunk.

Each takes K looks at B prints and gives (B, K, labels) logits:

    cumulative   each look by itself, at everything that exists so far
    recurrent    the same looks, with a memory (GRU) from look to look
    slices       a memory over nothing but the newest slice of each look, C3PO's second scenario

Which one ships, and by how much the others lost, is in docs/early.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

WIDTHS = (12, 24, 40, 56)
HIDDEN = 48
SKETCH = 20  # channels of the sketch of a view, which has CELLS x CELLS cells
CELLS = 3  # four halvings of 48 pixels
MEMORY = 48
DROPOUT = 0.1
TYPICAL_MM = (100.0, 100.0, 40.0)
"""Sides of a middling print; where the network's scale has its zero."""
TOP, FRONT, SIDE, LATEST = (0, 1), (2, 3), (4, 5), (6, 1)
"""Channels that are looked at together; the newest slice beside the X-ray from above."""
SLICE_ONLY = (6, 6)


class Trunk(nn.Module):
    """(N, 2, 48, 48) shares -> (N, found): what was found anywhere, and a sketch of where.

    Pictures are centred and scaled, so where something is found says much; a pool alone forgets it.
    """

    def __init__(self) -> None:
        super().__init__()
        steps: list[nn.Module] = []
        before = 2
        for width in WIDTHS:
            steps += [
                nn.Conv2d(before, width, 3, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(width),
                nn.ReLU(inplace=True),
            ]
            before = width
        self.steps = nn.Sequential(*steps)
        self.sketch = nn.Sequential(nn.Conv2d(before, SKETCH, 1), nn.ReLU())

    def forward(self, x: Tensor) -> Tensor:
        """Pool over the picture."""
        x = self.steps(x)
        return torch.cat([x.amax(dim=(2, 3)), self.sketch(x).flatten(1)], dim=1)


class Looks(nn.Module):
    """(N, 7, S, S) pictures, (N, 3) mm and (N,) printed shares -> (N, HIDDEN).

    One trunk sees all views, in one batch: what normalises them is then the same in training and
    after. Front and side are two views of one kind, for which of them is which depends on how a
    print is turned on the bed: the stronger of the two is taken.
    """

    def __init__(self, views: tuple[tuple[int, int], ...] = (TOP, LATEST, FRONT, SIDE)) -> None:
        super().__init__()
        self.views = views
        self.trunk = Trunk()
        kinds = len(views) - (views[-2:] == (FRONT, SIDE))
        found = (WIDTHS[-1] + CELLS**2 * SKETCH) * kinds
        self.join = nn.Sequential(nn.Linear(found + 5, HIDDEN), nn.ReLU(), nn.Dropout(DROPOUT))
        self.typical_log_mm = nn.Buffer(torch.tensor(TYPICAL_MM).log())

    def forward(self, pictures: Tensor, size_mm: Tensor, printed: Tensor) -> Tensor:
        """What is seen in one look, each by itself."""
        x = torch.sqrt(pictures.float() / 255.0)
        views = torch.stack([x[:, list(view)] for view in self.views], dim=1)  # (N, V, 2, S, S)
        found = list(self.trunk(views.flatten(0, 1)).unflatten(0, (-1, len(self.views))).unbind(1))
        if self.views[-2:] == (FRONT, SIDE):
            found[-2:] = [torch.maximum(found[-2], found[-1])]
        known = (printed >= 0).float()
        size = torch.log(size_mm.clamp(min=0.05)) - self.typical_log_mm
        return self.join(  # type: ignore[no-any-return]
            torch.cat([*found, size, (printed * known)[:, None], known[:, None]], dim=1)
        )


class Cumulative(nn.Module):
    """No memory: a look is judged by what exists."""

    def __init__(self, labels: int) -> None:
        super().__init__()
        self.looks = Looks()
        self.head = nn.Linear(HIDDEN, labels)

    def forward(self, pictures: Tensor, size_mm: Tensor, printed: Tensor) -> Tensor:
        """(B, K, 7, S, S), (B, K, 3), (B, K) -> (B, K, labels)."""
        return self.head(_flat(self.looks, pictures, size_mm, printed))  # type: ignore[no-any-return]


class Recurrent(nn.Module):
    """A memory from look to look. slices: it is shown the newest slice of each and no sums."""

    def __init__(self, labels: int, *, slices: bool = False) -> None:
        super().__init__()
        self.looks = Looks((SLICE_ONLY,)) if slices else Looks()
        self.memory = nn.GRU(HIDDEN, MEMORY, batch_first=True)
        self.head = nn.Linear(MEMORY, labels)

    def forward(self, pictures: Tensor, size_mm: Tensor, printed: Tensor) -> Tensor:
        """(B, K, 7, S, S), (B, K, 3), (B, K) -> (B, K, labels)."""
        remembered, _ = self.memory(_flat(self.looks, pictures, size_mm, printed))
        return self.head(remembered)  # type: ignore[no-any-return]


def _flat(looks: Looks, pictures: Tensor, size_mm: Tensor, printed: Tensor) -> Tensor:
    b, k = pictures.shape[:2]
    seen = looks(pictures.flatten(0, 1), size_mm.flatten(0, 1), printed.flatten())
    return seen.reshape(b, k, -1)  # type: ignore[no-any-return]


DESIGNS: Mapping[str, Callable[[int], nn.Module]] = {
    "cumulative": Cumulative,
    "recurrent": Recurrent,
    "slices": lambda labels: Recurrent(labels, slices=True),
}
WITH_MEMORY = frozenset({"recurrent", "slices"})
"""Designs that must see the looks of a print one after another."""
