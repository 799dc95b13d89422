"""What an evaluation of known shapes comes to: shares with intervals, and pairs taken for one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from classifier.metrics import Rate
from classifier.references.evaluation import Guise, Trial, enrolled, trials
from classifier.runtime.known.library import LEAST_OVERLAP, Kind
from dataset_builder.readers.mesh_files import READERS
from dataset_builder.readers.sniff import promised_format

THRESHOLDS = (0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
DEFAULT = LEAST_OVERLAP[Kind.FLAG]

Json = dict[str, Any]


def mesh_files(folder: Path, most: int | None, seed: int) -> list[Path]:
    """The meshes in *folder*, in order of name, or *most* of them drawn by *seed*."""
    files = sorted(p for p in folder.rglob("*") if promised_format(p.name) in READERS)
    if most is None or most >= len(files):
        return files
    drawn = np.random.default_rng(seed).permutation(len(files))[:most]
    return [files[k] for k in sorted(drawn.tolist())]


def evaluated(files: Sequence[Path], guises: Sequence[Guise], cache: Path, seed: int) -> Json:
    """Enrol *files*, meet each in every guise, and count."""
    library, meshes, refused = enrolled(files)
    found = list(trials(library, meshes, guises, cache, seed))
    met = [trial for trial in found if not trial.failed]
    return {
        "meshes": len(files),
        "enrolled": len(library),
        "refused": refused,
        "least_overlap": DEFAULT,
        "guises": [_row(guise.name, found) for guise in guises],
        "thresholds": [_threshold(met, least, len(library)) for least in THRESHOLDS],
        "mistaken": _pairs(met, THRESHOLDS[0]),
        "missed": [_miss(trial) for trial in met if trial.own < DEFAULT],
        "failed": [f"{trial.guise}: {trial.failed}" for trial in found if trial.failed],
    }


def _row(guise: str, found: Sequence[Trial]) -> Json:
    """One guise: how many were found, and how well they lay on each other."""
    own = np.array([trial.own for trial in found if trial.guise == guise and not trial.failed])
    low, median = np.percentile(own, [5, 50]).tolist() if len(own) else (None, None)
    return {
        "guise": guise,
        "found": str(Rate.among(own >= DEFAULT)),
        "overlap_5%": None if low is None else round(low, 3),
        "overlap_50%": None if median is None else round(median, 3),
    }


def _threshold(met: Sequence[Trial], least: float, references: int) -> Json:
    """What another threshold would have come to, all guises together."""
    asked = len({trial.part for trial in met})
    mistaken = {frozenset((t.part, m.name)) for t in met for m in t.others(least)}
    return {
        "least_overlap": least,
        "found": str(Rate.among([trial.own >= least for trial in met])),
        "pairs_mistaken": len(mistaken),
        "of_pairs": asked * (references - 1) // 2,
    }


def _pairs(met: Sequence[Trial], least: float) -> list[Json]:
    """Pairs of different meshes taken for one, the nearest first."""
    nearest: dict[tuple[str, ...], float] = {}
    for trial in met:
        for match in trial.others(least):
            pair = tuple(sorted((trial.part, match.name)))
            nearest[pair] = max(match.overlap, nearest.get(pair, 0.0))
    return [
        {"overlap": round(overlap, 3), "a": a, "b": b}
        for (a, b), overlap in sorted(nearest.items(), key=lambda item: -item[1])
    ]


def _miss(trial: Trial) -> Json:
    return {"guise": trial.guise, "part": trial.part, "overlap": round(trial.own, 3)}
