"""From nothing to a bundle: draw examples, hold models out, fit, measure, export."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from classifier.training.calibrate import (
    WEAPON_SHAPED,
    Calibration,
    calibrate,
    choose_thresholds,
    weapon_scores,
)
from classifier.training.data import Examples, draw_examples
from classifier.training.tables import Rates, judge_meshes, rates_at, rates_by_model, unseen_logits
from classifier.training.export import Parts, check_same, export_onnx, weights_of, write_bundle
from classifier.training.familiarity import familiarity_of, gallery_of
from classifier.training.loop import OnStep, Schedule, fit, logits_of
from classifier.models.multiview import Calibrated, MultiView
from classifier.training.config import Plan
from classifier.runtime.bundle import ModelBundle, Thresholds
from classifier.runtime.recipe import ViewRecipe
from classifier.runtime.scorer import Scorer
from dataset_builder.sources.labels import LABELS
from dataset_builder.sources.solids import SOLIDS

NAME, VERSION = "parametric", "1"
Advance = Callable[[int], None]
Progress = Callable[[str, int], Advance]
"""Given a title and a total, returns what is called with each advance."""


@dataclass(frozen=True, slots=True)
class Unseen:
    """What networks said of models they had not seen. scores: (N,) weapon scores."""

    calibration: Calibration
    thresholds: Thresholds
    scores: NDArray[np.float64]


def train(
    out: Path,
    plan: Plan,
    *,
    workers: int = 1,
    meshes: Path | None = None,
    progress: Progress = lambda *_: lambda _: None,
) -> ModelBundle:
    """Write a bundle to *out*; the same plan gives the same bundle on one machine.

    workers: processes that draw examples. meshes: a folder as `evaluate.judge_meshes` wants it,
    measured and never trained on. Raises ExportError when onnxruntime and torch disagree.
    """
    # sums over threads differ in their last bits, and for tensors this small one is as fast
    torch.set_num_threads(1)
    report = progress("Drawing examples", plan.draws_per_model * len(SOLIDS))
    examples = draw_examples(
        plan.draws_per_model, seed=plan.seed, recipe=ViewRecipe(), workers=workers, report=report
    )
    unseen = judge_unseen(examples, plan, progress)
    on_step = _on_step(progress("Training", plan.steps))
    network = fit(examples, Schedule(steps=plan.steps), seed=plan.seed, on_step=on_step)
    judge = Calibrated(network, unseen.calibration, torch.from_numpy(WEAPON_SHAPED)).eval()
    gallery = gallery_of(network, examples)
    parts = Parts(
        model=export_onnx(judge, examples),
        gallery=gallery.packed(),
        weights=weights_of(network),
        manifest=_manifest(plan, examples, unseen, network)
        | {"familiarity": familiarity_of(gallery)._asdict()},
    )
    tables = _tables(examples, unseen)
    bundle = write_bundle(out, parts, tables)
    check_same(judge, Scorer(bundle), examples)
    if meshes is not None:
        tables |= judge_meshes(meshes, Scorer(bundle), progress)
        bundle = write_bundle(out, parts, tables)
    return bundle


def judge_unseen(examples: Examples, plan: Plan, progress: Progress) -> Unseen:
    """Cross-validate by model, then choose calibration and thresholds from what came out."""
    advance = progress("Holding models out", plan.fold_steps * plan.folds)

    def judge(seen: Examples, held_out: Examples, fold: int) -> NDArray[np.float32]:
        schedule, seed = Schedule(steps=plan.fold_steps), plan.seed + 1 + fold
        return logits_of(fit(seen, schedule, seed=seed, on_step=_on_step(advance)), held_out)

    logits = unseen_logits(examples, plan.folds, judge)
    calibration = calibrate(logits, examples.label)
    scores = weapon_scores(logits, calibration)
    everyday = scores[~WEAPON_SHAPED[examples.label]]
    return Unseen(calibration, choose_thresholds(everyday), scores)


def _tables(examples: Examples, unseen: Unseen) -> dict[str, Rates]:
    weapon = WEAPON_SHAPED[examples.label]
    one_by_one = rates_by_model(unseen.scores, examples, unseen.thresholds)
    return {
        "Models never seen": rates_at(unseen.scores, weapon, unseen.thresholds),
        "Models never seen, not clear, one by one": one_by_one,
    }


def _manifest(plan: Plan, examples: Examples, unseen: Unseen, network: MultiView) -> dict[str, Any]:
    return {
        "name": NAME,
        "version": VERSION,
        "labels": [{"name": label.name, "weapon_shaped": label.weapon_shaped} for label in LABELS],
        "views": asdict(ViewRecipe()),
        "thresholds": unseen.thresholds._asdict(),
        "early": None,
        "training": {
            **asdict(plan),
            "examples": len(examples),
            "examples_sha256": examples.digest(),
            "parameters": sum(weights.numel() for weights in network.parameters()),
            "calibration": unseen.calibration._asdict(),
        },
    }


def _on_step(advance: Advance) -> OnStep:
    return lambda _step, _loss: advance(1)
