"""Positions in a matrix whose empty rows and columns are left out first.

An axis that lost some says which are left: as a list of indices or a bitmap, whichever is shorter,
so that the two counts in the header say which it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from classifier.runtime.packed.bits import BitReader, to_bits, width_of
from classifier.runtime.packed.positions import (
    BITMAP,
    DENSE,
    RELATIVE,
    RICE,
    WHOLE,
    Coded,
    Coding,
    Shape,
    matrix_of,
    nothing,
    size_of,
)

if TYPE_CHECKING:
    from classifier.runtime.packed.bits import Bits, Numbers
    from classifier.runtime.packed.positions import Kept

WITHIN = "rows and columns, "
"""Before the name of a coding: it is used on what is left."""
COMPACTED = (DENSE, BITMAP, RELATIVE, RICE)


def _within(inner: Coding) -> Coding:
    """*inner* on the rows and columns that are not empty."""

    def write(kept: Kept, k: int) -> Coded:
        matrix = matrix_of(kept)
        rows, columns = occupied(matrix)
        bits, entries, numbers = inner.write(matrix[np.ix_(rows, columns)], k)
        along = [_write_axis(rows), _write_axis(columns), bits]
        counts = (int(rows.sum()), int(columns.sum()))
        places = _places(np.flatnonzero(rows), np.flatnonzero(columns), matrix.shape[1])
        return Coded(np.concatenate(along), places[entries], (*counts, *numbers))

    def read(stream: BitReader, shape: Shape, count: int, numbers: tuple[int, ...]) -> Numbers:
        rows = _read_axis(stream, shape[0], numbers[0])
        columns = _read_axis(stream, size_of(shape[1:]), numbers[1])
        entries = inner.read(stream, (len(rows), len(columns)), count, numbers[2:])
        return _places(rows, columns, size_of(shape[1:]))[entries]

    return Coding(write, read)


def occupied(matrix: Kept) -> tuple[Kept, Kept]:
    """(rows,) and (columns,): which of them keep anything."""
    rows, columns = np.zeros(matrix.shape[0], bool), np.zeros(matrix.shape[1], bool)
    return matrix.any(axis=1, out=rows), matrix.any(axis=0, out=columns)


def _places(rows: Numbers, columns: Numbers, width: int) -> Numbers:
    """Flat indices, in a matrix *width* wide, of the places where *rows* and *columns* cross."""
    return (rows[:, None] * width + columns).reshape(-1)


def lists_indices(kept: int, of: int) -> bool:
    """Whether *kept* of *of* rows are a list of indices rather than a bitmap."""
    return kept * width_of(of) < of


def _write_axis(kept: Kept) -> Bits:
    if kept.all():
        return nothing()
    if lists_indices(int(kept.sum()), len(kept)):
        return to_bits(np.flatnonzero(kept), width_of(len(kept)))
    return kept.astype(np.uint8)


def _read_axis(stream: BitReader, of: int, kept: int) -> Numbers:
    if kept == of:
        return np.arange(of)
    if lists_indices(kept, of):
        return stream.numbers(kept, width_of(of))
    return np.flatnonzero(stream.bits(of))


WITHOUT_EMPTY: Mapping[str, Coding] = {WITHIN + name: _within(WHOLE[name]) for name in COMPACTED}
