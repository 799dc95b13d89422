"""D2 shape distributions and a CNN over them.

Source: Pham et al., Symmetry 2018, 10(4), 90, on Osada et al., ACM TOG 2002. As published: the
distances between random pairs of points on the surface make a histogram, and a CNN names it. Pham's
pairs lie on triangles; ours on the free sides of cells, as the solids come from G-code as often as
from meshes. Scaled by the mean distance (Osada's first choice). Guessed: bins and widths.

The histogram is the same in every pose, so what is learned is the object; pairs are drawn anew for
each example. A growing print is the turned solid up to a height, its flat top included.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from classifier.benchmark.prints import Contender, Prints
from classifier.contenders.cells import Cells, cells_of, cuts
from classifier.contenders.learning import in_batches, schedule_of, size_of, train, trained
from dataset_builder.sources.labels import LABEL_NAMES

PAIRS = 4096
BINS = 64
REACH = 3.0  # mean distances; the farthest pair of a long rod lies three away
DRAWS = 32  # histograms of each solid to learn from: as many as tell noise from shape
CHANNELS = (16, 32)
HIDDEN = 128
DROPOUT = 0.25


def d2(points_mm: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """(BINS,) float32, the density of distances between random pairs of *points_mm*, mean 1."""
    ends = rng.integers(0, len(points_mm), (2, PAIRS))
    away = np.linalg.norm(points_mm[ends[0]] - points_mm[ends[1]], axis=1)
    scaled = away * (BINS / REACH / max(float(away.mean()), 1e-9))
    counts = np.bincount(np.minimum(scaled, BINS - 1).astype(np.int64), minlength=BINS)
    return (counts * (BINS / PAIRS)).astype(np.float32)


def surface(cells: Cells) -> NDArray[np.float32]:
    """(Q, 3) the middle of every free side, near enough: each surface cell once a free side."""
    return np.repeat(cells.points_mm, cells.free, axis=0)


class ShapeDistribution:
    """A Contender that sees solids, never pictures: usable planes only say which prints count."""

    name = "D2 shape distribution"

    def __init__(self) -> None:
        self._network: nn.Module | None = None

    def fit(
        self,
        prints: Prints,
        usable: NDArray[np.bool_],
        *,
        seed: int,
        steps: int,
        on_step: Callable[[], None] = lambda: None,
    ) -> None:
        """Learn from DRAWS histograms of each solid, as often as it has prints."""
        chosen_prints = np.flatnonzero(usable.any(axis=1))
        solid = torch.from_numpy(prints.solid[chosen_prints])
        drawn = torch.from_numpy(_histograms(prints, DRAWS, seed))  # (M, DRAWS, BINS)

        def draw(chosen: Tensor, generator: torch.Generator) -> Tensor:
            which = torch.randint(0, DRAWS, chosen.shape, generator=generator)
            return drawn[solid[chosen], which]

        label = prints.label[chosen_prints]
        self._network = train(_network, draw, label, schedule_of(steps), seed=seed, on_step=on_step)

    def probabilities(self, prints: Prints, usable: NDArray[np.bool_]) -> NDArray[np.float64]:
        """(N, labels): the same for all prints of one solid."""
        network = trained(self._network)
        drawn = torch.from_numpy(_histograms(prints, 1, 0)[:, 0])
        said = in_batches(lambda part: network(drawn[part]), len(drawn))
        return said[prints.solid]

    def as_it_grows(self, prints: Prints) -> NDArray[np.float64]:
        """(N, K, labels) for what lies below each height."""
        network = trained(self._network)
        frames = prints.frames.shape[1]
        solids = {index: cells_of(prints.solids[index]) for index in set(prints.solid.tolist())}
        rng = np.random.default_rng(0)
        grown = np.stack(
            [
                _growing(solids[solid], rotation, frames, rng)
                for solid, rotation in zip(prints.solid.tolist(), prints.rotation, strict=True)
            ]
        )  # (N, K, BINS)
        seen = torch.from_numpy(grown.reshape(-1, BINS))
        said = in_batches(lambda part: network(seen[part]), len(seen))
        return said.reshape(len(prints), frames, -1)

    def parameters(self) -> int:
        """Weights and biases."""
        return size_of(self._network)


def contender() -> Contender:
    """Untrained."""
    return ShapeDistribution()


def _network() -> nn.Module:
    """(B, BINS) histograms -> (B, labels) logits."""
    first, second = CHANNELS
    return nn.Sequential(
        nn.Unflatten(1, (1, BINS)),
        nn.Conv1d(1, first, 5, padding=2),
        nn.ReLU(inplace=True),
        nn.MaxPool1d(2),
        nn.Conv1d(first, second, 5, padding=2),
        nn.ReLU(inplace=True),
        nn.MaxPool1d(2),  # (B, 32, BINS / 4)
        nn.Flatten(),
        nn.Linear(second * BINS // 4, HIDDEN),
        nn.ReLU(inplace=True),
        nn.Dropout(DROPOUT),
        nn.Linear(HIDDEN, len(LABEL_NAMES)),
    )


def _histograms(prints: Prints, draws: int, seed: int) -> NDArray[np.float32]:
    """(M, draws, BINS) of every solid that a print of *prints* has; zeros for the others."""
    drawn = np.zeros((len(prints.solids), draws, BINS), np.float32)
    for index in np.unique(prints.solid):
        rng = np.random.default_rng([seed, int(index)])
        points = surface(cells_of(prints.solids[index]))
        drawn[index] = [d2(points, rng) for _ in range(draws)]
    return drawn


def _growing(
    cells: Cells, rotation: NDArray[np.float64], frames: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """(frames, BINS): the histogram of what lies below each height of the turned solid."""
    height = cells.points_mm @ rotation[2].astype(np.float32)
    order = np.argsort(height, kind="stable")
    height, points, free = height[order], cells.points_mm[order], cells.free[order]
    outside = np.flatnonzero(free)
    levels = cuts(height, frames)
    grown = np.empty((frames, BINS), np.float32)
    for index, level in enumerate(levels):
        printed = int(np.searchsorted(height, level, side="right"))
        # none for the finished print: its last level is infinitely high
        flat_top = int(np.searchsorted(height, level - cells.cell_mm, side="right"))
        shell = outside[: np.searchsorted(outside, printed)]
        top = np.flatnonzero(free[flat_top:printed] == 0) + flat_top
        seen = np.concatenate([np.repeat(shell, free[shell]), top])
        grown[index] = d2(points[seen], rng)
    return grown
