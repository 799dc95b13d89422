"""Where the stored weights of a tensor are: six ways to write that down, and to read it.

A tensor of any shape is a matrix here: a row a filter, a column all that one filter has at one
place. An *entry* is a place whose value is stored; values follow in the order of entries. The
ledger of compression has the formula of each way's bits, and a test holds one against the other.
Sources: Han et al., arXiv 1510.00149 (relative index with filler zeros); Rice, 1979; pattern and
connectivity: PCONV, arXiv 1909.05073.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from classifier.runtime.packed.bits import BitReader, to_bits, unary, width_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classifier.runtime.packed.bits import Bits, Numbers

    Kept = NDArray[np.bool_]
    """Of the tensor's shape: which weights are not 0."""

Shape = tuple[int, ...]
DENSE, BITMAP, RELATIVE, RICE, CSR, PATTERN = (
    "dense", "bitmap", "relative", "rice", "csr", "pattern",
)  # fmt: skip


class Coded(NamedTuple):
    """bits: the positions. entries: rising flat indices. numbers: for a header."""

    bits: Bits
    entries: Numbers
    numbers: tuple[int, ...] = ()


class Coding(NamedTuple):
    """write: (kept, k) -> positions; k: width of an index or side of a block, if any. read:
    (stream, shape, count of entries, the header's numbers) -> entries. repeats: where elements
    share a value, (shape, the header's numbers) -> for each element the entry that has its value.
    """

    write: Callable[[Kept, int], Coded]
    read: Callable[[BitReader, Shape, int, tuple[int, ...]], Numbers]
    repeats: Callable[[Shape, tuple[int, ...]], Numbers] | None = None


def matrix_of(kept: Kept) -> Kept:
    """(F, ...) -> (F, places)."""
    return kept.reshape(len(kept), -1)


def gaps_of(kept: NDArray[Any]) -> Numbers:
    """Distances from each kept place to the one before, the first counted from one before all."""
    return np.diff(np.flatnonzero(kept), prepend=-1)


def size_of(shape: Shape) -> int:
    """How many elements a tensor of *shape* has."""
    return math.prod(shape)


def nothing() -> Bits:
    """No bits."""
    return np.zeros(0, np.uint8)


def _write_dense(kept: Kept, _: int) -> Coded:
    return Coded(nothing(), np.arange(kept.size))


def _read_dense(_: BitReader, shape: Shape, count: int, __: tuple[int, ...]) -> Numbers:
    if count != size_of(shape):
        raise ValueError(f"{count} values for a dense tensor of {shape}")
    return np.arange(count)


def _write_bitmap(kept: Kept, _: int) -> Coded:
    flat = kept.reshape(-1)
    return Coded(flat.astype(np.uint8), np.flatnonzero(flat))


def _read_bitmap(stream: BitReader, shape: Shape, _: int, __: tuple[int, ...]) -> Numbers:
    return np.flatnonzero(stream.bits(size_of(shape)))


def _write_relative(kept: Kept, k: int) -> Coded:
    """A gap of more than 2^k is bridged by entries whose value is 0."""
    gaps = gaps_of(kept)
    fillers = (gaps - 1) >> k
    steps = np.full(len(gaps) + int(fillers.sum()), 1 << k)
    steps[np.cumsum(fillers + 1) - 1] = gaps - (fillers << k)
    return Coded(to_bits(steps - 1, k), np.cumsum(steps) - 1, (k,))


def _read_relative(stream: BitReader, _: Shape, count: int, numbers: tuple[int, ...]) -> Numbers:
    (k,) = numbers
    return np.cumsum(stream.numbers(count, k) + 1) - 1


def _write_rice(kept: Kept, k: int) -> Coded:
    """A gap less one is a quotient by 2^k, in unary, and a remainder of k bits."""
    gaps = gaps_of(kept)
    remainders = to_bits((gaps - 1) & ((1 << k) - 1), k)
    bits = np.concatenate([unary((gaps - 1) >> k), remainders])
    return Coded(bits, np.cumsum(gaps) - 1, (k,))


def _read_rice(stream: BitReader, _: Shape, count: int, numbers: tuple[int, ...]) -> Numbers:
    (k,) = numbers
    quotients = stream.unary(count)
    return np.cumsum((quotients << k) + stream.numbers(count, k) + 1) - 1


def _write_csr(kept: Kept, _: int) -> Coded:
    matrix = matrix_of(kept)
    ends = np.append(0, np.cumsum(matrix.sum(axis=1)))
    columns = np.nonzero(matrix)[1]
    bits = [to_bits(ends, width_of(int(ends[-1]) + 1)), to_bits(columns, width_of(matrix.shape[1]))]
    return Coded(np.concatenate(bits), np.flatnonzero(matrix))


def _read_csr(stream: BitReader, shape: Shape, count: int, _: tuple[int, ...]) -> Numbers:
    rows, columns = shape[0], size_of(shape[1:])
    ends = stream.numbers(rows + 1, width_of(count + 1))
    row = np.repeat(np.arange(rows), np.diff(ends))
    return row * columns + stream.numbers(count, width_of(columns))


def _write_pattern(kept: Kept, _: int) -> Coded:
    """Each filter's kernels by channel and by which of the few patterns they have."""
    places = size_of(kept.shape[2:])
    kernels = kept.reshape(*kept.shape[:2], places)
    there = kernels.any(axis=2)
    patterns, which = np.unique(kernels[there], axis=0, return_inverse=True)
    bits = [
        patterns.astype(np.uint8).reshape(-1),
        to_bits(np.nonzero(there)[1], width_of(kept.shape[1])),
        to_bits(which.reshape(-1), width_of(len(patterns))),
    ]
    return Coded(np.concatenate(bits), np.flatnonzero(kept), (len(patterns),))


def _read_pattern(stream: BitReader, shape: Shape, count: int, numbers: tuple[int, ...]) -> Numbers:
    """As many kernels a filter as make *count* entries, for all have the same number."""
    (known,) = numbers
    filters, channels, places = shape[0], shape[1], size_of(shape[2:])
    patterns = stream.bits(known * places).reshape(known, places).astype(bool)
    kernels = count // int(patterns[0].sum())
    channel = stream.numbers(kernels, width_of(channels))
    which = stream.numbers(kernels, width_of(known))
    kept = np.zeros((filters, channels, places), bool)
    kept[np.repeat(np.arange(filters), kernels // filters), channel] = patterns[which]
    return np.flatnonzero(kept)


WHOLE: Mapping[str, Coding] = {
    DENSE: Coding(_write_dense, _read_dense),
    BITMAP: Coding(_write_bitmap, _read_bitmap),
    RELATIVE: Coding(_write_relative, _read_relative),
    RICE: Coding(_write_rice, _read_rice),
    CSR: Coding(_write_csr, _read_csr),
    PATTERN: Coding(_write_pattern, _read_pattern),
}
