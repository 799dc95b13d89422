"""What gives scores a meaning: a calibration, from objects that the judging network never saw."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from classifier.training.examples import WEAPON_SHAPED

Array = NDArray[np.float64]

NEWTON_STEPS = 25
RIDGE = 1e-3  # a perfect separation would ask for an endless slope
BINS = 15  # of a reliability diagram


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


def expected_error(scores: Array, weapon: NDArray[np.bool_]) -> float:
    """Mean gap between score and share of weapon-shaped ones, over 15 bins of equal width.

    Both groups weigh the same, as in the calibration. Source: Guo et al., arXiv 1706.04599.
    """
    weight = np.where(weapon, 0.5 / max(weapon.sum(), 1), 0.5 / max((~weapon).sum(), 1))
    place = np.minimum((scores * BINS).astype(int), BINS - 1)
    gap = np.bincount(place, weight * (scores - weapon), BINS)
    return float(np.abs(gap).sum())


def calibrated_across(
    logits: NDArray[np.float32], label: NDArray[np.int64], fold: NDArray[np.int64]
) -> Array:
    """(N,) scores where each fold is calibrated by the others: what a calibration error is honest
    about. A fold that is alone is calibrated by itself.
    """
    scores = np.empty(len(label))
    for number in np.unique(fold):
        here = fold == number
        others = ~here if (~here).any() else here
        scores[here] = weapon_scores(logits[here], calibrate(logits[others], label[others]))
    return scores
