"""The networks of a finished run, each with what it learned from and what it has not seen.

Compression starts from them: a fold's network is what a smaller one is compared with, on objects
that neither has seen.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.models.multiview import MultiView
from classifier.training import checkpoints
from classifier.training.config import ConfigError, config_of
from classifier.training.examples import Examples
from classifier.training.folds import folds_of
from classifier.training.live import unseen
from classifier.training.loop import CPU
from classifier.training.run import BUNDLE, FINAL, Run, drawn, fold_name
from dataset_builder.sources.labels import LABELS
from dataset_builder.sources.tables import read_aliases
from dataset_builder.terminal import Bars


@dataclass(frozen=True, slots=True)
class Trained:
    """network: averaged weights, ready to judge. lessons: what it learned from. unseen: exams of
    objects that it was held out from; none for the network that ships. seen: exams of the others.
    """

    network: MultiView
    lessons: Examples
    unseen: Examples
    seen: Examples


def finished_run(
    folder: Path,
    data: tuple[Path, ...],
    labels: Path,
    workers: int = 1,
    cache: Path | None = None,
) -> Run:
    """The run in *folder*, with the meshes of *data*, named as in the CSV file *labels*.

    cache: of drawn pictures, where they are not in *folder*. Raises ConfigError when the run has
    not come to its end.
    """
    stated = _statement(folder)
    return Run(
        config_of(stated["config"], str(folder / BUNDLE)),
        folder,
        data,
        read_aliases(labels),
        cache=cache,
        workers=workers,
        resume=True,
        command=stated["command"],
    )


def trained(run: Run, fold: int | None, progress: Bars = unseen) -> Trained:
    """The network of *fold*, or the one that ships.

    Raises ConfigError when the folders given do not hold what the run has learned from.
    """
    lessons, _ = drawn(run, run.config, on=CPU, progress=progress)
    if lessons.digest != _statement(run.folder)["examples_sha256"]:
        raise ConfigError(
            f"{run.folder}: has learned from other examples than the folders given now lead to. "
            "Give the folders of meshes and the labels that it was trained with."
        )
    exams, _ = drawn(run, run.config.for_exams(), on=CPU, progress=progress)
    network = MultiView(len(LABELS), run.config.network)
    name = FINAL if fold is None else fold_name(fold)
    network.load_state_dict(checkpoints.average_in(run.folder / name))
    out = _held_out(exams, fold, run)
    return Trained(
        network=network.eval(),
        lessons=lessons.subset(~_held_out(lessons, fold, run)),
        unseen=exams.subset(out),
        seen=exams.subset(~out),
    )


def _held_out(examples: Examples, fold: int | None, run: Run) -> NDArray[np.bool_]:
    """(N,) whether *fold*'s network was held out from each; nothing is from what ships."""
    if fold is None:
        return np.zeros(len(examples), bool)
    return np.asarray(folds_of(examples.origins, run.config.folds.folds)[examples.origin] == fold)


def _statement(folder: Path) -> dict[str, Any]:
    """What the run's manifest states about its training."""
    path = folder / BUNDLE / "manifest.json"
    try:
        stated: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["training"]
    except (OSError, ValueError, KeyError) as error:
        raise ConfigError(
            f"{folder}: holds no finished run ({type(error).__name__}: {error}). Train one with "
            f"printwarden train --out {folder}, or give another."
        ) from error
    return stated
