"""What gives scores a meaning: a calibration and two thresholds, from unseen models only."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from classifier.runtime.bundle import Thresholds
from dataset_builder.sources.labels import LABELS

Array = NDArray[np.float64]

REVIEWED_EVERYDAY = 0.10
"""Share of draws of unseen everyday models that may go to a person."""
FLAGGED_EVERYDAY = 0.04
"""Share of draws of unseen everyday models that may be flagged."""
LOWEST_REVIEW_AT, LOWEST_FLAG_AT, HIGHEST = 0.30, 0.70, 0.98
"""However well training went, less than an even chance is never a flag."""
NEWTON_STEPS = 25
RIDGE = 1e-3  # a perfect separation would ask for an endless slope
WEAPON_SHAPED = np.array([label.weapon_shaped for label in LABELS])


class Calibration(NamedTuple):
    """temperature: of labels within their group. slope, offset: of the weapon log odds."""

    temperature: float
    slope: float
    offset: float


def weapon_odds(logits: NDArray[np.float32]) -> Array:
    """(N, labels) -> (N,) raw log odds of any weapon-shaped label."""
    wide = logits.astype(np.float64)
    weapon, everyday = wide[:, WEAPON_SHAPED], wide[:, ~WEAPON_SHAPED]
    return np.asarray(np.logaddexp.reduce(weapon, axis=1) - np.logaddexp.reduce(everyday, axis=1))


def weapon_scores(logits: NDArray[np.float32], calibration: Calibration) -> Array:
    """(N,) calibrated probability of any weapon-shaped label."""
    return _chance(calibration.slope * weapon_odds(logits) + calibration.offset)


def calibrate(logits: NDArray[np.float32], label: NDArray[np.int64]) -> Calibration:
    """The calibration with the least surprise at *label*, the (N,) truth about *logits*."""
    slope, offset = _fit_odds(weapon_odds(logits), WEAPON_SHAPED[label])
    return Calibration(_fit_temperature(logits, label), slope, offset)


def _fit_temperature(logits: NDArray[np.float32], label: NDArray[np.int64]) -> float:
    """For the label among those of its own group, on a grid of 0.3 to 5.

    Source: Guo et al., ICML 2017, arXiv 1706.04599.
    """
    same_group = WEAPON_SHAPED[label][:, None] == WEAPON_SHAPED
    wide = np.where(same_group, logits.astype(np.float64), -np.inf)
    own = wide[np.arange(len(label)), label]
    candidates = np.geomspace(0.3, 5.0, 121)
    surprise = [(np.logaddexp.reduce(wide / t, axis=1) - own / t).mean() for t in candidates]
    return round(float(candidates[int(np.argmin(surprise))]), 4)


def _fit_odds(odds: Array, weapon: NDArray[np.bool_]) -> tuple[float, float]:
    """(slope, offset) of a logistic regression in which both groups weigh the same.

    Even weights make 0.5 mean "as likely as not, had nothing been known before".
    Source: Platt, Advances in Large Margin Classifiers, 1999; solved by Newton's method.
    """
    weight = np.where(weapon, 0.5 / max(weapon.sum(), 1), 0.5 / max((~weapon).sum(), 1))
    middle, spread = odds.mean(), max(odds.std(), 1e-9)  # Newton wants numbers near one
    design = np.stack([(odds - middle) / spread, np.ones_like(odds)], axis=1)
    answer = np.zeros(2)
    for _ in range(NEWTON_STEPS):
        chance = _chance(design @ answer)
        gradient = design.T @ (weight * (chance - weapon)) + RIDGE * answer
        curvature = (design * (weight * chance * (1 - chance))[:, None]).T @ design
        answer = answer - np.linalg.solve(curvature + RIDGE * np.eye(2), gradient)
    slope = answer[0] / spread
    return round(float(slope), 4), round(float(answer[1] - slope * middle), 4)


def _chance(odds: Array) -> Array:
    """The logistic function, written so that nothing overflows."""
    return np.asarray(0.5 * (1.0 + np.tanh(odds / 2.0)))


def choose_thresholds(everyday: Array) -> Thresholds:
    """Thresholds from the weapon scores of *everyday* objects of unseen models."""
    return Thresholds(
        review_at=_exceeded_by(everyday, REVIEWED_EVERYDAY, LOWEST_REVIEW_AT),
        flag_at=_exceeded_by(everyday, FLAGGED_EVERYDAY, LOWEST_FLAG_AT),
    )


def _exceeded_by(scores: Array, share: float, lowest: float) -> float:
    """The two-digit score that at most *share* of *scores* reach, within what is sensible."""
    level = math.ceil(float(np.quantile(scores, 1 - share)) * 100) / 100
    return min(max(level, lowest), HIGHEST)
