"""`printwarden inspect`: a job's reading as one JSON-able record, schema printwarden.inspect/1."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import Any, BinaryIO

from dataset_builder.errors import ReadError
from dataset_builder.readers.open_job import open_job
from dataset_builder.reading import JobReading, PlateReading, digest, read_job, unreadable

SCHEMA = "printwarden.inspect/1"
MAX_LAYER_HEIGHTS = 16

Record = dict[str, Any]


def inspect_job(source: Path | BinaryIO, *, name: str) -> tuple[Record, JobReading]:
    """Read a job and describe it; a job that can't be read is described too."""
    sha256: str | None = None
    try:
        with open_job(source, name=name) as job:
            job.hash_in_background()
            reading = read_job(job)
            sha256 = job.sha256
    except ReadError as problem:
        reading, sha256 = unreadable(name, problem), digest(source)
    return describe(reading, sha256), reading


def describe(reading: JobReading, sha256: str | None) -> Record:
    """The record of contract `printwarden.inspect/1`; all numbers are finite."""
    plates = reading.plates
    slicers = [plate.slicer for plate in plates]
    record: Record = {
        "schema": SCHEMA,
        "job": reading.name,
        "sha256": sha256,
        "outcome": reading.outcome,
        "reason": reading.reason,
        "flags": sorted(reading.flags),
        "format": reading.format,
        "flavor": next((s.flavor for s in slicers if s.flavor), None),
        "slicer": next((s.name for s in slicers if s.name), None),
        "lines": sum(plate.machine.line for plate in plates),
        "moves": sum(plate.machine.moves for plate in plates),
        "extruding_moves": sum(plate.machine.extruding_moves for plate in plates),
        "layers": sum(len(plate.survey.z_mm) for plate in plates if plate.survey),
        "layer_heights_mm": _layer_heights(plates),
        "objects": [name for plate in plates for name in plate.findings.objects],
        "tools": sorted({tool for plate in plates for tool in plate.measure.tools}),
        "warnings": [{"line": line, "text": text} for line, text in reading.warnings],
        "geometry": _geometry(reading),
    }
    return record


def _geometry(reading: JobReading) -> Record | None:
    if reading.mesh is not None:
        return {
            "bbox": [float(v) for v in reading.mesh.bbox_mm.ravel()],
            "volume_mm3": reading.mesh.volume_mm3,
            "triangles": len(reading.mesh.triangles),
            "watertight": reading.mesh.watertight,
            "unit": reading.mesh.unit,
        }
    shape = reading.geometry
    if shape is None:
        return None
    record = {
        "bbox": [*shape.bbox],
        "extruded_mm": shape.extruded_mm,
        "filament_mm": shape.filament_mm,
        "centroid": [*shape.centroid],
        "cov": [*shape.cov],
    }
    numbers = [*shape.bbox, shape.extruded_mm, shape.filament_mm, *shape.centroid, *shape.cov]
    return record if all(map(math.isfinite, numbers)) else None


def _layer_heights(plates: tuple[PlateReading, ...]) -> list[float]:
    """Distinct layer heights, the commonest first."""
    counts = Counter(
        round(float(height), 2)
        for plate in plates
        if plate.survey
        for height in plate.survey.layer_height_mm
    )
    return [height for height, _ in counts.most_common(MAX_LAYER_HEIGHTS)]


def compare_with_reference(source: Path | BinaryIO, reading: JobReading) -> list[Record]:
    """Read each plate again with the slow reference interpreter; what differs, plate by plate."""
    from dataset_builder.readers.gcode.reference import compare, read_reference

    reports: list[Record] = []
    with open_job(source, name=reading.name) as job:
        for plate, fast in zip(job.plates, reading.plates, strict=True):
            slow = read_reference(b"".join(plate.chunks()), dialect=fast.dialect)
            reports.append({"plate": plate.name, **compare(slow, fast)})
    return reports
