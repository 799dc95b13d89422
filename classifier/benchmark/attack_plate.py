"""Attacks that change what else is on a plate, or take from the object: on a grid of cells.

Solids are bool grids (Z, Y, X) of cells of one pitch. Everything stands on z = 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.benchmark.attack_mesh import CELLS, Draw
from dataset_builder.geometry.layers import Layers
from dataset_builder.geometry.mesh import Mesh
from dataset_builder.render.slice_mesh import slice_mesh
from dataset_builder.sources.solids import SOLIDS, draw_solid

Cells = NDArray[np.bool_]

GAP = 4  # cells between objects of a plate: one would do to keep them apart
MOST_BITES = 12
NEIGHBOUR_CELLS = (CELLS // 4, CELLS)  # how large neighbours are, beside an object of CELLS
BOX_GAP = 0.05  # of the longest side, between an object and the box around it


@dataclass(frozen=True, slots=True)
class Pitch:
    """Sides of a cell in mm: across, and up."""

    across: float
    up: float


@dataclass(frozen=True, slots=True)
class ChangedCells:
    """The plate that *change* makes of the object's cells."""

    change: Callable[[Draw, Cells, float], Cells]

    def __call__(self, rng: Draw, mesh: Mesh, level: float) -> Layers:
        """What is printed at *level*."""
        layers = slice_mesh(mesh, cells=CELLS)
        pitch = Pitch(layers.mm_per_px, float(layers.height_mm[0]))
        return as_layers(self.change(rng, as_cells(layers), level), pitch)


def as_cells(layers: Layers) -> Cells:
    """(Z, Y, X), cropped to the material."""
    cells = np.unpackbits(layers.bits, axis=2, count=layers.width_px).view(np.bool_)
    return cropped(cells)


def as_layers(cells: Cells, pitch: Pitch) -> Layers:
    """A stack of even slices that stands on z = 0."""
    count = len(cells)
    return Layers(
        bits=np.packbits(cells, axis=2),
        width_px=cells.shape[2],
        z_top_mm=np.arange(1.0, count + 1) * pitch.up,
        height_mm=np.full(count, pitch.up),
        origin_mm=(0.0, 0.0),
        mm_per_px=pitch.across,
    )


def cropped(cells: Cells) -> Cells:
    """The part of *cells* that holds material; at least one cell must."""
    box = []
    for axis in range(3):
        others = tuple(other for other in range(3) if other != axis)
        filled = np.flatnonzero(cells.any(axis=others))
        box.append(slice(filled[0], filled[-1] + 1))
    return cells[tuple(box)]


def side_by_side(solids: Sequence[Cells]) -> Cells:
    """One plate with all *solids* in a row along x."""
    deep, tall = (max(solid.shape[axis] for solid in solids) for axis in (1, 0))
    wide = sum(solid.shape[2] for solid in solids) + GAP * (len(solids) - 1)
    plate = np.zeros((tall, deep, wide), bool)
    x = 0
    for solid in solids:
        z, y, across = solid.shape
        plate[:z, :y, x : x + across] = solid
        x += across + GAP
    return plate


def cut(_: Draw, cells: Cells, pieces: float) -> Cells:
    """Sawn across its longest side into equally long *pieces*, laid side by side."""
    axis = int(np.argmax(cells.shape))
    slabs = np.array_split(cells, round(pieces), axis=axis)
    return side_by_side([cropped(slab) for slab in slabs if slab.any()])


def among_others(rng: Draw, cells: Cells, count: float) -> Cells:
    """*count* everyday objects beside it, each as it is modelled, of sizes drawn at random."""
    names = [name for name, solid in SOLIDS.items() if not solid.label.weapon_shaped]
    chosen = rng.choice(names, round(count))
    sizes = rng.integers(*NEIGHBOUR_CELLS, len(chosen))
    others = [
        as_cells(slice_mesh(draw_solid(SOLIDS[name], rng), cells=int(size)))
        for name, size in zip(chosen, sizes, strict=True)
    ]
    place = int(rng.integers(len(others) + 1))
    return side_by_side([*others[:place], cells, *others[place:]])


def boxed(_: Draw, cells: Cells, percent: float) -> Cells:
    """Standing on the floor of a closed box whose walls are *percent* of the longest side thick."""
    longest = max(cells.shape)
    wall, gap = max(1, round(longest * percent / 100)), max(1, round(longest * BOX_GAP))
    around = wall + gap
    box = np.ones([side + 2 * around for side in cells.shape], bool)
    box = box[gap:]  # no gap below: nothing can be printed in the air
    box[wall:-wall, wall:-wall, wall:-wall] = False
    z, y, x = cells.shape
    box[wall : wall + z, around : around + y, around : around + x] |= cells
    return box


def encased(_: Draw, cells: Cells, percent: float) -> Cells:
    """Grown by a solid skin *percent* of the longest side thick, measured along the axes."""
    thick = max(1, round(max(cells.shape) * percent / 100))
    grown = np.pad(cells, thick)
    for axis in range(3):  # a cell is filled when one within reach along the axis is
        along = np.moveaxis(grown, axis, 0)
        reach = np.pad(along, [(thick + 1, thick), (0, 0), (0, 0)])
        sums = np.cumsum(reach, axis=0, dtype=np.int32)
        grown = np.moveaxis(sums[2 * thick + 1 :] > sums[: -2 * thick - 1], 0, axis)
    return np.ascontiguousarray(grown)


def without_an_end(rng: Draw, cells: Cells, percent: float) -> Cells:
    """The *percent* of the material beyond a plane of random direction gone."""
    where = np.argwhere(cells)
    along = where @ rng.normal(size=3)
    gone = where[np.argsort(along)[: round(len(where) * percent / 100)]]
    left = cells.copy()
    left[tuple(gone.T)] = False
    return cropped(left)


def bitten(rng: Draw, cells: Cells, percent: float) -> Cells:
    """Round bites at random places, *percent* of the material in all."""
    where = np.argwhere(cells)
    wanted = round(len(where) * percent / 100)
    bites = int(rng.integers(1, MOST_BITES + 1))
    for bite in range(bites, 0, -1):
        share = min(-(-wanted // bite), wanted)
        distance = np.linalg.norm(where - where[rng.integers(len(where))], axis=1)
        where = where[np.argsort(distance, kind="stable")[share:]]
        wanted -= share
    left = np.zeros_like(cells)
    left[tuple(where.T)] = True
    return cropped(left)
