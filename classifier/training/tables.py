"""How well a network does on what it never saw: whole models held out, and real meshes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from classifier.training.data import Examples
from classifier.metrics import Rate
from classifier.runtime.bundle import Thresholds
from classifier.runtime.scorer import Scorer
from dataset_builder.readers.open_job import open_job
from dataset_builder.render.objects import split_objects
from dataset_builder.render.slice_mesh import slice_mesh
from dataset_builder.sources.labels import LABELS
from dataset_builder.sources.solids import SOLIDS

WEAPON_FOLDER = "weapon_props"
UNNAMED_PROPS = "other"  # bows, axes and launchers, but bats and hammers among them
MESH_CELLS = 256  # as fine as a scan cuts a mesh
Rates = dict[str, Rate]
Progress = Callable[[str, int], Callable[[int], None]]
Judge = Callable[[Examples, Examples, int], NDArray[np.float32]]
"""(examples to train on, examples to judge, fold) -> (N, labels) logits of the second."""


def folds_of(models: NDArray[np.int64], folds: int) -> NDArray[np.int64]:
    """(N,) model indices -> the fold that holds each out; the models of a label are dealt round."""
    dealt: dict[str, int] = defaultdict(int)
    fold = np.empty(len(SOLIDS), np.int64)
    for index, solid in enumerate(SOLIDS.values()):
        # start each label elsewhere, so that folds get models of about equal number
        start = [label.name for label in LABELS].index(solid.label.name)
        fold[index] = (start + dealt[solid.label.name]) % folds
        dealt[solid.label.name] += 1
    return fold[models]


def unseen_logits(examples: Examples, folds: int, judge: Judge) -> NDArray[np.float32]:
    """(N, labels): every example judged by a network that never saw its model."""
    fold = folds_of(examples.model, folds)
    logits = np.empty((len(examples), len(LABELS)), np.float32)
    for index in range(folds):
        held_out = fold == index
        logits[held_out] = judge(examples.subset(~held_out), examples.subset(held_out), index)
    return logits


def rates_at(
    scores: NDArray[np.float64], weapon: NDArray[np.bool_], thresholds: Thresholds
) -> Rates:
    """Recall on what is weapon-shaped and false alarms on what is not, at both thresholds."""
    seen, flagged = scores >= thresholds.review_at, scores >= thresholds.flag_at
    return {
        "weapon-shaped, flagged": Rate.among(flagged[weapon]),
        "weapon-shaped, flagged or sent to review": Rate.among(seen[weapon]),
        "everyday, flagged": Rate.among(flagged[~weapon]),
        "everyday, flagged or sent to review": Rate.among(seen[~weapon]),
    }


def rates_by_model(
    scores: NDArray[np.float64], examples: Examples, thresholds: Thresholds
) -> Rates:
    """Share of each model's examples that are not clear."""
    return {
        f"{name} ({solid.label.name})": Rate.among(
            scores[examples.model == index] >= thresholds.review_at
        )
        for index, (name, solid) in enumerate(SOLIDS.items())
        if (examples.model == index).any()
    }


def judge_meshes(folder: Path, scorer: Scorer, progress: Progress) -> dict[str, Rates]:
    """Titled tables over every STL below *folder*/weapon_props and *folder*/benign.

    A mesh's class is the name of its folder; "other" props are a mixed lot, so they are reported
    but not counted as weapon-shaped. Raises FileNotFoundError without any mesh.
    """
    paths = sorted(folder.glob("*/*/*.stl"))
    if not paths:
        raise FileNotFoundError(f"{folder}: no {WEAPON_FOLDER}/*/*.stl and no everyday meshes")
    advance = progress("Judging real meshes", len(paths))
    scores: dict[tuple[str, str], list[float]] = defaultdict(list)
    for path in paths:
        group, kind = path.parts[-3:-1]
        scores[group, kind].append(_weapon_score(path, scorer))
        advance(1)
    thresholds = scorer.bundle.thresholds
    return {
        "Real meshes, none trained on": _mesh_rates(scores, thresholds),
        "Real meshes, not clear, by class": {
            f"{group}/{kind}": Rate.among(np.array(values) >= thresholds.review_at)
            for (group, kind), values in scores.items()
        },
    }


def _mesh_rates(scores: Mapping[tuple[str, str], list[float]], thresholds: Thresholds) -> Rates:
    known = {key: values for key, values in scores.items() if key[1] != UNNAMED_PROPS}
    weapon = [group == WEAPON_FOLDER for (group, _), values in known.items() for _ in values]
    levels = [level for values in known.values() for level in values]
    return rates_at(np.array(levels), np.array(weapon), thresholds)


def _weapon_score(path: Path, scorer: Scorer) -> float:
    """The highest score among a file's objects, as a scan takes it."""
    with open_job(path) as job:
        mesh = job.mesh()
    objects = split_objects(slice_mesh(mesh, cells=MESH_CELLS))
    return max(score.weapon_score for score in scorer.score(objects))
