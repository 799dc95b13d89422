"""A judged job -> its evidence package: all that leaves the host of a job that is held.

    found = judge.examine(path)
    if found.record["verdict"] != "clear":
        send(evidence_package(path, found, judge))

The job is read once more, for layers and toolpath; only jobs that are held are worth that. Names,
numbers and pictures go in, never a line of the job.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from classifier.runtime.early import EarlyNetwork, early_network
from classifier.runtime.early_job import plates_of
from classifier.runtime.errors import BundleError
from classifier.runtime.evidence.growth import growth_of
from classifier.runtime.evidence.package import SCHEMA, Package, Space
from classifier.runtime.evidence.pictures import heat_picture, view_picture
from classifier.runtime.evidence.route import MOST_STROKES, strokes_of
from classifier.runtime.evidence.surface import Surface, surface_of
from classifier.runtime.judge import Evidence, Judge, Record
from classifier.runtime.look import look_at
from classifier.runtime.scorer import Scorer
from classifier.runtime.verdict import ObjectFinding, Outcome
from dataset_builder.errors import ReadError
from dataset_builder.readers.open_job import open_job
from dataset_builder.reading import JobReading, read_job
from dataset_builder.render.projections import project
from dataset_builder.render.sheet_drawing import CAPTIONS, largest_first
from dataset_builder.render.views import PLANES
from dataset_builder.solids import ObjectSolid

MOST_OBJECTS = 6  # shown; the record speaks of all
MOST_PLATES = 4
VIEW_PX, THUMB_PX = 320, 144
CELLS = {1: 72, 2: 56}
"""Grid of the skins by how many objects are shown (2: or more): some 30,000 triangles a job."""

Row = tuple[ObjectSolid, ObjectFinding]


def evidence_package(source: Path | BinaryIO, found: Evidence, judge: Judge) -> bytes:
    """The package of a job that `judge.examine(source)` has *found* something of.

    *source* is read again from its start. A job that could not be read gives its record alone.
    """
    record = _without_folder(found.record)
    package = Package({"schema": SCHEMA, "sha256": record["sha256"], "record": record})
    rows = sorted(zip(found.solids, found.findings, strict=True), key=_telling, reverse=True)
    package.index["objects"] = [
        _pictures(package, row, judge.scorer) for row in rows[:MOST_OBJECTS]
    ]
    package.index |= {"thumb": None, "growths": [], "scene": None}
    if rows:
        package.index["thumb"] = _thumb(package, rows[0][0])
        _add_what_needs_the_job(package, source, rows[:MOST_OBJECTS], judge)
    return package.packed()


def _telling(row: Row) -> tuple[int, float]:
    """What decided comes first: the outcome, then how weapon-like an object looks."""
    finding = row[1]
    return list(Outcome).index(finding.outcome), finding.score.weapon_score


def _without_folder(record: Record) -> Record:
    """*record* with the job's file name alone: where it lies is nobody's business."""
    given, name = record["job"], Path(record["job"]).name
    return {**record, "job": name, "reason": record["reason"].replace(given, name)}


def _thumb(package: Package, solid: ObjectSolid) -> str:
    """The most weapon-like object from the side that shows most of it, for lists."""
    views = project(solid.layers, size_px=THUMB_PX)
    return package.add("thumb.webp", view_picture(views, largest_first(views)[0]))


def _pictures(package: Package, row: Row, scorer: Scorer) -> dict[str, Any]:
    """Views of one object as it lies, and as the network sees it with what its answer rests on."""
    solid, finding = row
    views = project(solid.layers, size_px=VIEW_PX)
    look = look_at(solid.layers, finding, scorer, size_px=VIEW_PX)
    name = f"object-{finding.number}"
    return {
        "id": finding.number,
        "outcome": finding.outcome.value,
        "reason": finding.reason,
        "about": look.about,
        "mm_per_px": round(views.mm_per_px, 5),
        "size_px": VIEW_PX,
        "lying": [
            {
                "caption": CAPTIONS[plane],
                "picture": package.add(f"{name}-{plane}.webp", view_picture(views, plane)),
            }
            for plane in largest_first(views)
        ],
        "seen": [
            {
                "caption": look.captions[plane],
                "picture": package.add(
                    f"{name}-seen-{plane}.webp", view_picture(look.views, plane)
                ),
                "heat": package.add(
                    f"{name}-heat-{plane}.webp",
                    heat_picture(look.views, plane, look.heat[plane]),
                ),
            }
            for plane in PLANES
        ],
    }


def _add_what_needs_the_job(
    package: Package, source: Path | BinaryIO, rows: Sequence[Row], judge: Judge
) -> None:
    """Growth and scene; a file that has changed or gone meanwhile costs those alone."""
    if not isinstance(source, Path):
        source.seek(0)
    try:
        with open_job(source, name=package.index["record"]["job"]) as job:
            reading = read_job(job)
            if reading.problem is None:
                package.index["growths"] = _growths(package, reading, _network(judge))
                package.index["scene"] = _scene(package, reading, rows)
    except (ReadError, OSError) as problem:
        package.index["missing"] = f"growth and 3-D: {problem}"


def _network(judge: Judge) -> EarlyNetwork | None:
    try:
        return early_network(judge.bundle)
    except BundleError:  # a bundle need not have one; frames are worth showing without scores
        return None


def _growths(
    package: Package, reading: JobReading, network: EarlyNetwork | None
) -> list[dict[str, Any]]:
    growths = []
    for number, layers in zip(range(1, MOST_PLATES + 1), plates_of(reading), strict=False):
        growth = growth_of(layers, network, f"growth-{number}.webp")
        package.add(growth.about["strip"], growth.strip)
        growths.append(growth.about)
    return growths


def _scene(package: Package, reading: JobReading, rows: Sequence[Row]) -> dict[str, Any]:
    """Skins of the objects and the strokes of the nozzle, in one space."""
    cells = CELLS[min(len(rows), 2)]
    skins = [(finding, surface_of(solid.layers, cells=cells)) for solid, finding in rows]
    plates = reading.plates[:MOST_PLATES]
    strokes = [strokes_of(plate, most=MOST_STROKES // len(plates)) for plate in plates]
    space = Space.around([skin.corners_mm for _, skin in skins] + strokes)
    return {
        **space.about(),
        "skins": [_skin(package, finding, skin, space.steps) for finding, skin in skins],
        "strokes": [
            {
                "file": package.add(f"strokes-{number}.bin", space.steps(part)),
                "count": len(part),
            }
            for number, part in enumerate(strokes, start=1)
        ],
    }


def _skin(
    package: Package,
    finding: ObjectFinding,
    skin: Surface,
    steps: Callable[..., bytes],
) -> dict[str, Any]:
    name = f"skin-{finding.number}"
    return {
        "id": finding.number,
        "outcome": finding.outcome.value,
        "corners": package.add(f"{name}-corners.bin", steps(skin.corners_mm)),
        "triangles": package.add(f"{name}-triangles.bin", skin.triangles.astype("<u4").tobytes()),
        "counts": [len(skin.corners_mm), len(skin.triangles)],
    }
