"""How scores rank, how labels are mixed up and how far probabilities can be believed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

CALIBRATION_BINS = 15


@dataclass(frozen=True, slots=True)
class Roc:
    """false_stops, recall: (P,) from (0, 0) to (1, 1), a point a distinct score; area below."""

    false_stops: NDArray[np.float64]
    recall: NDArray[np.float64]
    area: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """Of B equally wide bins of stated probability: how many fell in, the mean that was stated and
    the share that came true (both 0 in an empty bin). error: their mean distance, by count.

    Source: Guo et al., ICML 2017, arXiv 1706.04599.
    """

    count: NDArray[np.int64]
    stated: NDArray[np.float64]
    observed: NDArray[np.float64]
    error: float


def roc(scores: NDArray[np.float64], weapon: NDArray[np.bool_]) -> Roc:
    """Every trade between false stops and recall; equal scores are one point.

    Raises ValueError when one of the two kinds is absent.
    """
    if weapon.all() or not weapon.any():
        raise ValueError("a ROC curve needs prints of both kinds")
    order = np.argsort(-scores, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)
    caught = np.cumsum(weapon[order])[ends]
    recall = np.append(0.0, caught / weapon.sum())
    false_stops = np.append(0.0, (ends + 1 - caught) / (~weapon).sum())
    return Roc(false_stops, recall, float(np.trapezoid(recall, false_stops)))


def thinned(curve: Roc, most: int) -> Roc:
    """At most *most* points of *curve*, about evenly spread along it; its ends and area stay."""
    if len(curve.recall) <= most:
        return curve
    along = np.cumsum(np.append(0.0, np.diff(curve.false_stops) + np.diff(curve.recall)))
    chosen = np.unique(np.searchsorted(along, np.linspace(0, along[-1], most)))
    chosen[0], chosen[-1] = 0, len(along) - 1
    return Roc(curve.false_stops[chosen], curve.recall[chosen], curve.area)


def confusion(label: NDArray[np.int64], said: NDArray[np.int64], labels: int) -> NDArray[np.int64]:
    """(labels, labels) counts: rows are what prints are, columns what was said."""
    return np.bincount(label * labels + said, minlength=labels**2).reshape(labels, labels)


def calibration(
    stated: NDArray[np.float64], happened: NDArray[np.bool_], bins: int = CALIBRATION_BINS
) -> Calibration:
    """Stated probabilities (N,) against what happened (N,); bins are open below, closed above."""
    bin_of = np.clip(np.ceil(stated * bins).astype(np.int64) - 1, 0, bins - 1)
    count = np.bincount(bin_of, minlength=bins)
    among = np.maximum(count, 1)
    mean = np.bincount(bin_of, weights=stated, minlength=bins) / among
    share = np.bincount(bin_of, weights=happened, minlength=bins) / among
    error = float((np.abs(mean - share) * count).sum() / max(len(stated), 1))
    return Calibration(count, mean, share, error)
