"""Two networks on the same examples: what changed, and whether chance would do as much.

Examples of several seeds are pooled, so an example counts once a seed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.metrics import NORMAL_95

LOSSLESS_POINTS = 0.1
"""On 10,000 pictures at 99.4 % one standard error is 0.08 points."""
SIGNIFICANT = 0.05
Outcomes = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Pairing:
    """lost, won: examples that only the first, and only the second, network has right."""

    lost: int
    won: int
    of: int

    @classmethod
    def pooled(cls, before: Sequence[Outcomes], after: Sequence[Outcomes]) -> Pairing:
        """Of the outcomes of each seed, in the same order."""
        first, second = np.concatenate(list(before)), np.concatenate(list(after))
        lost, won = int((first & ~second).sum()), int((second & ~first).sum())
        return cls(lost, won, len(first))

    @property
    def points(self) -> float:
        """What changed, in points; below 0 the second is worse."""
        return 100.0 * (self.won - self.lost) / self.of

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of `points`, for paired shares.

        Source: Agresti, Categorical Data Analysis, section 11.1 (2013), Wald's.
        """
        changed = self.won + self.lost
        spread = math.sqrt(max(changed - (self.won - self.lost) ** 2 / self.of, 0.0))
        half = 100.0 * NORMAL_95 * spread / self.of
        return self.points - half, self.points + half

    @property
    def chance(self) -> float:
        """Exact two-sided p: as uneven a split of lost and won by tossing a coin.

        Source: McNemar, Psychometrika 12 (1947), in its binomial form.
        """
        changed, fewer = self.won + self.lost, min(self.won, self.lost)
        tail = sum(math.exp(_log_chance(changed, k)) for k in range(fewer + 1))
        return min(1.0, 2.0 * tail)

    @property
    def lossless(self) -> bool:
        """At most 0.1 points lost, and no more than chance may take."""
        return self.points >= -LOSSLESS_POINTS and (self.chance > SIGNIFICANT or self.points > 0)

    def words(self) -> str:
        """How much is lost, for people."""
        return "lossless" if self.lossless else f"within {max(-self.points, 0.01):.2f} points"


def _log_chance(tosses: int, heads: int) -> float:
    """Logarithm of the chance of *heads* in *tosses* of a fair coin."""
    ways = math.lgamma(tosses + 1) - math.lgamma(heads + 1) - math.lgamma(tosses - heads + 1)
    return ways - tosses * math.log(2.0)
