"""A job file -> the shape of the one object in it, fit to be a reference."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from classifier.runtime.known.body import Body
from classifier.runtime.known.errors import NotEnrolled
from classifier.runtime.known.shape import Shape
from dataset_builder.geometry.layers import Layers
from dataset_builder.readers.open_job import open_job
from dataset_builder.reading import JobReading, read_job
from dataset_builder.render.objects import CRUMB_MM
from dataset_builder.render.slice_mesh import slice_mesh
from dataset_builder.solids import objects_of

FINE_CELLS = 768
"""Along the longest side of a mesh: a wall of three pixels, at a scan's 256, is off by a sixth."""
LEAST_PEAK = 0.2
"""A part whose fullest cell holds less is a sheet, a shell or a wire to whom all such are one."""


def shape_of_file(source: Path | BinaryIO, *, name: str, number: int | None = None) -> Shape:
    """The shape of the object in *source*, or of its *number*-th by size, counted from 1.

    Raises ReadError's children for what can't be read, NotEnrolled for what makes no reference.
    """
    with open_job(source, name=name) as job:
        return shape_of_reading(read_job(job), name=name, number=number)


def shape_of_reading(reading: JobReading, *, name: str, number: int | None = None) -> Shape:
    """As `shape_of_file`, of a job that is open and read."""
    if reading.problem is not None:
        raise reading.problem
    parts = [solid.layers for solid in objects_of(reading) if solid.role == "model"]
    if number is None and len(parts) > 1:
        problem = f"holds {len(parts)} separate objects"
        raise NotEnrolled(name, problem, "Say which with --object N; 1 is the largest")
    if number is not None and not 1 <= number <= len(parts):
        problem = f"has no object {number}"
        raise NotEnrolled(name, problem, f"Objects are numbered 1 to {len(parts)}")
    if reading.mesh is not None and len(parts) == 1:  # what a scan takes for one, drawn finely
        return _reference_shape(slice_mesh(reading.mesh, cells=FINE_CELLS), name=name)
    return _reference_shape(parts[(number or 1) - 1], name=name)


def _reference_shape(layers: Layers, *, name: str) -> Shape:
    """What is kept of *layers*. Raises NotEnrolled when that would tell too little."""
    shape = Shape.of(Body.of(layers))
    longest = float(shape.extent_mm.max())
    if longest < CRUMB_MM:
        problem = f"is {longest:.1f} mm long, and a scan leaves out what is under {CRUMB_MM:g} mm"
        raise NotEnrolled(name, problem, "Check the unit of the file")
    if shape.peak < LEAST_PEAK:
        problem = (
            f"is too thin to be told from other shapes: it fills no cell of {shape.cell_mm:.1f} mm "
            f"by more than {shape.peak:.0%}, and {LEAST_PEAK:.0%} are needed"
        )
        raise NotEnrolled(name, problem, "Enrol the solid part itself, not its skin or outline")
    return shape
