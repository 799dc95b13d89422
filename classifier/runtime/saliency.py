"""Which part of a picture an answer rests on: cover it, patch by patch, and ask again.

Where covering lowers the log odds of a shape, that part speaks for the shape. Log odds and not
probabilities: those of a sure answer hardly move. Source: Zeiler and Fergus, ECCV 2014,
arXiv 1311.2901, section 4.2; over all planes of an object, each by itself.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classifier.runtime.recipe import Picture
from classifier.runtime.scorer import Scorer

if TYPE_CHECKING:
    from numpy.typing import NDArray

PATCH_SHARE = 0.16  # of a picture's side: about the width of a grip
OVERLAP = 2  # each pixel is covered by about this many patches along each axis
BATCH = 32
LEAST = 1e-6  # weight below which a pixel was never covered
SUREST = 1e-6  # probabilities this near to 0 or 1 say no more


class _Patch(NamedTuple):
    """What is covered, and how much each of its pixels owes to the answer: the middle most."""

    where: tuple[int, slice, slice]
    weight: NDArray[np.float32]


def saliency(scorer: Scorer, picture: Picture, labels: Collection[str]) -> NDArray[np.float32]:
    """(V, H, W): by how much covering each pixel's surroundings lowers the log odds of *labels*.

    0 where covering changes nothing or raises them. labels: taken together, as one answer.
    """
    chosen = [index for index, label in enumerate(scorer.bundle.labels) if label.name in labels]
    patches = _patches(picture)
    heat, weight = np.zeros((2, len(picture.views), *picture.views.shape[2:]), np.float32)
    before = _log_odds(scorer, picture, [], chosen)[0]
    for start in range(0, len(patches), BATCH):
        batch = patches[start : start + BATCH]
        for patch, after in zip(batch, _log_odds(scorer, picture, batch, chosen), strict=True):
            heat[patch.where] += max(before - after, 0.0) * patch.weight
            weight[patch.where] += patch.weight
    return np.asarray(heat / np.maximum(weight, LEAST), np.float32)


def _patches(picture: Picture) -> list[_Patch]:
    """Overlapping squares on every plane, those without material left out: they cover nothing."""
    seen = np.asarray(picture.views.any(axis=1))  # (V, H, W)
    width = seen.shape[-1]
    side = max(round(PATCH_SHARE * width), 1)
    hump = np.hanning(side + 2)[1:-1].astype(np.float32)
    spans = [
        (slice(max(start, 0), start + side), hump[max(-start, 0) :][: width - max(start, 0)])
        for start in range(-(side // 2), width, max(side // OVERLAP, 1))
    ]
    patches = [
        _Patch((plane, rows, columns), np.outer(high, wide))
        for plane in range(len(seen))
        for rows, high in spans
        for columns, wide in spans
    ]
    return [patch for patch in patches if seen[patch.where].any()]


def _log_odds(
    scorer: Scorer, picture: Picture, patches: list[_Patch], chosen: list[int]
) -> NDArray[np.float64]:
    """(P,) with each of *patches* covered, or (1,) of the picture as it is."""
    views = np.repeat(picture.views[None], max(len(patches), 1), axis=0)
    for covered, patch in zip(views, patches, strict=False):
        plane, high, wide = patch.where
        covered[plane, :, high, wide] = 0
    extents = np.repeat(picture.extent_mm[None], len(views), axis=0)
    rows = scorer.answer(views, extents).probabilities[:, chosen].astype(np.float64)
    chance = np.clip(rows.sum(axis=1), SUREST, 1 - SUREST)
    return np.asarray(np.log(chance) - np.log1p(-chance))
