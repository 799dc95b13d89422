"""A verdict and what it rests on -> one evidence sheet (PNG)."""

from __future__ import annotations

from pathlib import Path

from classifier.runtime.judge import Evidence, extent_mm
from classifier.runtime.look import look_at
from classifier.runtime.scorer import ObjectScore, Scorer
from classifier.runtime.verdict import ObjectFinding
from dataset_builder.geometry.layers import Layers
from dataset_builder.render.pictures import file_stem
from dataset_builder.render.projections import project
from dataset_builder.render.sheet import MOST_OBJECTS, SheetLook, SheetObject, evidence_sheet
from dataset_builder.solids import ObjectSolid

VIEW_PX = 256


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
    look = look_at(layers, finding, scorer, size_px=VIEW_PX)
    legend = f"red: what makes it look {look.about}"
    return SheetLook(look.views, look.heat, look.captions, legend)
