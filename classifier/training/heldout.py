"""Every example judged by a network that has seen nothing of its source or family."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.models.multiview import MultiView
from classifier.runtime.gallery import Familiarity
from classifier.training.calibrate import (
    Calibration,
    calibrate,
    calibrated_across,
    expected_error,
    weapon_odds,
    weapon_scores,
)
from classifier.training.config import RatesConfig
from classifier.training.conformal import Everyday, Promise, promises
from classifier.training.examples import Examples
from classifier.training.familiarity import distances_of, familiarity_of, gallery_of
from classifier.training.folds import folds_of
from classifier.training.loop import Measure, logits_of
from classifier.training.machine import Machine
from dataset_builder.sources.labels import LABELS

FALSE_STOPS = 0.01  # where recall is read while a network learns
WATCHED = 1500  # held-out examples that are judged for it, evenly spread
Fit = Callable[[Examples, int, Measure], MultiView]
"""(examples to learn from, fold, what to say at checkpoints) -> a network."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """What networks said of exams about what they had not seen. logits: (N, labels). distance: (N,)
    from what they had seen. fold: (N,) which network.
    """

    logits: NDArray[np.float32]
    distance: NDArray[np.float32]
    fold: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Meaning:
    """What gives the final network's numbers a meaning. scores: (N,) calibrated weapon scores of
    the held-out examples. error: expected calibration error, each fold calibrated by the others.
    """

    calibration: Calibration
    promises: Mapping[str, Promise]
    familiarity: Familiarity
    scores: NDArray[np.float64]
    error: float


def judge_held_out(
    lessons: Examples, exams: Examples, folds: int, fit: Fit, on: Machine
) -> HeldOut:
    """Train a network for each fold of *lessons* by *fit*; let it judge the fold's *exams*."""
    fold = folds_of(lessons.origins, folds)[lessons.origin]
    asked = folds_of(exams.origins, folds)[exams.origin]
    logits = np.zeros((len(exams), len(LABELS)), np.float32)
    distance = np.zeros(len(exams), np.float32)
    for number in range(folds):
        out = asked == number
        seen, held_out = lessons.subset(fold != number), exams.subset(out)
        if not len(held_out):
            continue
        network = fit(seen, number, recall_on(held_out, on))
        if on.first:  # the others only help to train
            logits[out] = logits_of(network, held_out)
            distance[out] = distances_of(network, gallery_of(network, seen), held_out)
    return HeldOut(logits, distance, asked)


def recall_on(held_out: Examples, on: Machine) -> Measure:
    """Says what share of weapon-shaped ones scores above all but 1 % of everyday ones."""
    step = max(len(held_out) // WATCHED, 1)
    some = held_out.subset(np.arange(0, len(held_out), step))

    def measure(network: MultiView) -> Mapping[str, float]:
        odds, weapon = weapon_odds(logits_of(network, some, on)), some.weapon
        if weapon.all() or not weapon.any():
            return {}
        level = np.quantile(odds[~weapon], 1 - FALSE_STOPS)
        return {"held-out recall at 1 % false stops": float((odds[weapon] > level).mean())}

    return measure


def meaning_of(exams: Examples, held_out: HeldOut, rates: RatesConfig) -> Meaning:
    """Calibration, thresholds and the limit of the familiar, all from held-out exams."""
    calibration = calibrate(held_out.logits, exams.label)
    scores = weapon_scores(held_out.logits, calibration)
    across = calibrated_across(held_out.logits, exams.label, held_out.fold)
    return Meaning(
        calibration=calibration,
        promises=promises(everyday_in(exams, scores, rates), rates),
        familiarity=familiarity_of(held_out.distance[~exams.weapon], rates.unfamiliar),
        scores=scores,
        error=expected_error(across, exams.weapon),
    )


def everyday_in(exams: Examples, scores: NDArray[np.float64], rates: RatesConfig) -> Everyday:
    """The everyday objects among *exams*, of (N,) *scores*, that thresholds are chosen on."""
    weight = np.where(exams.from_mesh, 1.0, rates.weight_parametric)
    counted = ~exams.weapon & (weight > 0)
    return Everyday(scores[counted], exams.unit[counted], weight[counted])
