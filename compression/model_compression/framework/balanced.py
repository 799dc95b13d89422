"""Sets of weights that give every row the same work: patterns in kernels, kernels a filter, blocks.

All are projections: the nearest weights of the set, proved by brute force in the tests.
Source: arXiv 1909.05073 (patterns, connectivity), 1911.08020 (the largest weight of each block).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from model_compression.errors import CompressionError
from model_compression.framework.bisection import geometric, largest

CENTRE, ENTRIES, TAPS = 4, 4, 9
"""Of a 3 x 3 kernel: its middle, how many entries a pattern keeps, and of how many."""
EDGES = (1, 3, 5, 7)
T_SHAPES: Sequence[tuple[int, ...]] = [
    tuple(sorted({CENTRE, *EDGES} - {missing})) for missing in EDGES
]
"""The centre and three of its four neighbours: together the stencil 0, 3, 4 of a Laplacian of a
Gaussian, corners to centre."""


@dataclass(frozen=True, slots=True)
class Patterned:
    """Every 3 x 3 kernel keeps the entries of one of *patterns*, indices into its nine."""

    patterns: Sequence[tuple[int, ...]]

    def __call__(self, weight: Tensor) -> Tensor:
        """*weight* where each kernel has the pattern of largest energy; the first of equals."""
        flags = torch.zeros(len(self.patterns), TAPS, device=weight.device)
        for row, pattern in zip(flags, self.patterns, strict=True):
            row[list(pattern)] = 1.0
        energy = weight.flatten(2).square() @ flags.T  # (F, C, patterns)
        return weight * flags[energy.argmax(dim=2)].reshape(weight.shape)


@dataclass(frozen=True, slots=True)
class Connected:
    """Every filter keeps its *kept* kernels of largest norm; in a linear layer its weights."""

    kept: int

    def __call__(self, weight: Tensor) -> Tensor:
        """*weight* with so many kernels a filter; of equal ones the first."""
        energy = weight.square().flatten(2).sum(dim=2) if weight.dim() > 2 else weight.square()
        order = energy.sort(dim=1, descending=True, stable=True).indices[:, : self.kept]
        flags = torch.zeros_like(energy).scatter_(1, order, 1.0)
        return weight * flags.reshape(*energy.shape, *[1] * (weight.dim() - 2))


@dataclass(frozen=True, slots=True)
class BlockMax:
    """Of every *sizes*[i] consecutive weights of row i the largest stays; a last block is short."""

    sizes: Sequence[int]

    def __call__(self, weight: Tensor) -> Tensor:
        """*weight* with one weight a block; of equal ones the first."""
        rows = weight.flatten(1)
        flags = torch.zeros_like(rows)
        sizes = torch.tensor(self.sizes)
        for size in sorted(set(self.sizes)):
            chosen = (sizes == size).nonzero().flatten().to(rows.device)
            flags[chosen] = _largest_of_blocks(rows[chosen], size)
        return (rows * flags).reshape(weight.shape)

    def kept(self, columns: int) -> int:
        """Weights that stay of rows of *columns*."""
        return sum(math.ceil(columns / size) for size in self.sizes)


def _largest_of_blocks(rows: Tensor, size: int) -> Tensor:
    """(R, N) -> the same shape: 1 at each block's largest absolute value."""
    padding = -rows.shape[1] % size
    padded = functional.pad(rows.abs(), (0, padding), value=-1.0)
    blocks = padded.reshape(len(rows), -1, size)
    flags = torch.zeros_like(blocks).scatter_(2, blocks.argmax(dim=2, keepdim=True), 1.0)
    return flags.reshape(len(rows), -1)[:, : rows.shape[1]]


def commonest(weights: Sequence[Tensor], count: int) -> list[tuple[int, ...]]:
    """The *count* most frequent shapes of the centre and three largest others of every kernel.

    weights: of layers with 3 x 3 kernels. Of equally frequent ones the first in order of indices.
    """
    seen = Counter[tuple[int, ...]]()
    for weight in weights:
        energy = weight.detach().reshape(-1, TAPS).square()
        energy[:, CENTRE] = torch.inf
        best = energy.sort(dim=1, descending=True, stable=True).indices[:, :ENTRIES]
        seen.update(tuple(row) for row in best.sort(dim=1).values.tolist())
    return sorted(seen, key=lambda pattern: (-seen[pattern], pattern))[:count]


def row_blocks(weight: Tensor, kept: int) -> BlockMax:
    """Block sizes, powers of two, that keep at most *kept* weights or one a row: small ones for
    rows that have many of the layer's *kept* largest weights.
    """
    rows = weight.detach().flatten(1).abs().cpu()
    columns = rows.shape[1]
    threshold = rows.flatten().sort(descending=True).values[min(kept, rows.numel()) - 1]
    density = ((rows >= threshold).sum(dim=1) / columns).clamp(min=0.5 / columns)
    most = math.ceil(math.log2(columns))
    powers = (-density.log2()).round().clamp(0, most).long()
    while _blocks(powers, columns) > kept and (powers < most).any():
        crowd = density * 2.0**powers  # weights that share a block
        powers[torch.where(powers < most, crowd, torch.inf).argmin()] += 1
    while (powers > 0).any():
        crowd = torch.where(powers > 0, density * 2.0**powers, -1.0)
        finer = powers.clone()
        finer[crowd.argmax()] -= 1
        if _blocks(finer, columns) > kept:
            break
        powers = finer
    return BlockMax([2**power for power in powers.tolist()])


def _blocks(powers: Tensor, columns: int) -> int:
    return int((columns / 2.0**powers).ceil().sum())


def largest_factor(size: Callable[[float], float], limit: float, what: str) -> float:
    """The largest factor in [1e-4, 100] for which *size*, which grows with it, is within *limit*.

    Raises CompressionError, which names *what*, when even the smallest is not.
    """
    least, most = 1e-4, 100.0
    if size(least) > limit:
        raise CompressionError(
            f"{what} alone do not get down to {limit:,.0f} weights: {size(least):,.0f} are the "
            "fewest. Ask for more, or prune weights."
        )
    return largest(lambda it: size(it) <= limit, least, most, halvings=24, mean=geometric)
