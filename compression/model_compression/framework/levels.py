"""Weights on few values: the nearest point of `scale * {levels}`, its codes, and the way back.

A level set is a table of whole numbers times one scale a layer, or one a filter. A code is signed
and counts levels outwards from zero, so code 0 is the value 0 in every set: a pruned weight, and a
level of its own only where `zero` says so.
Source: progressive quantization with ADMM, arXiv 1905.00789 and 1903.09769; the several starts of
the search for a scale are ours.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from classifier.runtime.packed.levels import rising_levels
from model_compression.errors import CompressionError

STARTS = torch.linspace(0.1, 1.3, 13, dtype=torch.float64)
"""Shares of the largest weight that the largest level is put at before the search goes downhill.
One start is not enough: the search stops in the valley where it began."""
LEAST = torch.finfo(torch.float32).tiny  # a scale of 0 would make all levels one


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """The values that the weights of one layer may have.

    bits: width of a stored code. zero: whether 0 is one of the 2^bits levels; where it is, one code
    stays unused, for the set is the same on both sides. Where it is not, 0 means a pruned weight.
    scale: one number, or a tensor of shape (F, 1, ...) with one a filter; float32 either way.
    """

    kind: str
    bits: int
    scale: float | Tensor
    zero: bool

    def codes(self, weight: Tensor) -> Tensor:
        """Signed codes, int16, of a *weight* whose every value is 0 or a level.

        Raises CompressionError when one is not: nothing may change on the way to a file.
        """
        codes = self._nearest(weight)
        if not torch.equal(self.values(codes), weight):
            levels = f"{self.kind} levels of {self.bits} bits"
            raise CompressionError(f"{levels}: a weight is on none of them; project it first")
        return codes

    def values(self, codes: Tensor) -> Tensor:
        """The weights, float32, that *codes* stand for."""
        table = torch.tensor(_table(self.kind, self.bits, zero=self.zero), dtype=torch.float32)
        middle = len(table) // 2
        return table.to(codes.device)[codes.long() + middle] * self.scale

    def _nearest(self, weight: Tensor) -> Tensor:
        table = torch.tensor(_table(self.kind, self.bits, zero=self.zero), dtype=torch.float64)
        index = _index(weight.double() / self.scale, table.to(weight.device))
        return (index - len(table) // 2).short()


def project(
    weight: Tensor,
    kind: str,
    bits: int,
    *,
    zero: bool,
    per_filter: bool = False,
    iterations: int = 5,
    kept: Tensor | None = None,
) -> tuple[Tensor, Levels]:
    """The nearest weights on levels, and those levels.

    Alternates between the nearest level of each weight and the least-squares scale of those levels,
    alpha = <q, w> / <q, q>, from several starts. zero: whether 0 is a level. kept: bool, where
    weights are not pruned; pruned ones stay 0 and do not count. Without it the zeros of *weight*
    are the pruned ones, unless 0 is a level: give ones for a dense layer, or a weight that happens
    to be 0 stays off the levels.

    Raises CompressionError for an unknown kind, a width it does not have, or a weight that is no
    number.
    """
    levels = torch.tensor(_levels(kind, bits, zero=zero), dtype=torch.float64).to(weight.device)
    if not torch.isfinite(weight).all():
        raise CompressionError("cannot put weights on levels: one of them is not a finite number")
    if kept is None:
        kept = torch.ones_like(weight, dtype=torch.bool) if zero else weight != 0
    rows = len(weight) if per_filter else 1
    flat = (weight * kept).double().reshape(rows, -1)
    scale = _best_scale(flat, kept.reshape(rows, -1), levels, iterations).float()
    shaped: float | Tensor = (
        scale.reshape(-1, *[1] * (weight.dim() - 1)) if per_filter else float(scale)
    )
    found = Levels(kind, bits, shaped, zero)
    nearest = levels[_index(flat / scale.double(), levels)].float() * scale
    return torch.where(kept, nearest.reshape(weight.shape), 0.0), found


class _SortedRows:
    """(R, N) weights by absolute value, so that a sum over all weights of one level is a difference
    of two: a try of one scale costs a search for its bounds instead of a pass over the weights.
    """

    def __init__(self, flat: Tensor, kept: Tensor) -> None:
        pruned_first = torch.where(kept, flat.abs(), -1.0)
        self.sizes = pruned_first.sort(dim=1).values
        self.sums = nn.functional.pad(self.sizes.clamp(min=0).cumsum(dim=1), (1, 0))  # (R, N + 1)

    def fit(self, bounds: Tensor, levels: Tensor) -> tuple[Tensor, Tensor]:
        """(R, L) lowest sizes that go to each of the (L,) positive levels -> <q, w>, <q, q>."""
        starts = torch.searchsorted(self.sizes, bounds)
        ends = nn.functional.pad(starts[:, 1:], (0, 1), value=self.sizes.shape[1])
        sums = self.sums.gather(1, ends) - self.sums.gather(1, starts)
        cross = (sums * levels).sum(dim=1, keepdim=True)
        return cross, ((ends - starts) * levels.square()).sum(dim=1, keepdim=True)


def _best_scale(flat: Tensor, kept: Tensor, levels: Tensor, iterations: int) -> Tensor:
    """(R, N) weights, pruned ones 0 -> (R, 1), the scales with the least squares of all tried."""
    rows = _SortedRows(flat, kept)
    positive = levels[levels > 0]
    below = positive.roll(1)
    below[0] = 0.0 if (levels == 0).any() else -positive[0]  # without level 0 the first has all
    bounds = (below + positive) / 2
    top = flat.abs().amax(dim=1, keepdim=True) / positive[-1]
    best = torch.full_like(top, LEAST)
    least = torch.full_like(top, torch.inf)
    for start in STARTS.tolist():
        scale = (top * start).clamp(min=LEAST)
        for _ in range(iterations):
            cross, squares = rows.fit(bounds * scale, positive)
            # all weights nearest to level 0: nothing to fit, and the start was too high
            fitted = cross / squares.clamp(min=1.0)
            scale = torch.where(squares > 0, fitted, scale).clamp(min=LEAST)
        cross, squares = rows.fit(bounds * scale, positive)
        distance = scale.square() * squares - 2 * scale * cross  # less the weights' own squares
        best = torch.where(distance < least, scale, best)
        least = torch.minimum(distance, least)
    return best


def _index(values: Tensor, table: Tensor) -> Tensor:
    """Of the nearest entry of the rising *table*; halfway goes up, so 0 is never between signs."""
    return torch.bucketize(values.contiguous(), (table[1:] + table[:-1]) / 2, right=True)


def _levels(kind: str, bits: int, *, zero: bool) -> list[float]:
    """The rising levels of a set of scale 1."""
    try:
        return rising_levels(kind, bits, zero=zero)
    except ValueError as error:
        raise CompressionError(str(error)) from error


def _table(kind: str, bits: int, *, zero: bool) -> list[float]:
    """The levels and 0: code + len // 2 -> value at scale 1."""
    levels = _levels(kind, bits, zero=zero)
    middle = len(levels) // 2
    return levels if zero else [*levels[:middle], 0.0, *levels[middle:]]
