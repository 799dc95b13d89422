"""Positions in a matrix of circulant blocks: what a block repeats is stored once, and no place.

    cell (a, c) of a block of side b has the value number (a - c) mod b

A matrix that b does not divide ends within its last blocks. A value is stored for the first cell
that has it, by rows: those of a block's first row, and where the matrix ends before that row does,
those of its first column that the row does not have. A convolution has such blocks at every place
of its kernel. Source: arXiv 1804.11239, 1802.06402.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.runtime.packed.positions import Coded, Coding, Shape, nothing, size_of

if TYPE_CHECKING:
    from classifier.runtime.packed.bits import BitReader, Numbers
    from classifier.runtime.packed.positions import Kept

CIRCULANT = "circulant"


def first_cells(shape: Shape, side: int) -> Numbers:
    """(n,): for each element of a tensor of *shape* the first one that has its value, flat."""
    if len(shape) < 2 or not side:
        raise ValueError(f"circulant blocks of {side} in a tensor of {shape}")
    rows, columns, taps = shape[0], shape[1], size_of(shape[2:])
    row, column = np.arange(rows)[:, None], np.arange(columns)
    top, left = row - row % side, column - column % side
    beside = (column - row) % side  # in the first row, were it as long as the block
    in_row = left + beside < columns
    at_row = np.where(in_row, top, top + (row - column) % side)
    cells = at_row * columns + np.where(in_row, left + beside, left)
    return (cells.reshape(-1, 1) * taps + np.arange(taps)).reshape(-1)


def _firsts(shape: Shape, side: int) -> Numbers:
    cells = first_cells(shape, side)
    return np.flatnonzero(cells == np.arange(len(cells)))


def _write(kept: Kept, side: int) -> Coded:
    return Coded(nothing(), _firsts(kept.shape, side), (side,))


def _read(_: BitReader, shape: Shape, __: int, numbers: tuple[int, ...]) -> Numbers:
    (side,) = numbers
    return _firsts(shape, side)


def _repeats(shape: Shape, numbers: tuple[int, ...]) -> Numbers:
    (side,) = numbers
    return first_cells(shape, side)


CIRCULANT_BLOCKS = Coding(_write, _read, _repeats)
