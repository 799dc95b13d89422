"""Small pictures in memory, and the order in which a network meets them."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from functools import lru_cache

import torch
from torch import Tensor

from classifier.training.batches import generator_of
from model_compression.tasks.task import Batch, Inputs

Change = Callable[[Tensor, torch.Generator], Tensor]
"""(B, C, H, W) uint8 pictures -> the same, changed as training changes them."""


@dataclass(frozen=True, slots=True)
class Pictures:
    """A Split. raw: (N, C, H, W) uint8. mean, deviation: (C, 1, 1) of pixels in 0..1."""

    raw: Tensor
    target: Tensor
    mean: Tensor
    deviation: Tensor

    def __len__(self) -> int:
        return len(self.target)

    def inputs(self, rows: Tensor) -> Inputs:
        """One tensor, normalised."""
        return (self.normalised(self.raw[rows]),)

    def part(self, rows: slice | Tensor) -> Pictures:
        """The pictures at *rows*, a slice, a mask or indices."""
        return replace(self, raw=self.raw[rows], target=self.target[rows])

    def normalised(self, raw: Tensor) -> Tensor:
        """uint8 pixels -> float32 of mean 0 and deviation 1."""
        return (raw.float() / 255.0 - self.mean) / self.deviation


@dataclass(frozen=True, slots=True)
class EpochBatches:
    """Every example once an epoch, in an order that the seed and the epoch's number decide.

    Batches are full: one that an epoch cannot fill goes on into the next.
    """

    pictures: Pictures
    batch: int
    change: Change

    def __call__(self, seed: int, step: int) -> Generator[Batch]:
        """The batches of *step* and all that follow."""
        while True:
            rows = rows_of(len(self.pictures), self.batch, seed, step)
            random = generator_of(seed, step, "augment")
            raw = self.change(self.pictures.raw[rows], random)
            yield Batch((self.pictures.normalised(raw),), self.pictures.target[rows], rows)
            step += 1


def rows_of(count: int, batch: int, seed: int, step: int) -> Tensor:
    """(batch,) indices of *count* examples: what *step* sees."""
    at = torch.arange(step * batch, (step + 1) * batch)
    epoch = at // count
    epochs = range(int(epoch[0]), int(epoch[-1]) + 1)
    return torch.cat([_order(count, seed, each)[at[epoch == each] % count] for each in epochs])


@lru_cache(maxsize=4)
def _order(count: int, seed: int, epoch: int) -> Tensor:
    return torch.randperm(count, generator=generator_of(seed, epoch, "choose"))


def shifted(raw: Tensor, generator: torch.Generator, *, most_px: int) -> Tensor:
    """Move each picture by up to *most_px* both ways; what comes in is 0."""
    b, c, h, w = raw.shape
    wide = torch.nn.functional.pad(raw, (most_px,) * 4)
    start = torch.randint(0, 2 * most_px + 1, (2, b, 1), generator=generator)
    rows, columns = start[0] + torch.arange(h), start[1] + torch.arange(w)  # (B, h), (B, w)
    every = torch.arange(b)[:, None, None, None], torch.arange(c)[None, :, None, None]
    return wide[(*every, rows[:, None, :, None], columns[:, None, None, :])]
