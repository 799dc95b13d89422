"""A job's reading -> the separate solids it prints, ready to be drawn or judged."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal

from dataset_builder.errors import TooLarge
from dataset_builder.geometry.layers import Layers
from dataset_builder.geometry.mesh import Mesh
from dataset_builder.reading import JobReading, PlateReading
from dataset_builder.render.objects import Objects, split_objects

CELLS = 256
"""Pixels along the longest side of a plate: sub-millimetre for any desktop printer."""
FINE_PX = 64
"""A smaller object on a large plate is drawn again on a finer grid, up to MOST_CELLS."""
MOST_CELLS = 768
MOST_OBJECTS = 128
"""On one plate; each costs a look of the network."""
HELPER_MM = 30.0
"""What a job calls support or skirt is looked at from this size on: its comments may lie."""
HELPER_HEIGHT_MM = 2.0  # below: skirts, brims, purge lines


@dataclass(frozen=True, slots=True)
class ObjectSolid:
    """One connected solid. role: part of the model, or what the job says is thrown away."""

    layers: Layers
    role: Literal["model", "helper"] = "model"


def objects_of(reading: JobReading, *, cells: int = CELLS) -> Iterator[ObjectSolid]:
    """The solids of every plate, largest first, then those of what was left out of them.

    Must run while the job is open. Raises ReadError's children when nothing is enclosed.
    """
    if reading.mesh is not None:
        yield from _mesh_objects(reading, cells)
    for plate in reading.plates:
        solid = plate.solid(cells)
        for layers in _separate(solid.model, partial(_model, plate), cells):
            yield ObjectSolid(layers)
        if solid.helpers is not None:
            for layers in split_objects(solid.helpers, min_mm=HELPER_MM):
                if _height_mm(layers) >= HELPER_HEIGHT_MM and _longest_mm(layers) >= HELPER_MM:
                    yield ObjectSolid(layers, role="helper")


def _mesh_objects(reading: JobReading, cells: int) -> Iterator[ObjectSolid]:
    mesh = reading.mesh
    if mesh is not None:
        whole = _sliced(mesh, cells)
        for layers in _separate(whole, partial(_sliced, mesh), cells):
            yield ObjectSolid(layers)


def _model(plate: PlateReading, cells: int) -> Layers:
    return plate.solid(cells).model


def _sliced(mesh: Mesh, cells: int) -> Layers:
    from dataset_builder.render.slice_mesh import slice_mesh

    return slice_mesh(mesh, cells=cells)


def _separate(plate: Layers, redraw: Callable[[int], Layers], cells: int) -> tuple[Layers, ...]:
    """The objects of *plate*; drawn again, finer, when the grid is too coarse for the smallest."""
    objects = _all_of(plate)
    smallest = min(_longest_mm(layers) for layers in objects) / plate.mm_per_px
    if len(objects) > 1 and smallest < FINE_PX and cells < MOST_CELLS:
        finer = min(MOST_CELLS, math.ceil(cells * FINE_PX / max(smallest, 1.0)))
        objects = _all_of(redraw(finer))
    return tuple(objects)


def _all_of(plate: Layers) -> Objects:
    """Every object of *plate*. Raises TooLarge when there are more than can be judged."""
    objects = split_objects(plate, most=MOST_OBJECTS)
    if objects.unjudged:
        raise TooLarge(f"has more than {MOST_OBJECTS} separate objects")
    return objects


def _height_mm(layers: Layers) -> float:
    return float(layers.z_top_mm[-1] - layers.z_top_mm[0] + layers.height_mm[0])


def _longest_mm(layers: Layers) -> float:
    across = max(layers.width_px, int(layers.bits.shape[1])) * layers.mm_per_px
    return max(across, _height_mm(layers))
