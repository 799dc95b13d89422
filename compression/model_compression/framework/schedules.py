"""Pure functions of progress: 0 at the first step, towards 1 at the last.

They shape a learning rate, a penalty, a share that is kept, or a temperature.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

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


def triangle(progress: float) -> float:
    """From a tenth up to 1 halfway and back."""
    return 1.0 - 0.9 * abs(2.0 * progress - 1.0)


def geometric(first: float, last: float) -> Schedule:
    """From *first* to *last* by equal factors."""
    return lambda progress: float(first * (last / first) ** progress)


def steps_between(first: float, last: float, most_factor: float) -> list[float]:
    """Stations from *first* (not included) to *last*, equal factors of at most *most_factor*."""
    count = max(1, math.ceil(math.log(first / last) / math.log(most_factor) - 1e-9))
    return [geometric(first, last)(station / count) for station in range(1, count + 1)]


@dataclass(frozen=True, slots=True)
class Cubic:
    """Of what shall go, the share that is still there: all until *begins*, then quickly fewer, none
    from *ends* on. Source: Zhu and Gupta, 2017, arXiv 1710.01878.
    """

    begins: float = 0.0
    ends: float = 1.0

    def __call__(self, progress: float) -> float:
        """From 1 to 0."""
        way = (progress - self.begins) / (self.ends - self.begins)
        return (1.0 - min(1.0, max(0.0, way))) ** 3


@dataclass(frozen=True, slots=True)
class Annealed:
    """Of what shall go, the share that is still there: (1 - 2p) / (1 + 2 mu p), none from half on.

    Source: Guo et al., arXiv 2002.04301, after feature selection with annealing.
    """

    mu: float

    def __call__(self, progress: float) -> float:
        """From 1 to 0; the larger mu, the more goes at first."""
        return max(0.0, (1.0 - 2.0 * progress) / (1.0 + 2.0 * self.mu * progress))


@dataclass(frozen=True, slots=True)
class Ramp:
    """Rises evenly to *top* until *ends* and stays there."""

    top: float
    ends: float

    def __call__(self, progress: float) -> float:
        """From 0 to *top*."""
        return self.top * min(1.0, progress / self.ends)
