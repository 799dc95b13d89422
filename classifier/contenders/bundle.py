"""A shipped bundle, judged as it is: nothing of the benchmark's prints is learned.

It is given each print as a guard gives it a job: as layers, the solid turned into its pose. Labels
that the bundle does not know get no probability; it cannot be right about them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from classifier.benchmark.prints import Contender, Prints
from classifier.runtime.bundle import load_bundle
from classifier.runtime.scorer import ObjectScore, Scorer
from dataset_builder.geometry.layers import Layers
from dataset_builder.render.presence import Turnable
from dataset_builder.render.sequence import frame_layers
from dataset_builder.render.turned import turned
from dataset_builder.sources.labels import LABEL_NAMES


class BundleContender:
    """A Contender made of the bundle at *path*, or of the one that ships.

    Raises BundleError for a bundle that is damaged or cannot run.
    """

    trained_elsewhere = True
    """Its figures say how well it carries over; it has seen none of a benchmark's prints."""

    def __init__(self, path: Path | None = None) -> None:
        self._scorer = Scorer(load_bundle(path))
        self.name = self._scorer.bundle.identity

    def fit(
        self,
        prints: Prints,
        usable: NDArray[np.bool_],
        *,
        seed: int,
        steps: int,
        on_step: Callable[[], None] = lambda: None,
    ) -> None:
        """Nothing: it stays what it is."""

    def probabilities(self, prints: Prints, usable: NDArray[np.bool_]) -> NDArray[np.float64]:
        """(N, labels), zero for labels that the bundle does not know."""
        return _in_our_order(self._scorer.score(_posed(prints)))

    def as_it_grows(self, prints: Prints) -> NDArray[np.float64]:
        """(N, K, labels) for the lowest layers of each print."""
        frames = prints.frames.shape[1]
        grown = (
            lowest(layers, int(stop))
            for layers in _posed(prints)
            for stop in frame_layers(len(layers.bits), frames)
        )
        return _in_our_order(self._scorer.score(grown)).reshape(len(prints), frames, -1)

    def parameters(self) -> int:
        """About: a quarter of the bytes of its network, whose graph takes a few of them too."""
        return len(self._scorer.bundle.model) // 4


def contender() -> Contender:
    """The bundle that ships."""
    return BundleContender()


def lowest(layers: Layers, count: int) -> Layers:
    """The first *count* slices, what a printer has made by then, or those up to the first material.

    A thin tip may lie below the centres of the cells of the lowest slices.
    """
    count = max(count, int(layers.bits.any(axis=(1, 2)).argmax()) + 1)
    return replace(
        layers,
        bits=layers.bits[:count],
        z_top_mm=layers.z_top_mm[:count],
        height_mm=layers.height_mm[:count],
    )


def _posed(prints: Prints) -> Iterator[Layers]:
    ready = {index: Turnable.of(prints.solids[index]) for index in set(prints.solid.tolist())}
    for solid, rotation in zip(prints.solid.tolist(), prints.rotation, strict=True):
        yield turned(ready[solid], rotation)


def _in_our_order(scores: list[ObjectScore]) -> NDArray[np.float64]:
    said = np.zeros((len(scores), len(LABEL_NAMES)))
    for row, score in zip(said, scores, strict=True):
        for name, probability in score.scores.items():
            if name in LABEL_NAMES:
                row[LABEL_NAMES.index(name)] = probability
    return said
