"""What a threshold costs: weapon-shaped prints caught against everyday prints stopped.

A print is stopped when its weapon score lies above a threshold. The threshold is set on the
everyday prints that are judged, so that at most a stated share of them is stopped.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classifier.metrics import Rate
from dataset_builder.sources.labels import LABELS

if TYPE_CHECKING:
    from numpy.typing import NDArray

FALSE_STOP_RATES = (0.01, 0.001)
BASE_RATES = (1 / 100, 1 / 10_000)
"""Shares of jobs that are weapon-shaped: a watched print farm, and everybody's printers."""
WEAPON_LABELS = np.array([label.weapon_shaped for label in LABELS])
_ROUNDING = 1e-9  # 0.07 * 100 is not quite 7


@dataclass(frozen=True, slots=True)
class Stops:
    """What happens when scores above *threshold* are stopped.

    resolved: whether there are everyday prints enough to see *rate* at all; where there are not,
    none of them is stopped and the true rate is known only to lie below `false_stops.interval`.
    """

    rate: float
    threshold: float
    recall: Rate
    false_stops: Rate
    resolved: bool


def weapon_scores(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """(..., labels) -> (...): the probability of any weapon-shaped label."""
    return np.asarray(probabilities[..., WEAPON_LABELS].sum(axis=-1), dtype=np.float64)


def stop_threshold(everyday: NDArray[np.float64], rate: float) -> float:
    """The lowest threshold above which at most the share *rate* of *everyday* scores lies.

    Raises ValueError without a score to set it on.
    """
    if not len(everyday):
        raise ValueError("a threshold needs everyday prints to be set on")
    allowed = min(math.floor(rate * len(everyday) + _ROUNDING), len(everyday) - 1)
    return float(np.sort(everyday)[::-1][allowed])


def stops_at(scores: NDArray[np.float64], weapon: NDArray[np.bool_], rate: float) -> Stops:
    """Recall at a false-stop rate; scores: (N,), weapon: (N,) whether each should be stopped."""
    everyday = scores[~weapon]
    threshold = stop_threshold(everyday, rate)
    return Stops(
        rate=rate,
        threshold=threshold,
        recall=Rate.among(scores[weapon] > threshold),
        false_stops=Rate.among(everyday > threshold),
        resolved=rate * len(everyday) + _ROUNDING >= 1,
    )


def precision(recall: float, false_stop_rate: float, base_rate: float) -> float:
    """Share of stops that are right when *base_rate* of all jobs should be; NaN without stops."""
    right, wrong = base_rate * recall, (1 - base_rate) * false_stop_rate
    return right / (right + wrong) if right + wrong else math.nan


def precision_at_worst(stops: Stops, base_rate: float) -> float:
    """As *precision*, with the highest false-stop rate that the counted ones allow."""
    return precision(stops.recall.share, stops.false_stops.interval[1], base_rate)
