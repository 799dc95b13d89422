"""How often held-out objects are caught or stopped, as titled tables of rates.

A mesh file counts once, as what half of its pictures or more are; a draw of a parametric model is
an object of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from classifier.metrics import Rate
from classifier.runtime.bundle import Thresholds
from classifier.training.examples import Examples
from dataset_builder.sources.labels import LABELS

Rates = dict[str, Rate]
Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
MESHES, MODELS = "Mesh files, by source", "Parametric models, by family"
PICTURES = "Mesh files, every picture"
BY_MODEL = "Parametric models never seen, not clear"


def tables_of(examples: Examples, scores: Array, thresholds: Thresholds) -> dict[str, Rates]:
    """Title -> rates; parts without examples are left out."""
    tables: dict[str, Rates] = {}
    for title, part in ((MESHES, examples.from_mesh), (MODELS, ~examples.from_mesh)):
        if part.any():
            seen = _Seen(examples.subset(part), scores[part], thresholds)
            tables[title] = seen.totals()
            tables[f"{title}: weapon-shaped, flagged"] = seen.by_label(True, seen.flagged)
            tables[f"{title}: weapon-shaped, not clear"] = seen.by_label(True, seen.not_clear)
            tables[f"{title}: everyday, not clear"] = seen.by_label(False, seen.not_clear)
    if examples.from_mesh.any():
        part = examples.from_mesh
        tables[PICTURES] = rates_at(scores[part], examples.weapon[part], thresholds)
    part = ~examples.from_mesh
    tables[BY_MODEL] = rates_by_model(scores[part], examples.subset(part), thresholds)
    return tables


def hits(unit: NDArray[np.int64], scores: Array, at: float) -> Mask:
    """(objects,) whether half of an object's pictures or more score *at* or above.

    unit: (N,) which object each of (N,) *scores* is of, by rank.
    """
    _, place, pictures = np.unique(unit, return_inverse=True, return_counts=True)
    return np.asarray(np.bincount(place, scores >= at) >= pictures / 2)


def rates_at(scores: Array, weapon: Mask, thresholds: Thresholds) -> Rates:
    """Recall on what is weapon-shaped and false alarms on what is not, at both thresholds."""
    return _totals(scores >= thresholds.flag_at, scores >= thresholds.review_at, weapon)


def rates_by_model(scores: Array, examples: Examples, thresholds: Thresholds) -> Rates:
    """Share of each origin's examples that are not clear."""
    return {
        f"{examples.origins[index].name} ({examples.origins[index].label})": Rate.among(
            scores[examples.origin == index] >= thresholds.review_at
        )
        for index in np.unique(examples.origin)
    }


def _totals(flagged: Mask, not_clear: Mask, weapon: Mask) -> Rates:
    return {
        "weapon-shaped, flagged": Rate.among(flagged[weapon]),
        "weapon-shaped, flagged or sent to review": Rate.among(not_clear[weapon]),
        "everyday, flagged": Rate.among(flagged[~weapon]),
        "everyday, flagged or sent to review": Rate.among(not_clear[~weapon]),
    }


class _Seen:
    """Examples brought together into objects. flagged, not_clear, weapon: (objects,) each."""

    def __init__(self, examples: Examples, scores: Array, thresholds: Thresholds) -> None:
        _, first, unit = np.unique(examples.unit, return_index=True, return_inverse=True)
        self.label = examples.label[first]
        self.weapon = examples.weapon[first]
        self.flagged, self.not_clear = (
            hits(unit, scores, at) for at in (thresholds.flag_at, thresholds.review_at)
        )

    def totals(self) -> Rates:
        return _totals(self.flagged, self.not_clear, self.weapon)

    def by_label(self, weapon: bool, hit: Mask) -> Rates:
        return dict(self._rows(weapon, hit))

    def _rows(self, weapon: bool, hit: Mask) -> Iterator[tuple[str, Rate]]:
        for index, label in enumerate(LABELS):
            chosen = self.label == index
            if label.weapon_shaped == weapon and chosen.any():
                yield label.name, Rate.among(hit[chosen])
