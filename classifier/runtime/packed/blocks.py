"""Positions where every row is cut into blocks and each block keeps exactly one weight.

The blocks of a row are alike, but that its last one may be short. Rows may have blocks of other
sizes: all of one, or each a power of two, next to each other from the smallest in use on. Places
are written by size, so that a reader decodes all rows of one size alike.
Source: Ren et al., arXiv 1911.08020 (DARB, BMWM).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classifier.runtime.packed.bits import WIDEST, BitReader, to_bits, width_of
from classifier.runtime.packed.positions import Coded, Coding, Shape, matrix_of, size_of

if TYPE_CHECKING:
    from classifier.runtime.packed.bits import Numbers
    from classifier.runtime.packed.positions import Kept

BLOCKS = "blocks"
ENDLESS = 1 << 62  # of a row of one block: that may be as large as it likes


class RowBlocks(NamedTuple):
    """A row's blocks have *least* << which[row] places. which: (rows,), each below *sizes*."""

    least: int
    sizes: int
    which: Numbers


def block_sizes(kept: Kept) -> RowBlocks | None:
    """The sizes of the blocks that keep one weight each, or None where there are no such sizes."""
    matrix = matrix_of(kept)
    counts = matrix.sum(axis=1)
    if not kept.size or not counts.all():
        return None
    least, most = _bounds(matrix, counts)
    if least.max() <= most.min():
        return RowBlocks(int(least.max()), 1, np.zeros(len(matrix), np.int64))
    powers = np.frexp(least - 1)[1].astype(np.int64)  # how many bits least - 1 has
    if (1 << powers > most).any():
        return None
    lowest, highest = int(powers.min()), int(powers.max())
    return RowBlocks(1 << lowest, highest - lowest + 1, powers - lowest)


def _bounds(matrix: Kept, counts: Numbers) -> tuple[Numbers, Numbers]:
    """(rows,) each: between which sizes all blocks of a row keep one weight; none if they cross.

    Weight n of a row, counted from 0, lies in block n: n size <= place < (n + 1) size.
    """
    places = np.nonzero(matrix)[1]
    firsts = np.cumsum(counts) - counts
    nth = np.arange(len(places)) - np.repeat(firsts, counts)
    least = np.maximum.reduceat(places // (nth + 1) + 1, firsts)
    most = np.minimum.reduceat(np.where(nth, places // np.maximum(nth, 1), ENDLESS), firsts)
    return np.maximum(least, -(-matrix.shape[1] // counts)), most  # no block follows the last


def _write(kept: Kept, _: int) -> Coded:
    blocks = block_sizes(kept)
    if blocks is None:
        raise ValueError("not every block of a row keeps one weight")
    matrix = matrix_of(kept)
    bits = [to_bits(blocks.which, width_of(blocks.sizes))]
    for one in np.unique(blocks.which):
        size = blocks.least << int(one)
        places = np.nonzero(matrix[blocks.which == one])[1]
        bits.append(to_bits(places % size, width_of(size)))
    return Coded(np.concatenate(bits), np.flatnonzero(matrix), (blocks.least, blocks.sizes))


def _read(stream: BitReader, shape: Shape, _: int, numbers: tuple[int, ...]) -> Numbers:
    least, sizes = numbers
    rows, columns = shape[0], size_of(shape[1:])
    if not (least and 1 <= sizes <= WIDEST):
        raise ValueError(f"{sizes} sizes of blocks from {least} on")
    which = stream.numbers(rows, width_of(sizes))
    if (which >= sizes).any():
        raise ValueError(f"a row has another than the {sizes} sizes of blocks")
    entries = []
    for one in np.unique(which):
        size = least << int(one)
        alike, starts = np.flatnonzero(which == one), np.arange(0, columns, size)
        inside = stream.numbers(len(alike) * len(starts), width_of(size)).reshape(len(alike), -1)
        if (inside >= np.minimum(size, columns - starts)).any():
            raise ValueError(f"a weight lies beyond its block of {size}")
        entries.append((alike[:, None] * columns + starts + inside).reshape(-1))
    return np.sort(np.concatenate(entries))


ROW_BLOCKS = Coding(_write, _read)
