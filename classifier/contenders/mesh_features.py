"""A random forest on geometric features of the solid that the G-code makes.

Source: Garland et al., 2026 (95.80 % firearm or not, ten-fold cross-validation): a mesh is rebuilt
from the G-code and its vertices and edges are measured. Here the solid is rebuilt already, as
cells; the features below are the usual ones of such meshes, the published list is not at hand.
Most do not depend on the pose, those of the layers do. A growing print is measured up to a height.

A forest learns from all examples at once: `steps` means nothing to it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from classifier.benchmark.prints import Contender, Prints
from classifier.contenders.cells import Cells, cells_of, cuts
from dataset_builder.sources.labels import LABEL_NAMES

if TYPE_CHECKING:
    from sklearn.ensemble import RandomForestClassifier

TREES = 200
MOST_CELLS = 8192  # of a solid; more change its moments by less than a percent
SLICES = 8  # of the height, whose shares of the volume are features
SIDES_TO_AREA = 2.0 / 3.0  # sides of cells on a surface in any direction, against its area

Floats = NDArray[np.floating[Any]]


class MeshFeatures:
    """A Contender that sees solids, never pictures: usable planes only say which prints count."""

    name = "mesh features + random forest"

    def __init__(self) -> None:
        self._forest: RandomForestClassifier | None = None

    def fit(
        self,
        prints: Prints,
        usable: NDArray[np.bool_],
        *,
        seed: int,
        steps: int,
        on_step: Callable[[], None] = lambda: None,
    ) -> None:
        """Grow the forest on finished prints."""
        from sklearn.ensemble import RandomForestClassifier

        seen = prints.subset(np.flatnonzero(usable.any(axis=1)))
        if not len(seen):
            raise ValueError("there is nothing to learn from: no print has a usable plane")
        forest = RandomForestClassifier(TREES, random_state=seed, n_jobs=1)
        self._forest = forest.fit(_measured(seen, 1)[:, 0], seen.label)
        on_step()

    def probabilities(self, prints: Prints, usable: NDArray[np.bool_]) -> NDArray[np.float64]:
        """(N, labels); see Contender."""
        return self._say(_measured(prints, 1)[:, 0])

    def as_it_grows(self, prints: Prints) -> NDArray[np.float64]:
        """(N, K, labels) for what lies below each height."""
        frames = prints.frames.shape[1]
        rows = _measured(prints, frames)
        return self._say(rows.reshape(-1, rows.shape[-1])).reshape(len(prints), frames, -1)

    def parameters(self) -> int:
        """Two numbers a fork, feature and threshold, and the labels' shares in each leaf."""
        if self._forest is None:
            return 0
        trees = [estimator.tree_ for estimator in self._forest.estimators_]
        labels = len(self._forest.classes_)
        return sum(2 * (tree.node_count - tree.n_leaves) + labels * tree.n_leaves for tree in trees)

    def _say(self, features: Floats) -> NDArray[np.float64]:
        if self._forest is None:
            raise RuntimeError("a contender answers after fit() only")
        said = np.zeros((len(features), len(LABEL_NAMES)))
        said[:, self._forest.classes_] = self._forest.predict_proba(features)
        return said


def contender() -> Contender:
    """Untrained."""
    return MeshFeatures()


def measure(cells: Cells, rotation: Floats, frames: int) -> Floats:
    """(frames, F) features of the turned solid up to each of *frames* even heights.

    All heights come from one pass: cells in order of height, and running sums over them.
    """
    points = cells.points_mm.astype(np.float64) @ rotation.T
    order = np.argsort(points[:, 2], kind="stable")
    points, free = points[order], cells.free[order]
    levels = cuts(points[:, 2], frames)
    last = np.searchsorted(points[:, 2], levels, side="right") - 1  # (K,)
    count = last + 1.0
    low = np.minimum.accumulate(points)[last] - cells.cell_mm / 2
    high = np.maximum.accumulate(points)[last] + cells.cell_mm / 2
    centred = points - points.mean(axis=0)
    first = np.cumsum(centred, axis=0)[last] / count[:, None]
    products = np.einsum("pi,pj->pij", centred, centred).cumsum(axis=0)[last]
    spread = products / count[:, None, None] - np.einsum("ki,kj->kij", first, first)
    return np.concatenate(
        [
            _bulk(count, np.cumsum(free, dtype=np.float64)[last], high - low, spread, cells),
            (first + points.mean(axis=0) - low) / (high - low),  # centre of mass in its box
            _profile(points[:, 2], low[:, 2], high[:, 2], count),
        ],
        axis=1,
    )


def _bulk(count: Floats, sides: Floats, extent: Floats, spread: Floats, cells: Cells) -> Floats:
    """Sizes, ratios, compactness and principal moments; lengths as logarithms."""
    cell = cells.cell_mm
    volume = count * cells.weight * cell**3
    area = sides * cells.weight * cell**2 * SIDES_TO_AREA
    values, vectors = np.linalg.eigh(spread + np.eye(3) * cell**2 / 12)  # ascending
    radii = np.sqrt(values)
    ellipsoid = 4 / 3 * np.pi * 5**1.5 * radii.prod(axis=1)  # of the same second moments
    ranked = np.sort(extent, axis=1)
    columns = [
        np.log(volume), np.log(area), np.log(ranked[:, 2]), *np.log(extent).T,
        ranked[:, 0] / ranked[:, 2], ranked[:, 1] / ranked[:, 2],
        volume / extent.prod(axis=1),
        np.pi ** (1 / 3) * (6 * volume) ** (2 / 3) / area,  # sphericity
        volume / ellipsoid,
        radii[:, 0] / radii[:, 2], radii[:, 1] / radii[:, 2], np.log(radii[:, 2]),
        np.abs(vectors[:, 2, 2]), np.abs(vectors[:, 2, 0]),  # how upright the long, short axes are
    ]  # fmt: skip
    return np.stack(columns, axis=1)


def _profile(height: Floats, low: Floats, high: Floats, count: Floats) -> Floats:
    """(K, SLICES + 2): the volume's share in each slice of the height, largest and spread."""
    levels = low[:, None] + (high - low)[:, None] * np.arange(1, SLICES) / SLICES
    below = np.searchsorted(height, levels) / count[:, None]
    shares = np.diff(below, axis=1, prepend=0.0, append=1.0)
    return np.concatenate(
        [shares, shares.max(axis=1, keepdims=True), shares.std(axis=1, keepdims=True)], axis=1
    )


def _measured(prints: Prints, frames: int) -> Floats:
    """(N, frames, F)"""
    cells = {
        index: cells_of(prints.solids[index]).few(MOST_CELLS)
        for index in set(prints.solid.tolist())
    }
    return np.stack(
        [
            measure(cells[solid], rotation, frames)
            for solid, rotation in zip(prints.solid.tolist(), prints.rotation, strict=True)
        ]
    )
