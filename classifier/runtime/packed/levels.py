"""The level sets that weights can lie on, at scale 1.

Sets are the same on both sides of 0: with n bits 2^n levels without 0, or 2^n - 1 with it.
Source: arXiv 1905.00789 (binary and equal steps); powers of two: arXiv 1903.09769.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple


class Kind(NamedTuple):
    """One family of level sets. magnitudes: count of positive levels -> those levels, rising."""

    least_bits: int
    most_bits: int
    magnitudes: Callable[[int], list[float]]


KINDS: Mapping[str, Kind] = {
    "binary": Kind(1, 1, lambda count: [1.0] * count),
    "uniform": Kind(2, 8, lambda count: [float(level) for level in range(1, count + 1)]),
    # 2^15 between the smallest and the largest level is more than any layer has
    "power-of-two": Kind(2, 5, lambda count: [2.0**exponent for exponent in range(count)]),
}


def rising_levels(kind: str, bits: int, *, zero: bool) -> list[float]:
    """The levels from lowest to highest; a stored code is an index into them.

    zero: whether 0 is one. Raises ValueError, which says what there is, for a set that is not.
    """
    if kind not in KINDS:
        raise ValueError(f"no kind of levels {kind!r}; there are: {', '.join(KINDS)}")
    family = KINDS[kind]
    if zero and family.most_bits == 1:
        raise ValueError(f"{kind} levels have no room for 0; project with zero=False")
    if not family.least_bits <= bits <= family.most_bits:
        raise ValueError(
            f"{kind} levels have {family.least_bits} to {family.most_bits} bits, not {bits}"
        )
    magnitudes = family.magnitudes((1 << (bits - 1)) - zero)
    return [-level for level in reversed(magnitudes)] + [0.0] * zero + magnitudes
