"""A verdict and what it rests on -> one evidence sheet (PNG)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from classifier.runtime.judge import Evidence, extent_mm
from classifier.runtime.recipe import Picture, draw, posed_views
from classifier.runtime.saliency import saliency
from classifier.runtime.scorer import ObjectScore, Scorer
from classifier.runtime.verdict import ObjectFinding, Outcome
from dataset_builder.geometry.layers import Layers
from dataset_builder.render.pictures import file_stem
from dataset_builder.render.projections import PLANE_AXES, project
from dataset_builder.render.sheet import MOST_OBJECTS, SheetLook, SheetObject, evidence_sheet
from dataset_builder.render.sheet_drawing import CAPTIONS
from dataset_builder.render.stretched import shown_shares
from dataset_builder.render.views import PLANES, Plane
from dataset_builder.solids import ObjectSolid

if TYPE_CHECKING:
    from numpy.typing import NDArray

VIEW_PX = 256
POSED_CELLS = 160  # fine enough for a person; the network's own grid is coarser
TELLING = 1.0  # log odds: where covering anything changes less, the picture stays pale
OWN_AXES: Mapping[Plane, str] = {"xy": "broad side", "xz": "edge", "yz": "end"}
"""What the planes show of an object that lies along its principal axes."""


def write_sheet(found: Evidence, folder: Path, scorer: Scorer) -> Path:
    """Draw the sheet of one job into *folder*, most weapon-like object first; its path.

    Jobs of one name but other bytes get sheets of their own.
    """
    record = found.record
    digest = (record["sha256"] or "unread")[:8]
    path = folder / f"{file_stem(Path(record['job']).name)}-{digest}-{record['verdict']}.png"
    ordered = sorted(
        zip(found.solids, found.findings, strict=True), key=lambda row: -row[1].score.weapon_score
    )
    objects = [
        _card(solid, finding, scorer if place < MOST_OBJECTS else None)
        for place, (solid, finding) in enumerate(ordered)
    ]
    folder.mkdir(parents=True, exist_ok=True)
    evidence_sheet(
        Path(record["job"]).name, record["verdict"].upper(), record["reason"], objects, path
    )
    return path


def _card(solid: ObjectSolid, finding: ObjectFinding, scorer: Scorer | None) -> SheetObject:
    """scorer: None for an object that the sheet counts but does not show."""
    score = finding.score
    x, y, z = extent_mm(solid.layers)
    return SheetObject(
        number=finding.number,
        views=project(solid.layers, size_px=VIEW_PX),
        label=score.label,
        score=score.weapon_score,
        extent_mm=(x, y, z),
        note="; ".join([*map(str, finding.matches[:1]), _nearest(score)]),
        look=_look(solid.layers, finding, scorer) if scorer else None,
    )


def _nearest(score: ObjectScore) -> str:
    """The training shapes it is most like, and whether that is like enough."""
    names = ", ".join(f"{near.name} ({near.label}) {near.similarity:.2f}" for near in score.nearest)
    if score.unfamiliar <= 1.0:
        return f"Nearest: {names}"
    return f"Nearest, but not near ({score.unfamiliar:.1f} times the limit): {names}"


def _look(layers: Layers, finding: ObjectFinding, scorer: Scorer) -> SheetLook:
    recipe = scorer.bundle.recipe
    words, labels = _asked(finding, scorer)
    picture = draw(layers, recipe)
    heat = _to_scale(saliency(scorer, picture, labels), picture, recipe.stretch)
    return SheetLook(
        views=posed_views(layers, recipe, cells=POSED_CELLS, size_px=VIEW_PX),
        heat=_by_plane(heat),
        captions=OWN_AXES if recipe.pose == "principal" else CAPTIONS,
        legend=f"red: what makes it look {words}",
    )


def _asked(finding: ObjectFinding, scorer: Scorer) -> tuple[str, list[str]]:
    """What the heat explains: why a shape is doubted, or else what it is taken for."""
    score = finding.score
    weapon = [label.name for label in scorer.bundle.labels if label.weapon_shaped]
    doubted = finding.outcome is not Outcome.CLEAR and score.unfamiliar <= 1.0
    if doubted or score.weapon_score >= score.scores[score.label]:
        return "weapon-shaped", weapon
    return f"like: {score.label}", [score.label]


def _to_scale(heat: NDArray[np.float32], picture: Picture, stretch: float) -> NDArray[np.float32]:
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


def _by_plane(heat: NDArray[np.float32]) -> dict[Plane, NDArray[np.float32]]:
    """(V, H, W) log odds -> shares of the strongest, plane by plane."""
    strongest = max(float(heat.max()), TELLING)
    return dict(zip(PLANES, heat / strongest, strict=True))
