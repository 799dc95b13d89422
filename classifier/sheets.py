"""A verdict and what it rests on -> one evidence sheet (PNG)."""

from __future__ import annotations

from pathlib import Path

from classifier.runtime.judge import Evidence, extent_mm
from dataset_builder.render.pictures import file_stem
from dataset_builder.render.projections import project
from dataset_builder.render.sheet import SheetObject, evidence_sheet

VIEW_PX = 256


def write_sheet(found: Evidence, folder: Path) -> Path:
    """Draw the sheet of one job into *folder*, most weapon-like object first; its path.

    Jobs of one name but other bytes get sheets of their own.
    """
    record = found.record
    digest = (record["sha256"] or "unread")[:8]
    path = folder / f"{file_stem(Path(record['job']).name)}-{digest}-{record['verdict']}.png"
    numbered = sorted(
        enumerate(zip(found.solids, found.scores, strict=True), start=1),
        key=lambda row: -row[1][1].weapon_score,
    )
    objects = []
    for number, (solid, score) in numbered:
        x, y, z = extent_mm(solid.layers)
        views = project(solid.layers, size_px=VIEW_PX)
        objects.append(SheetObject(number, views, score.label, score.weapon_score, (x, y, z)))
    folder.mkdir(parents=True, exist_ok=True)
    evidence_sheet(
        Path(record["job"]).name, record["verdict"].upper(), record["reason"], objects, path
    )
    return path
