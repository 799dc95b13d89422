"""The largest number for which something holds, by bisection.

It is taken to hold at the low end and up to some number, and for none above it. Where that is not
so (accuracy is no monotonous function of what is pruned), what is found holds all the same, though
a larger number may hold as well.
"""

from __future__ import annotations

import math
from collections.abc import Callable

Mean = Callable[[float, float], float]


def arithmetic(low: float, high: float) -> float:
    """For numbers whose differences count."""
    return (low + high) / 2


def geometric(low: float, high: float) -> float:
    """For factors, above 0."""
    return math.sqrt(low * high)


def largest(
    holds: Callable[[float], bool],
    low: float,
    high: float,
    *,
    halvings: int,
    mean: Mean = arithmetic,
) -> float:
    """The largest number in [*low*, *high*) found in so many *halvings*; *low* is not asked for."""
    for _ in range(halvings):
        middle = mean(low, high)
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def largest_whole(holds: Callable[[int], bool], low: int, high: int) -> int:
    """The largest whole number in [*low*, *high*]; *low* is not asked for."""
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if holds(middle) else (low, middle - 1)
    return low
