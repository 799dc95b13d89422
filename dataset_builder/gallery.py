"""`printwarden render`: the pictures of a job, as PNG files with self-explaining names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from dataset_builder.readers.open_job import open_job
from dataset_builder.reading import read_job
from dataset_builder.render.pictures import write_sequence, write_views
from dataset_builder.render.projections import project
from dataset_builder.render.sequence import sequence
from dataset_builder.render.views import KINDS, PLANES, Kind, Plane
from dataset_builder.solids import objects_of


def draw_job(
    source: Path | BinaryIO,
    folder: Path,
    *,
    name: str,
    size_px: int = 64,
    planes: Sequence[Plane] = PLANES,
    kinds: Sequence[Kind] = KINDS,
    frames: int = 0,
) -> Iterator[Path]:
    """Write the views of each object of the job, then *frames* of its growth; yields the paths.

    Raises ReadError's children when the job can't be read; a job of outcome `cannot_analyse` that
    prints something is drawn all the same, for a person to look at.
    """
    stem = Path(name).name
    with open_job(source, name=name) as job:
        reading = read_job(job)
        drawable = reading.mesh is not None or any(plate.survey for plate in reading.plates)
        if reading.problem is not None and not drawable:
            raise reading.problem
        for part, solid in enumerate(objects_of(reading), start=1):
            for kind in kinds:
                views = project(solid.layers, size_px=size_px, planes=planes, kind=kind)
                yield from write_views(views, folder, name=stem, part=part)
                if frames:
                    growth = sequence(
                        solid.layers, frames=frames, size_px=size_px, planes=planes, kind=kind
                    )
                    label = f"{stem}-object{part}"
                    yield from write_sequence(growth, folder, name=label, planes=planes, kind=kind)
