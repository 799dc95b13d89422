"""An object as a network saw it, and where its answer rests: what every picture of evidence shows.

Sheets of paper and the evidence that a guard sends both draw from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classifier.runtime.recipe import Picture, draw, posed_views
from classifier.runtime.saliency import saliency
from classifier.runtime.scorer import Scorer
from classifier.runtime.verdict import ObjectFinding, Outcome
from dataset_builder.geometry.layers import Layers
from dataset_builder.render.projections import PLANE_AXES
from dataset_builder.render.sheet_drawing import CAPTIONS
from dataset_builder.render.stretched import shown_shares
from dataset_builder.render.views import PLANES, Plane, Views

if TYPE_CHECKING:
    from numpy.typing import NDArray

POSED_CELLS = 160  # fine enough for a person; the network's own grid is coarser
TELLING = 1.0  # log odds: where covering anything changes less, the picture stays pale
OWN_AXES: Mapping[Plane, str] = {"xy": "broad side", "xz": "edge", "yz": "end"}
"""What the planes show of an object that lies along its principal axes."""


@dataclass(frozen=True, slots=True)
class Look:
    """heat: plane -> (h, w) from 0 to 1, what the answer rests on. captions: plane -> what that
    side of the object is called. about: what the heat explains.
    """

    views: Views
    heat: Mapping[Plane, NDArray[np.float32]]
    captions: Mapping[Plane, str]
    about: str


def look_at(layers: Layers, finding: ObjectFinding, scorer: Scorer, *, size_px: int) -> Look:
    """Draw *layers* as the network of *scorer* sees them. Raises EmptyToolpath without material."""
    recipe = scorer.bundle.recipe
    words, labels = _asked(finding, scorer)
    picture = draw(layers, recipe)
    heat = to_scale(saliency(scorer, picture, labels), picture, recipe.stretch)
    return Look(
        views=posed_views(layers, recipe, cells=POSED_CELLS, size_px=size_px),
        heat=_by_plane(heat),
        captions=OWN_AXES if recipe.pose == "principal" else CAPTIONS,
        about=words,
    )


def to_scale(heat: NDArray[np.float32], picture: Picture, stretch: float) -> NDArray[np.float32]:
    """(V, H, W) over stretched pictures -> the same over pictures whose axes have one scale."""
    size = heat.shape[-1]
    middle = (size - 1) / 2
    shares = picture.extent_mm / picture.extent_mm.max()
    steps = shown_shares(picture.extent_mm, stretch) / np.maximum(shares, 1 / size)
    at = np.rint(middle + (np.arange(size) - middle) * steps[:, None]).astype(int)  # (3, size)
    outside, at = (at < 0) | (at >= size), np.clip(at, 0, size - 1)
    scaled = np.zeros_like(heat)
    for index, plane in enumerate(PLANES):
        across, up = PLANE_AXES[plane]
        rows, columns = at[up][:, None], at[across]
        hidden = outside[up][:, None] | outside[across]
        scaled[index] = np.where(hidden, 0.0, heat[index][rows, columns])
    return scaled


def _asked(finding: ObjectFinding, scorer: Scorer) -> tuple[str, list[str]]:
    """What the heat explains: why a shape is doubted, or else what it is taken for."""
    score = finding.score
    weapon = [label.name for label in scorer.bundle.labels if label.weapon_shaped]
    doubted = finding.outcome is not Outcome.CLEAR and score.unfamiliar <= 1.0
    if doubted or score.weapon_score >= score.scores[score.label]:
        return "weapon-shaped", weapon
    return f"like: {score.label}", [score.label]


def _by_plane(heat: NDArray[np.float32]) -> dict[Plane, NDArray[np.float32]]:
    """(V, H, W) log odds -> shares of the strongest, plane by plane."""
    strongest = max(float(heat.max()), TELLING)
    return dict(zip(PLANES, heat / strongest, strict=True))
