"""What stored codes mean: codes -> float32, by a kind of values and its table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classifier.runtime.packed.levels import KINDS, rising_levels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Codes = NDArray[np.uint32]
    Floats = NDArray[np.float32]


class Meaning(NamedTuple):
    """kind: of VALUES. bits: of a code. zero: whether 0 is a level. table: float32; nothing, a
    codebook, or scales, one or one a filter.
    """

    kind: str
    bits: int
    zero: bool
    table: Floats


def _float32(codes: Codes, _: Meaning, __: NDArray[np.int64]) -> Floats:
    return codes.astype("<u4").view("<f4").astype(np.float32)


def _codebook(codes: Codes, meaning: Meaning, _: NDArray[np.int64]) -> Floats:
    return meaning.table[codes]


def _levels(codes: Codes, meaning: Meaning, filters: NDArray[np.int64]) -> Floats:
    levels = rising_levels(meaning.kind, meaning.bits, zero=meaning.zero)
    one_for_all = len(meaning.table) == 1
    scales = meaning.table[np.zeros_like(filters) if one_for_all else filters]
    return np.array(levels, np.float32)[codes] * scales


FLOAT32, CODEBOOK = "float32", "codebook"
VALUES: Mapping[str, Callable[[Codes, Meaning, NDArray[np.int64]], Floats]] = {
    FLOAT32: _float32,
    CODEBOOK: _codebook,
    **dict.fromkeys(KINDS, _levels),
}
"""Kind -> (codes, meaning, the filter of each) -> values. A file names a kind by its place here."""


def values_of(codes: Codes, meaning: Meaning, filters: NDArray[np.int64]) -> Floats:
    """(n,) codes in the filters (n,) -> (n,) values. Raises IndexError for a code without one."""
    return VALUES[meaning.kind](codes, meaning, filters)
