"""Pure functions of progress: 0 at the first step, towards 1 at the last.

They shape a learning rate, a penalty, a share that is kept, or a temperature.
"""

from __future__ import annotations

import math
from collections.abc import Callable

Schedule = Callable[[float], float]


def constant(progress: float) -> float:
    """1 throughout."""
    return 1.0


def cosine(progress: float) -> float:
    """From 1 to 0 along half a wave."""
    return 0.5 * (1.0 + math.cos(math.pi * progress))


def warm_cosine(progress: float, warm: float = 0.1) -> float:
    """Rises over the first *warm* part, then falls as a cosine: for a start that is far off."""
    return progress / warm if progress < warm else cosine((progress - warm) / (1.0 - warm))


def geometric(first: float, last: float) -> Schedule:
    """From *first* to *last* by equal factors."""
    return lambda progress: float(first * (last / first) ** progress)


def steps_between(first: float, last: float, most_factor: float) -> list[float]:
    """Stations from *first* (not included) to *last*, equal factors of at most *most_factor*."""
    count = max(1, math.ceil(math.log(first / last) / math.log(most_factor) - 1e-9))
    return [geometric(first, last)(station / count) for station in range(1, count + 1)]
