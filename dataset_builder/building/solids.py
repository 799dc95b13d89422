"""The first half of a build: every object by every route it goes, as a grid of cells.

A mesh is sliced by an external slicer once and read back once, however many poses follow.
"""

from __future__ import annotations

import errno
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dataset_builder.building.fineness import enough_cells
from dataset_builder.building.journal import Done, Unit
from dataset_builder.building.plan import SOLIDS_A_SHARD, Plan
from dataset_builder.building.presets import GCODE, MESH
from dataset_builder.building.tables import write_shard
from dataset_builder.errors import ReadError
from dataset_builder.output.columns import SOLID_COLUMNS
from dataset_builder.output.solids import solid_of
from dataset_builder.render.occupancy import Occupancy, occupancy
from dataset_builder.render.slice_mesh import slice_mesh
from dataset_builder.slicers.base import SlicerFailed
from dataset_builder.slicers.profiles import PROFILES, read_back, sliced
from dataset_builder.sources.labels import LABEL_NAMES
from dataset_builder.sources.loading import load_mesh
from dataset_builder.sources.origin import Origin

if TYPE_CHECKING:
    from dataset_builder.geometry.layers import Layers

CELLS = 96  # along the longest side: three and more to a pixel of 28
FULL_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def solids_path(unit: int) -> str:
    """Where shard *unit* of the solids lies below the dataset's folder."""
    return f"data/solids/solids-{unit:05d}.parquet"


def make_solids(plan: Plan, folder: Path, unit: int, cache: Path) -> Done:
    """Make and write shard *unit*; what cannot be read or sliced is told in `skipped`."""
    done, rows = Done(Unit("solids", unit)), []
    for number, route in plan.solids[unit * SOLIDS_A_SHARD : (unit + 1) * SOLIDS_A_SHARD]:
        origin = plan.origins[number]
        try:
            rows.append(_row(origin, route, occupancy(_layers(origin, route, cache), cells=CELLS)))
        except (ReadError, SlicerFailed, OSError) as problem:
            done.skipped.append((f"{origin.name} by {route}", reason_to_skip(problem)))
    if rows:
        done.shards.append(write_shard(folder, solids_path(unit), SOLID_COLUMNS, rows))
    return done


def reason_to_skip(problem: Exception) -> str:
    """What is wrong with one object, in words; a full disk is raised again: no object's fault."""
    if isinstance(problem, OSError) and problem.errno in FULL_DISK:
        raise problem
    return str(problem)


def read_solid(plan: Plan, folder: Path, origin: int, route: str) -> Occupancy:
    """The solid as its shard holds it; it must not be one that was skipped."""
    import pyarrow.parquet as pq

    path = folder / solids_path(plan.solids.index((origin, route)) // SOLIDS_A_SHARD)
    wanted = solid_name(plan.origins[origin], route)
    table = pq.read_table(path, page_checksum_verification=True, filters=[("solid", "=", wanted)])
    return solid_of(table.to_pylist()[0])


def solid_name(origin: Origin, route: str) -> str:
    """What the solids' table calls it."""
    return f"{origin.name}/{route}"


def _layers(origin: Origin, route: str, cache: Path) -> Layers:
    if route == GCODE:
        return read_back(Path(origin.location))
    mesh = load_mesh(origin)
    if route == MESH:
        return slice_mesh(mesh, cells=enough_cells(mesh, 2 * CELLS))
    return read_back(sliced(mesh, PROFILES[route], cache))


def _row(origin: Origin, route: str, solid: Occupancy) -> dict[str, Any]:
    z, y, x = solid.grid.shape
    return {
        "solid": solid_name(origin, route),
        "label": LABEL_NAMES.index(origin.label),
        "weapon_shaped": origin.weapon_shaped,
        "model": origin.name,
        "family": origin.family,
        "source": origin.source,
        "route": route,
        "grid": np.rint(solid.grid * 255).astype(np.uint8).tobytes(),
        "cells_x": x,
        "cells_y": y,
        "cells_z": z,
        "cell_mm": solid.cell_mm,
    }
