"""Shares with their uncertainty."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

NORMAL_95 = 1.959963984540054  # two-sided 95 % of the normal distribution


@dataclass(frozen=True, slots=True)
class Rate:
    """*hits* of *of*; low and high bound the true share by Wilson's 95 % interval.

    Source: E. B. Wilson, J. Am. Stat. Assoc. 22 (1927). Draws of one model are not independent:
    read an interval over draws as a lower bound on the uncertainty.
    """

    hits: int
    of: int

    @classmethod
    def among(cls, chosen: ArrayLike) -> Rate:
        """The share of true values."""
        flags = np.asarray(chosen, dtype=bool)
        return cls(int(flags.sum()), flags.size)

    @property
    def share(self) -> float:
        """NaN when nothing was counted."""
        return self.hits / self.of if self.of else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """(low, high); (0, 1) when nothing was counted."""
        if not self.of:
            return 0.0, 1.0
        z2 = NORMAL_95**2
        middle = (self.share + z2 / (2 * self.of)) / (1 + z2 / self.of)
        spread = math.sqrt(self.share * (1 - self.share) / self.of + z2 / (4 * self.of**2))
        half = NORMAL_95 * spread / (1 + z2 / self.of)
        return max(middle - half, 0.0), min(middle + half, 1.0)

    def to_json(self) -> dict[str, float | int]:
        """As a manifest holds it."""
        low, high = self.interval
        return {"hits": self.hits, "of": self.of, "low": round(low, 4), "high": round(high, 4)}

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.hits}/{self.of} = {self.share:.1%} [{low:.1%}, {high:.1%}]"
