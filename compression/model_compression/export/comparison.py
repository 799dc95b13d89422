"""The dense network and the small one on the same held-out objects: figures and disagreements.

Each network keeps to thresholds of its own, for they were chosen for it. An object counts once, as
in the tables of a card: a mesh file as what half of its pictures or more are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from classifier.metrics import Rate
from classifier.runtime.bundle import Thresholds
from classifier.training.compressed import VERDICTS
from classifier.training.examples import Examples
from classifier.training.tables import MESHES, MODELS, hits

Json = dict[str, Any]


class Judged(NamedTuple):
    """One network's (N,) weapon scores of the examples, and the thresholds it ships with."""

    scores: NDArray[np.float64]
    thresholds: Thresholds


class _Objects(NamedTuple):
    """(objects,) each. verdicts: 0 clear, 1 review, 2 flagged; scores: medians over pictures."""

    verdicts: NDArray[np.int64]
    scores: NDArray[np.float64]


def compare(examples: Examples, dense: Judged, small: Judged) -> Json:
    """A manifest's `compression.compared`: rates a group, and each object judged differently."""
    _, first = np.unique(examples.unit, return_index=True)
    objects = examples.subset(first)
    before, after = (_judged(examples, judged) for judged in (dense, small))
    groups = ((MESHES, objects.from_mesh), (MODELS, ~objects.from_mesh))
    return {
        "objects": len(objects),
        "rates": {
            title: dict(_rates(objects.weapon & part, ~objects.weapon & part, before, after))
            for title, part in groups
            if part.any()
        },
        "disagreements": list(_disagreements(objects, before, after)),
    }


def _judged(examples: Examples, judged: Judged) -> _Objects:
    scores, (review_at, flag_at) = judged
    flagged = hits(examples.unit, scores, flag_at).astype(np.int64)
    verdicts = np.maximum(hits(examples.unit, scores, review_at), 2 * flagged)
    order = np.argsort(examples.unit, kind="stable")
    parts = np.split(scores[order], np.cumsum(np.bincount(examples.unit))[:-1])
    return _Objects(verdicts, np.array([float(np.median(part)) for part in parts]))


def _rates(
    weapon: NDArray[np.bool_], everyday: NDArray[np.bool_], before: _Objects, after: _Objects
) -> Iterator[tuple[str, Json]]:
    """How often each group meets a verdict, and how many objects only one network gives it."""
    for group, part in (("weapon-shaped", weapon), ("everyday", everyday)):
        for least, verdict in ((2, "flagged"), (1, "flagged or sent to review")):
            first, second = before.verdicts[part] >= least, after.verdicts[part] >= least
            yield (
                f"{group}, {verdict}",
                {
                    "dense": Rate.among(first).to_json(),
                    "compressed": Rate.among(second).to_json(),
                    "dense_alone": int((first & ~second).sum()),
                    "compressed_alone": int((second & ~first).sum()),
                },
            )


def _disagreements(objects: Examples, before: _Objects, after: _Objects) -> Iterator[Json]:
    """The widest apart in score first."""
    apart = np.flatnonzero(before.verdicts != after.verdicts)
    order = np.argsort(-np.abs(before.scores - after.scores)[apart], kind="stable")
    for at in apart[order].tolist():
        origin = objects.origins[objects.origin[at]]
        yield {
            "name": origin.name,
            "label": origin.label,
            "dense": [VERDICTS[before.verdicts[at]], round(float(before.scores[at]), 4)],
            "compressed": [VERDICTS[after.verdicts[at]], round(float(after.scores[at]), 4)],
        }
