"""Which examples a step learns from, and how they are changed first.

A step's batch depends on (seed, step, rank) alone, never on what was drawn before: a run that was
interrupted goes on with the very batches it would have seen.
"""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from classifier.training.augment import augmented
from classifier.training.config import ScheduleConfig
from classifier.training.examples import Examples

STREAMS = {"choose": 1, "augment": 2, "dropout": 3}
"""What is random about a step; each has numbers of its own."""


class Batch(NamedTuple):
    """views: (B, V, C, H, W) uint8. extent_mm: (B, 3) float32. label: (B,) int64."""

    views: Tensor
    extent_mm: Tensor
    label: Tensor


@dataclass(frozen=True, slots=True)
class Batches:
    """The batches of one process: number *rank* of *world*; they share out every batch."""

    examples: Examples
    schedule: ScheduleConfig
    size_spread: float
    seed: int
    rank: int = 0
    world: int = 1

    def from_step(self, step: int) -> Generator[Batch]:
        """The batches of *step* and all that follow; each is made while the last is used."""
        upto = torch.from_numpy(np.cumsum(chances(self.examples, self.schedule)))
        with ThreadPoolExecutor(1) as pool:
            coming = pool.submit(self._batch, step, upto)
            while True:
                batch, step = coming.result(), step + 1
                coming = pool.submit(self._batch, step, upto)
                yield batch

    def _batch(self, step: int, upto: Tensor) -> Batch:
        chosen = self._chosen(step, upto)
        views = torch.from_numpy(self.examples.views(chosen))
        extent_mm = torch.from_numpy(self.examples.extent_mm[chosen])
        random = generator_of(self.seed, step, "augment", self.rank)
        views, extent_mm = augmented(views, extent_mm, random, size_spread=self.size_spread)
        return Batch(views, extent_mm, torch.from_numpy(self.examples.label[chosen]))

    def _chosen(self, step: int, upto: Tensor) -> NDArray[np.int64]:
        """Indices: the share of *step*'s examples that this process takes."""
        random = generator_of(self.seed, step, "choose")
        at = torch.rand(self.schedule.batch, generator=random, dtype=torch.float64) * upto[-1]
        chosen = torch.searchsorted(upto, at, right=True).clamp(max=len(upto) - 1)
        return np.asarray(chosen.numpy()[self.rank :: self.world])


def chances(examples: Examples, schedule: ScheduleConfig) -> NDArray[np.float64]:
    """(N,) chance of each example, summing to 1: shares as the schedule says, and within each part
    a label as often as the square root of its number of examples. A part without examples leaves
    its share to the others.
    """
    weapon, mesh = examples.weapon, examples.from_mesh
    chance = np.zeros(len(examples))
    for is_weapon in (False, True):
        for is_mesh in (False, True):
            part = (weapon == is_weapon) & (mesh == is_mesh)
            if part.any():
                counts = np.bincount(examples.label[part])
                weight = 1.0 / np.sqrt(counts[examples.label[part]])
                share = schedule.share_weapon if is_weapon else 1 - schedule.share_weapon
                share *= schedule.share_mesh if is_mesh else 1 - schedule.share_mesh
                chance[part] = share * weight / weight.sum()
    return (
        np.asarray(chance / chance.sum()) if chance.sum() else np.full(len(chance), 1 / len(chance))
    )


def generator_of(seed: int, step: int, stream: str, rank: int = 0) -> torch.Generator:
    """A generator that (seed, step, stream, rank) decides."""
    words = np.random.SeedSequence([seed, step, STREAMS[stream], rank]).generate_state(2)
    return torch.Generator().manual_seed(int(words[0]) << 31 | int(words[1]) >> 1)
