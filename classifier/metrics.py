"""Shares with their uncertainty."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

NORMAL_95 = 1.959963984540054  # two-sided 95 % of the normal distribution


def wilson(hits: int, of: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share; (0, 1) when nothing was counted."""
    if not of:
        return 0.0, 1.0
    z2, share = NORMAL_95**2, hits / of
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    spread = math.sqrt(share * (1 - share) / of + z2 / (4 * of**2))
    half = NORMAL_95 * spread / (1 + z2 / of)
    # at the ends the bound is the share itself, whatever rounding says
    return (max(middle - half, 0.0) if hits else 0.0), (
        min(middle + half, 1.0) if hits < of else 1.0
    )


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
        return wilson(self.hits, self.of)

    def to_json(self) -> dict[str, float | int]:
        """As a manifest holds it."""
        low, high = self.interval
        return {"hits": self.hits, "of": self.of, "low": round(low, 4), "high": round(high, 4)}

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.hits}/{self.of} = {self.share:.1%} [{low:.1%}, {high:.1%}]"
