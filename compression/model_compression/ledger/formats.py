"""How many bits the weights of one layer take in every way of storing them, indices included.

With n weights of which z are kept, b bits each:

    dense              n b
    bitmap             n + z b
    relative, k bits   (z + f) (b + k), with f filler zeros: the sum over gaps of (gap - 1) // 2^k
    rice, k bits       z (b + k + 1) + the sum over gaps of (gap - 1) // 2^k
    csr                z (b + log2 columns) + (rows + 1) log2(z + 1)
    pattern            kernels (log2 patterns + log2 channels + e b) + patterns K^2
    rows and columns   one of the first four on the rows and columns that are not empty, and for
                       either axis that lost some the cheaper of a bitmap and a list of indices
    blocks             z b + rows log2(sizes) + the sum over blocks of log2(size), where each block
                       of a row keeps one weight and a row's have one of so many sizes
    circulant, side c  (blocks c - numbers that no cell has) b: only of a layer that is tied
    lower bound        n H2(z / n) + z b, of any way that takes places as independent

Every logarithm is rounded up; k is the best for the layer. What names no place (dense, a filler)
needs a code for 0, which levels without 0 lack.
Source: the accounting of ADMM-NN-S, arXiv 1907.02124; blocks: 1911.08020; circulant: 1804.11239.
Rice coding and the compaction are ours, and make the non-structured side as good as we can.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from classifier.runtime.packed.bits import width_of
from classifier.runtime.packed.blocks import BLOCKS, block_sizes
from classifier.runtime.packed.circulant import CIRCULANT
from classifier.runtime.packed.compacted import COMPACTED, WITHIN, lists_indices, occupied
from classifier.runtime.packed.positions import (
    BITMAP,
    CSR,
    DENSE,
    PATTERN,
    RELATIVE,
    RICE,
    gaps_of,
    matrix_of,
)

MOST_K = 20  # bits of an index: one step over a million weights
MOST_PATTERNS = 256


@dataclass(frozen=True, slots=True, eq=False)
class Occupancy:
    """One layer to be stored. kept: (F, C, K, K) or (F, C), the weights that are not 0. bits: of a
    stored weight. zero: whether they can say 0. side: of its circulant blocks, if they are tied.
    """

    kept: NDArray[np.bool_]
    bits: int
    zero: bool
    side: int = 0

    @property
    def weights(self) -> int:
        """Their dense count."""
        return int(self.kept.size)

    @property
    def count(self) -> int:
        """How many are kept."""
        return int(self.kept.sum())


class Cost(NamedTuple):
    """bits: of positions and values. sum: how they came about. k: of an index, where chosen, or
    the side of a block.
    """

    bits: int
    sum: str
    k: int = 0


Format = Callable[[Occupancy], Cost | None]
"""None: the layer cannot be stored so."""


def dense(layer: Occupancy) -> Cost | None:
    """Every weight, in order."""
    n, b = layer.weights, layer.bits
    return Cost(n * b, f"{n:,} x {b}") if layer.zero or layer.kept.all() else None


def bitmap(layer: Occupancy) -> Cost:
    """A bit a weight, then the kept ones."""
    n, z, b = layer.weights, layer.count, layer.bits
    return Cost(n + z * b, f"{n:,} + {z:,} x {b}")


def relative(layer: Occupancy) -> Cost | None:
    """Each kept weight with its distance from the one before in k bits."""
    gaps, z, b = gaps_of(layer.kept), layer.count, layer.bits
    costs = []
    for k in range(1, MOST_K + 1):
        f = int(((gaps - 1) >> k).sum())
        if layer.zero or not f:
            costs.append(Cost((z + f) * (b + k), f"({z:,} + {f:,}) x ({b} + {k})", k))
    return min(costs, default=None)


def rice(layer: Occupancy) -> Cost:
    """Each distance as a quotient in unary and a remainder of k bits."""
    gaps, z, b = gaps_of(layer.kept), layer.count, layer.bits
    costs = []
    for k in range(MOST_K + 1):
        quotients = int(((gaps - 1) >> k).sum())
        bits = z * (b + k + 1) + quotients
        costs.append(Cost(bits, f"{z:,} x ({b} + {k} + 1) + {quotients:,}", k))
    return min(costs)


def csr(layer: Occupancy) -> Cost:
    """Each kept weight with its column, and where each row begins."""
    z, b = layer.count, layer.bits
    rows, columns = matrix_of(layer.kept).shape
    column, end = width_of(columns), width_of(z + 1)
    return Cost(
        z * (b + column) + (rows + 1) * end, f"{z:,} x ({b} + {column}) + {rows + 1:,} x {end}"
    )


def pattern(layer: Occupancy) -> Cost | None:
    """Kernels with their channel and one of few patterns, as many kernels in every filter.

    The dictionary of patterns is counted too, which the paper does not do.
    """
    if layer.kept.ndim < 4 or not layer.count:
        return None
    channels, places = layer.kept.shape[1], math.prod(layer.kept.shape[2:])
    kernels = layer.kept.reshape(-1, places)
    there = kernels[kernels.any(axis=1)]
    each, sizes = layer.kept.any(axis=(2, 3)).sum(axis=1), there.sum(axis=1)
    if places == 1 or (each != each[0]).any() or (sizes != sizes[0]).any():
        return None
    known, count, e = len(np.unique(there, axis=0)), len(there), int(sizes[0])
    if known > MOST_PATTERNS:
        return None
    which, channel, b = width_of(known), width_of(channels), layer.bits
    return Cost(
        count * (which + channel + e * b) + known * places,
        f"{count:,} x ({which} + {channel} + {e} x {b}) + {known} x {places}",
    )


def _within(inner: Format) -> Format:
    """*inner* on what is left of the matrix without its empty rows and columns."""

    def compacted(layer: Occupancy) -> Cost | None:
        matrix = matrix_of(layer.kept)
        rows, columns = occupied(matrix)
        if rows.all() and columns.all():
            return None
        left = Occupancy(matrix[np.ix_(rows, columns)], layer.bits, layer.zero)
        cost = inner(left)
        if cost is None:
            return None
        along = [_axis(int(axis.sum()), len(axis)) for axis in (rows, columns)]
        words = " + ".join([cost.sum, *(axis.sum for axis in along)])
        return Cost(cost.bits + sum(axis.bits for axis in along), words, cost.k)

    return compacted


def _axis(kept: int, of: int) -> Cost:
    if kept == of:
        return Cost(0, "0")
    if lists_indices(kept, of):
        return Cost(kept * width_of(of), f"{kept:,} x {width_of(of)}")
    return Cost(of, f"{of:,}")


def blocks(layer: Occupancy) -> Cost | None:
    """The size of each row's blocks, then each kept weight with its place in its block."""
    found = block_sizes(layer.kept)
    if found is None:
        return None
    rows, columns = matrix_of(layer.kept).shape
    z, b, which = layer.count, layer.bits, width_of(found.sizes)
    bits, words = z * b + rows * which, f"{z:,} x {b} + {rows:,} x {which}"
    for one, alike in zip(*np.unique(found.which, return_counts=True), strict=True):
        size = found.least << int(one)
        places, width = int(alike) * math.ceil(columns / size), width_of(size)
        bits, words = bits + places * width, f"{words} + {places:,} x {width}"
    return Cost(bits, words)


