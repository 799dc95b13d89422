"""Thresholds that keep a promise about jobs nobody has seen: conformal risk control.

The loss of an everyday object at a threshold is the share of its pictures that reach it, which
falls as the threshold rises and is at most 1. The lowest threshold is taken at which

    n / (n + 1) * mean loss + 1 / (n + 1) <= rate

so that the expected share of everyday objects that are stopped is at most *rate*, whatever the
scores are like, if objects to come are like these. With weights, n is the sum of all weights over
the largest, which is the number of objects when all weigh the same and is fewer otherwise.
Source: Angelopoulos, Bates, Fisch, Lei and Schuster, ICLR 2024, arXiv 2208.02814.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.runtime.bundle import Thresholds
from classifier.training.config import RatesConfig

DIGITS = 6  # of a threshold; a network's float32 says no more


@dataclass(frozen=True, slots=True)
class Everyday:
    """Held-out everyday objects. scores: (N,) of pictures. unit: (N,) which object each shows.
    weight: (N,) of that object.
    """

    scores: NDArray[np.float64]
    unit: NDArray[np.int64]
    weight: NDArray[np.float64]

    def per_picture(self) -> tuple[NDArray[np.float64], float]:
        """(N,) each picture's part of the weighted loss, summing to n; and n."""
        _, place, pictures = np.unique(self.unit, return_inverse=True, return_counts=True)
        part = self.weight / pictures[place]
        return part / self.weight.max(), float(part.sum() / self.weight.max())


@dataclass(frozen=True, slots=True)
class Promise:
    """A threshold and what it promises. rate: of everyday objects that may reach it. objects: how
    many it was chosen on, and n what they count for. kept: whether n suffices for the promise; if
    not, the threshold is above the highest everyday score that was seen. bound: the left side of
    the inequality at the threshold.
    """

    threshold: float
    rate: float
    objects: int
    n: float
    kept: bool
    bound: float

    def to_json(self) -> dict[str, Any]:
        """As a manifest holds it."""
        return {**asdict(self), "n": round(self.n, 1), "bound": round(self.bound, 6)}


def promise(everyday: Everyday, rate: float, lowest: float = 0.0) -> Promise:
    """The lowest threshold, not below *lowest*, that everyday objects reach at *rate* or less."""
    if not len(everyday.scores):
        return Promise(1.0, rate, 0, 0.0, kept=False, bound=1.0)
    part, n = everyday.per_picture()
    order = np.argsort(-everyday.scores, kind="stable")
    ranked, lost = everyday.scores[order], np.cumsum(part[order])
    # a threshold just above score k loses what lies before k; equal scores go together
    room = rate * (n + 1) - 1
    passed = int(np.searchsorted(lost, room + 1e-9, side="right")) if room >= 0 else 0
    threshold = _just_above(float(ranked[passed])) if passed < len(ranked) else 0.0
    threshold = min(max(threshold, lowest), 1.0)
    risk = float(part[everyday.scores >= threshold].sum())
    objects = len(np.unique(everyday.unit))
    bound = (risk + 1) / (n + 1)
    return Promise(threshold, rate, objects, n, kept=bound <= rate + 1e-9, bound=bound)


def promises(everyday: Everyday, rates: RatesConfig) -> dict[str, Promise]:
    """By the names that thresholds have in a bundle."""
    flag = promise(everyday, rates.flagged, rates.lowest_flag)
    review = promise(everyday, rates.reviewed, rates.lowest_review)
    return {"flag_at": flag, "review_at": review}


def thresholds_of(made: dict[str, Promise]) -> Thresholds:
    """As a bundle holds them."""
    flag_at = made["flag_at"].threshold
    return Thresholds(review_at=min(made["review_at"].threshold, flag_at), flag_at=flag_at)


def _just_above(score: float) -> float:
    """The next number of six digits above *score*."""
    steps = 10.0**DIGITS
    return (math.floor(score * steps) + 1) / steps
