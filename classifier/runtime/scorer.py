"""Layers -> scores, with onnxruntime; never torch.

The graph takes pictures as they are drawn and millimetres as they are measured, and gives
probabilities: scaling and calibration are inside it, so nothing can be forgotten here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classifier.runtime.bundle import ADVICE, MODEL, ModelBundle
from classifier.runtime.errors import BundleError
from classifier.runtime.gallery import Neighbour
from classifier.runtime.recipe import Picture, draw
from classifier.runtime.session import open_session
from dataset_builder.geometry.layers import Layers

if TYPE_CHECKING:
    from numpy.typing import NDArray

BATCH = 8  # objects at a time: a plate of 64 must not cost eight times the memory of one
NEAREST = 3  # training shapes that a score names


class Answer(NamedTuple):
    """What the network says of B objects. probabilities: (B, labels), calibrated, each row sums to
    1. embedding: (B, E), each row of length 1.
    """

    probabilities: NDArray[np.float32]
    embedding: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ObjectScore:
    """What one object looks like.

    label: the likeliest outline. weapon_score: calibrated probability, 0 to 1, of any
    weapon-shaped outline. nearest_weapon_shape: the likeliest of those. scores: every label's
    probability; they sum to 1. unfamiliar: distance from what the network learned from, in units
    of its limit; above 1 it is unlike any of that. nearest: the training shapes it is most like.
    """

    label: str
    weapon_score: float
    nearest_weapon_shape: str
    scores: dict[str, float]
    unfamiliar: float = 0.0
    nearest: tuple[Neighbour, ...] = ()


class Scorer:
    """One bundle's network, ready to run on one thread.

    Raises BundleError for a network that is not what the bundle's manifest says.
    """

    def __init__(self, bundle: ModelBundle) -> None:
        self.bundle = bundle
        self._session = open_session(bundle)

    def score(self, objects: Iterable[Layers]) -> list[ObjectScore]:
        """One score an object, in order. Raises EmptyToolpath for an object without material."""
        scores: list[ObjectScore] = []
        batch: list[Picture] = []
        for layers in objects:
            batch.append(draw(layers, self.bundle.recipe))
            if len(batch) == BATCH:
                scores += self.score_pictures(batch)
                batch = []
        return scores + self.score_pictures(batch)

    def score_pictures(self, batch: Sequence[Picture]) -> list[ObjectScore]:
        """One score a picture, in order, all at once."""
        if not batch:
            return []
        views = np.stack([picture.views for picture in batch])
        extents = np.stack([picture.extent_mm for picture in batch])
        return self._named(self.answer(views, extents))

    def answer(self, views: NDArray[np.uint8], extent_mm: NDArray[np.float32]) -> Answer:
        """(B, V, C, H, W) pictures and (B, 3) mm -> what the network says of them.

        Raises BundleError when that is not a number.
        """
        inputs = {"views": views, "extent_mm": extent_mm}
        answer = Answer(*self._session.run(list(Answer._fields), inputs))
        if not all(np.isfinite(part).all() for part in answer):
            # every comparison with NaN is false, and "not above the threshold" would mean clear
            raise BundleError(self.bundle.folder / MODEL, "answers what is no number", ADVICE)
        return answer

    def _named(self, answer: Answer) -> list[ObjectScore]:
        gallery, familiarity = self.bundle.gallery, self.bundle.familiarity
        names = [label.name for label in self.bundle.labels]
        cosines = gallery.similarity(answer.embedding)
        unfamiliar = gallery.distance(cosines, familiarity.neighbours) / familiarity.limit
        nearest = gallery.nearest(cosines, names, NEAREST)
        return [
            self._one(row, float(far), near)
            for row, far, near in zip(answer.probabilities, unfamiliar, nearest, strict=True)
        ]

    def _one(
        self, row: NDArray[np.float32], unfamiliar: float, nearest: tuple[Neighbour, ...]
    ) -> ObjectScore:
        labels = self.bundle.labels
        scores = {label.name: float(p) for label, p in zip(labels, row, strict=True)}
        shapes = {label.name: scores[label.name] for label in labels if label.weapon_shaped}
        return ObjectScore(
            label=max(scores, key=scores.__getitem__),
            weapon_score=min(sum(shapes.values()), 1.0),
            nearest_weapon_shape=max(shapes, key=shapes.__getitem__),
            scores=scores,
            unfamiliar=max(unfamiliar, 0.0),  # rounding can put a row a little beyond itself
            nearest=nearest,
        )
