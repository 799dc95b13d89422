"""A trained network, and what its like said of what they had not seen -> a bundle.

Training ends with it, and so does compression: a smaller network is bundled like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from classifier.models.multiview import Calibrated, MultiView
from classifier.runtime.bundle import ModelBundle
from classifier.runtime.gallery import Gallery
from classifier.runtime.scorer import Scorer
from classifier.training.conformal import thresholds_of
from classifier.training.costs import Meter
from classifier.training.examples import WEAPON_SHAPED, Examples
from classifier.training.export import Parts, check_same, export_onnx, weights_of, write_bundle
from classifier.training.failures import draw_failures, worst
from classifier.training.familiarity import distances_from_others, familiarity_of, gallery_of
from classifier.training.heldout import Meaning
from classifier.training.run import Run, recipe_of
from classifier.training.statement import Making, manifest_of
from classifier.training.tables import tables_of
from dataset_builder.sources.errors import Skipped


@dataclass(frozen=True, slots=True)
class Finished:
    """All that a bundle is made of. examples, skipped: what *network* learned from, and what had no
    picture. exams, meaning: what networks like it said of objects they had not seen. compression:
    what the manifest states about how it was made smaller, given the bytes of model.onnx.
    """

    run: Run
    examples: Examples
    exams: Examples
    skipped: Sequence[Skipped]
    meaning: Meaning
    network: MultiView
    meter: Meter
    compression: Callable[[bytes], Mapping[str, Any]] | None = None


def bundled(done: Finished, folder: Path) -> ModelBundle:
    """Write the bundle to *folder*. Raises ExportError when onnxruntime and torch disagree."""
    examples, exams = done.examples, done.exams
    gallery = gallery_of(done.network, examples)
    meaning = _with_own_limit(done, gallery)
    thresholds = thresholds_of(dict(meaning.promises))
    judge = Calibrated(done.network, meaning.calibration, torch.from_numpy(WEAPON_SHAPED)).eval()
    missed, alarms = worst(exams, meaning.scores, thresholds)
    model = export_onnx(judge, examples)
    making = Making(
        config=done.run.config,
        recipe=recipe_of(done.run.config),
        examples=examples,
        skipped=done.skipped,
        meaning=meaning,
        command=done.run.command,
        costs=done.meter.sample(),
        failures={"missed": len(missed), "alarms": len(alarms)},
    )
    smaller = {"compression": done.compression(model)} if done.compression else {}
    parts = Parts(
        model=model,
        gallery=gallery.packed(),
        weights=weights_of(done.network),
        failures=draw_failures(exams, missed, alarms),
        manifest=manifest_of(making, done.network) | smaller,
    )
    bundle = write_bundle(folder, parts, tables_of(exams, meaning.scores, thresholds))
    check_same(judge, Scorer(bundle), examples)
    return bundle


def _with_own_limit(done: Finished, gallery: Gallery) -> Meaning:
    """The familiar reaches as far as the network that ships needs it to.

    Networks place objects farther apart the longer they learn, so a limit from the shorter training
    of the folds can be too narrow: what ships is asked as well, each object's own rows left out.
    """
    everyday = ~done.exams.weapon
    distances = distances_from_others(done.network, gallery, done.exams)[everyday]
    own = familiarity_of(distances, done.run.config.rates.unfamiliar)
    held_out = done.meaning.familiarity
    return replace(done.meaning, familiarity=max(own, held_out, key=lambda one: one.limit))
