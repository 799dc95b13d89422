"""What was said in one protocol -> everything that is reported of it, ready for JSON."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from classifier.benchmark.answers import Exam
from classifier.benchmark.curves import Calibration, calibration, confusion, roc, thinned
from classifier.benchmark.early import Earliness, earliness
from classifier.benchmark.families import Redrawn
from classifier.benchmark.prints import Prints
from classifier.benchmark.stops import (
    BASE_RATES,
    FALSE_STOP_RATES,
    WEAPON_LABELS,
    precision,
    precision_at_worst,
    stop_threshold,
    stops_at,
    weapon_scores,
)
from classifier.metrics import Rate
from dataset_builder.sources.labels import LABEL_NAMES

if TYPE_CHECKING:
    from numpy.typing import NDArray

Json = dict[str, Any]
ROC_POINTS = 200
EARLY_RATE = FALSE_STOP_RATES[0]


@dataclass(frozen=True, slots=True)
class Judged:
    """One protocol's answers, lessons pooled: (N, labels) said of N prints, what they are."""

    said: NDArray[np.float64]
    label: NDArray[np.int64]
    family: NDArray[np.str_]
    grown: NDArray[np.float64]
    grown_label: NDArray[np.int64]

    @classmethod
    def pooled(cls, exams: Sequence[Exam], prints: Prints) -> Judged:
        """All lessons together, under one threshold: the networks of folds stand for one."""
        rows = np.concatenate([exam.rows for exam in exams])
        grown_rows = np.concatenate([exam.grown_rows for exam in exams])
        return cls(
            said=np.concatenate([exam.said for exam in exams]),
            label=prints.label[rows],
            family=prints.family[rows],
            grown=np.concatenate([exam.grown for exam in exams]),
            grown_label=prints.label[grown_rows],
        )

    @property
    def weapon(self) -> NDArray[np.bool_]:
        """(N,) whether each print should be stopped."""
        return np.asarray(WEAPON_LABELS[self.label])


def marks(judged: Judged, seed: int) -> Json:
    """Everything about one contender in one protocol. seed: of the draws of families."""
    weapon, said_label = judged.weapon, judged.said.argmax(axis=1)
    redrawn = Redrawn.from_prints(judged.family, weapon, seed=seed)
    right = said_label == judged.label
    found: Json = {
        "prints": len(right),
        "weapon_shaped": int(weapon.sum()),
        "families": len(np.unique(judged.family)),
        "accuracy": redrawn.share(right).to_json(),
        "per_label": _per_label(right, judged),
        "confusion": _confusion(judged.label, said_label),
        "calibration": _calibrations(judged, right),
    }
    if weapon.any() and not weapon.all():
        scores = weapon_scores(judged.said)
        found["stops"] = [_stops(scores, weapon, rate, redrawn) for rate in FALSE_STOP_RATES]
        found["roc"] = _roc(scores, weapon)
        found["early"] = _early(judged)
    return found


def _per_label(right: NDArray[np.bool_], judged: Judged) -> Json:
    """Interval over prints, and of how many families they are."""
    rows = {}
    for index in np.unique(judged.label).tolist():
        mine = judged.label == index
        families = len(np.unique(judged.family[mine]))
        rows[LABEL_NAMES[index]] = Rate.among(right[mine]).to_json() | {"families": families}
    return rows


def _confusion(label: NDArray[np.int64], said: NDArray[np.int64]) -> Json:
    """Labels that are there or were said, and counts: rows are what prints are."""
    used = np.union1d(label, said)
    counts = confusion(label, said, len(LABEL_NAMES))[np.ix_(used, used)]
    return {"labels": [LABEL_NAMES[index] for index in used], "counts": counts.tolist()}


def _calibrations(judged: Judged, right: NDArray[np.bool_]) -> Json:
    stated = np.clip(judged.said.max(axis=1), 0, 1)
    weapon = np.clip(weapon_scores(judged.said), 0, 1)
    return {
        "label": _bins(calibration(stated, right)),
        "weapon_score": _bins(calibration(weapon, judged.weapon)),
    }


def _bins(found: Calibration) -> Json:
    return {
        "error": round(found.error, 4),
        "count": found.count.tolist(),
        "stated": found.stated.round(4).tolist(),
        "observed": found.observed.round(4).tolist(),
    }


def _stops(
    scores: NDArray[np.float64], weapon: NDArray[np.bool_], rate: float, redrawn: Redrawn
) -> Json:
    stops = stops_at(scores, weapon, rate)
    share = stops.false_stops.share
    return {
        "rate": rate,
        "resolved": stops.resolved,
        "threshold": stops.threshold,
        "recall": redrawn.recall(scores, weapon, rate).to_json(),
        "false_stops": stops.false_stops.to_json(),
        "precision": [
            {
                "base_rate": base_rate,
                # without a false stop the measured rate says only "rare"
                "measured": _number(precision(stops.recall.share, share, base_rate))
                if stops.false_stops.hits
                else None,
                "at_worst": _number(precision_at_worst(stops, base_rate)),
            }
            for base_rate in BASE_RATES
        ],
    }


def _roc(scores: NDArray[np.float64], weapon: NDArray[np.bool_]) -> Json:
    curve = roc(scores, weapon)
    points = thinned(curve, ROC_POINTS)
    return {
        "area": round(curve.area, 4),
        "false_stops": points.false_stops.round(5).tolist(),
        "recall": points.recall.round(5).tolist(),
    }


def _early(judged: Judged) -> Json | None:
    """At a threshold set on the last frames: frames show all planes, an exam perhaps fewer."""
    scores, weapon = weapon_scores(judged.grown), WEAPON_LABELS[judged.grown_label]
    if weapon.all() or not weapon.any():
        return None
    threshold = stop_threshold(scores[~weapon, -1], EARLY_RATE)
    return {
        "false_stop_rate": EARLY_RATE,
        "all": _shares(earliness(scores, weapon, threshold)),
        "weapon_shaped": _shares(earliness(scores[weapon], weapon[weapon], threshold)),
    }


def _shares(found: Earliness) -> Json:
    return {
        "lower_quartile": _number(found.lower_quartile),
        "median": _number(found.median),
        "upper_quartile": _number(found.upper_quartile),
        "never": found.never.to_json(),
    }


def _number(value: float) -> float | None:
    """JSON knows neither infinity ("never") nor NaN ("nothing to divide")."""
    return round(value, 6) if math.isfinite(value) else None
