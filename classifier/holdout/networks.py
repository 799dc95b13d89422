"""The networks of a finished run's folds as bundles, so that jobs are judged as a scan judges."""

from __future__ import annotations

import json
from pathlib import Path

import torch

from classifier.models.multiview import Calibrated
from classifier.runtime.bundle import FAILURES, MANIFEST, ModelBundle
from classifier.training.calibrate import Calibration
from classifier.training.examples import WEAPON_SHAPED
from classifier.training.export import Parts, export_onnx, weights_of, write_bundle
from classifier.training.familiarity import gallery_of
from classifier.training.live import unseen
from classifier.training.run import BUNDLE, Run
from classifier.training.trained import trained
from dataset_builder.terminal import Bars


def fold_bundle(run: Run, fold: int, folder: Path, progress: Bars = unseen) -> ModelBundle:
    """Write the network of *fold* into *folder*, with the calibration and thresholds that ship.

    Those were chosen on what folds held out, so they mean the same here. Raises ConfigError when
    *run* has not come to its end or the meshes given are not those it learned from.
    """
    shipped = run.folder / BUNDLE
    manifest = json.loads((shipped / MANIFEST).read_text(encoding="utf-8"))
    stated = manifest["training"]["calibration"]
    calibration = Calibration(*(stated[name] for name in Calibration._fields))
    part = trained(run, fold, progress)
    judge = Calibrated(part.network, calibration, torch.from_numpy(WEAPON_SHAPED)).eval()
    parts = Parts(
        model=export_onnx(judge, part.lessons),
        gallery=gallery_of(part.network, part.lessons).packed(),
        weights=weights_of(part.network),
        failures=(shipped / FAILURES).read_bytes(),
        manifest=manifest | {"early": None},  # that network has not been held out from anything
    )
    return write_bundle(folder, parts, {})
