"""What makes scores mean something: one temperature and two thresholds, from unseen models only."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from classifier.runtime.bundle import Thresholds
from dataset_builder.sources.labels import LABELS

Array = NDArray[np.float64]

REVIEWED_EVERYDAY = 0.04
"""Share of draws of unseen everyday models that may go to a person."""
FLAGGED_EVERYDAY = 0.005
"""Share of draws of unseen everyday models that may be flagged."""
LOWEST_REVIEW_AT, LOWEST_FLAG_AT, HIGHEST = 0.30, 0.70, 0.98
"""However well training went, less than an even chance is never a flag."""
WEAPON_SHAPED = np.array([label.weapon_shaped for label in LABELS])


def probabilities(logits: NDArray[np.float32], temperature: float) -> Array:
    """(N, labels) logits -> probabilities."""
    scaled = logits.astype(np.float64) / temperature
    scaled -= scaled.max(axis=1, keepdims=True)
    odds = np.exp(scaled)
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def weapon_scores(logits: NDArray[np.float32], temperature: float) -> Array:
    """(N,) probability of any weapon-shaped label."""
    return np.asarray(probabilities(logits, temperature)[:, WEAPON_SHAPED].sum(axis=1))


def fit_temperature(logits: NDArray[np.float32], label: NDArray[np.int64]) -> float:
    """The temperature with the least surprise at *label*, found on a fine grid of 0.3 to 5.

    Source: Guo et al., ICML 2017, arXiv 1706.04599.
    """
    candidates = np.exp(np.linspace(math.log(0.3), math.log(5.0), 121))
    rows = np.arange(len(label))
    surprise = [-np.log(probabilities(logits, t)[rows, label] + 1e-12).mean() for t in candidates]
    return float(round(candidates[int(np.argmin(surprise))], 4))


def choose_thresholds(everyday: Array) -> Thresholds:
    """Thresholds from the weapon scores of *everyday* objects of models that were not trained on."""
    return Thresholds(
        review_at=_exceeded_by(everyday, REVIEWED_EVERYDAY, LOWEST_REVIEW_AT),
        flag_at=_exceeded_by(everyday, FLAGGED_EVERYDAY, LOWEST_FLAG_AT),
    )


def _exceeded_by(scores: Array, share: float, lowest: float) -> float:
    """The two-digit score that at most *share* of *scores* reach, within what is sensible."""
    level = math.ceil(float(np.quantile(scores, 1 - share)) * 100) / 100
    return min(max(level, lowest), HIGHEST)