def circulant(layer: Occupancy) -> Cost | None:
    """A number a wrapped diagonal of each block: what lies beyond the matrix's edges is not there.

    Only the last block of all can lack a diagonal, for it alone is cut on both sides.
    """
    if not layer.side:
        return None
    (rows, columns, *kernel), c = layer.kept.shape, layer.side
    down, across = -(-rows // c), -(-columns // c)
    last = rows - (down - 1) * c + columns - (across - 1) * c - 1
    numbers, taps = down * across * c - max(c - last, 0), math.prod(kernel)
    words = f"{numbers:,} x {layer.bits}" if taps == 1 else f"{numbers:,} x {taps} x {layer.bits}"
    return Cost(numbers * taps * layer.bits, words, c)


_WHOLE: Mapping[str, Format] = {
    DENSE: dense, BITMAP: bitmap, RELATIVE: relative, RICE: rice, CSR: csr, PATTERN: pattern,
}  # fmt: skip
FORMATS: Mapping[str, Format] = {
    **_WHOLE,
    **{WITHIN + name: _within(_WHOLE[name]) for name in COMPACTED},
    BLOCKS: blocks,
    CIRCULANT: circulant,
}
"""Under the names by which a packed file can be written."""


def costs_of(layer: Occupancy) -> dict[str, Cost]:
    """Format -> what *layer* takes in it, for each that can hold it; never empty.

    A tied layer is held as such.
    """
    names = [CIRCULANT] if layer.side else FORMATS
    costs = {name: FORMATS[name](layer) for name in names}
    return {name: cost for name, cost in costs.items() if cost is not None}


def lower_bound(layer: Occupancy) -> float:
    """Bits that no code can go below which takes each place as kept with chance z / n alone."""
    n, z = layer.weights, layer.count
    share = z / n
    entropy = sum(-p * math.log2(p) for p in (share, 1 - share) if p)
    return n * entropy + z * layer.bits
