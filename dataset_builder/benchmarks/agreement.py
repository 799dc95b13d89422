"""`printwarden bench solids MESH...`: is the solid read from G-code the mesh it was sliced from?

Each mesh is sliced by PrusaSlicer in several ways; the solid found in the G-code and the mesh are
laid on one grid of 64 cells along the longest side, and compared cell by cell (a cell is solid
from half full on) as intersection over union.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np

from dataset_builder.geometry.layers import Layers
from dataset_builder.geometry.mesh import Mesh
from dataset_builder.readers.open_job import open_job
from dataset_builder.render.occupancy import resample
from dataset_builder.render.slice_mesh import slice_mesh
from dataset_builder.slicers.profiles import read_back
from dataset_builder.slicers.prusaslicer import BED_CENTRE, slice_with_prusaslicer

CELLS = 64
MARGIN = 2  # empty cells around the mesh, so that what sticks out counts


@dataclass(frozen=True)
class Way:
    """One way to slice a mesh."""

    name: str
    options: tuple[str, ...]


WAYS = (
    Way("15 % grid, 2 walls, 0.2 mm", ("--fill-density=15%", "--fill-pattern=grid")),
    Way("0 % infill, 3 walls, 0.2 mm", ("--fill-density=0%", "--perimeters=3")),
    Way("40 % gyroid, 1 wall, 0.3 mm", (
        "--fill-density=40%", "--fill-pattern=gyroid", "--perimeters=1", "--layer-height=0.3")),
    Way("100 %, 2 walls, 0.15 mm", (
        "--fill-density=100%", "--fill-pattern=rectilinear", "--layer-height=0.15")),
    Way("10 % honeycomb, brim and supports", (
        "--fill-density=10%", "--fill-pattern=honeycomb", "--support-material", "--brim-width=5")),
)  # fmt: skip


def agreement(mesh: Mesh, gcode: Path, centre: tuple[float, float] = BED_CENTRE) -> float:
    """Intersection over union of *mesh* and the model in *gcode*, sliced from it.

    centre: where on the bed the slicer put the middle of the mesh's box.
    """
    low, high = mesh.bbox_mm
    middle = (low + high) / 2
    shift = np.array([centre[0] - middle[0], centre[1] - middle[1], -low[2]])
    placed = Mesh(mesh.triangles + shift, mesh.watertight, mesh.unit)
    return overlap(slice_mesh(placed, cells=256), read_back(gcode), *placed.bbox_mm)


def overlap(one: Layers, other: Layers, low: np.ndarray, high: np.ndarray) -> float:
    """Intersection over union on CELLS cells along the longest side of the box *low*..*high*."""
    cell_mm = float((high - low).max()) / CELLS
    counts = np.maximum(np.ceil((high - low) / cell_mm - 1e-9), 1).astype(int) + 2 * MARGIN
    x, y, z = ((low + high) / 2 - counts * cell_mm / 2).tolist()
    shape = (int(counts[2]), int(counts[1]), int(counts[0]))
    a, b = (resample(layers, (x, y, z), cell_mm, shape).grid >= 0.5 for layers in (one, other))
    return float((a & b).sum() / max((a | b).sum(), 1))


def run(meshes: Sequence[Path], *, as_json: bool) -> None:
    """Slice and compare every mesh in every way, and print a table."""
    values: list[float] = []
    for path in meshes:
        with open_job(path) as job:
            mesh = job.mesh()
        row = {}
        for way in WAYS:
            with tempfile.TemporaryDirectory() as scratch:
                gcode = Path(scratch) / "sliced.gcode"
                slice_with_prusaslicer(path, gcode, way.options)
                row[way.name] = agreement(mesh, gcode)
        values += row.values()
        if as_json:
            click.echo(json.dumps({"mesh": path.name, "iou": row}))
        else:
            figures = "  ".join(f"{value:.3f}" for value in row.values())
            click.echo(f"{path.stem[:48]:<48}  {figures}")
    if not as_json:
        for number, way in enumerate(WAYS, start=1):
            click.echo(f"column {number}: {way.name}")
        good = sum(value >= 0.95 for value in values)
        click.echo(f"{good} of {len(values)} at 0.95 or better, worst {min(values):.3f}")
