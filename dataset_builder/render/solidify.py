"""A job's segments -> the solid that will be printed, as `Layers`; two passes, constant memory.

    survey = PlateSurvey()
    for block in blocks(): survey.add(block)
    solid = solidify(survey.finish(), blocks)

Infill, its pattern and vase mode do not change the solid; skirt, brim, purge line, wipe tower,
raft and supports are left out of the model, but kept apart: the comments that name them can lie.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.errors import TooLarge
from dataset_builder.geometry.layers import Layers
from dataset_builder.geometry.toolpath import Toolpath
from dataset_builder.render.beads import BeadPainter
from dataset_builder.render.canvas import Canvas, Grid
from dataset_builder.render.fill import fill
from dataset_builder.render.left_out import merge, take_flat_parts
from dataset_builder.render.levels import Levels
from dataset_builder.render.survey import Plate, PlateSurvey

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Blocks = Callable[[], Iterable[NDArray[np.void]]]


FINEST_MM = 0.05  # pixels; printers do not place beads better
MOST_LAYERS = 20_000  # 4 m at 0.2 mm; a tall slope of one segment could ask for millions
LARGEST_PLANE_BYTES = 64 << 20  # of packed bits; beyond, the grid is made coarser
MARGIN_MM, MARGIN_PX = 1.0, 2  # half the widest bead, and a border that stays empty
BEAD_MM = 0.45


@dataclass(frozen=True, slots=True)
class Solid:
    """model: what the job is about. helpers: everything printed that was left out of it."""

    model: Layers
    helpers: Layers | None


def solidify(plate: Plate, blocks: Blocks, *, cells: int = 256) -> Solid:
    """Draw and fill the job that *plate* surveyed; *blocks* yields the same segments again.

    cells: pixels along the longest side of the model, height included; never finer than 0.05 mm.
    Raises TooLarge beyond MOST_LAYERS.
    """
    layers = max(len(levels.z_mm) for levels in (plate.model, plate.helpers) if levels)
    if layers > MOST_LAYERS:
        raise TooLarge(f"has {layers:,} layers, more than {MOST_LAYERS:,}")
    model = Canvas.blank(
        _grid(plate.model_box_mm, plate.model, cells), plate.model, marked=plate.marked
    )
    around = plate.helpers or plate.model
    helpers = Canvas.blank(_grid(plate.box_mm, around, cells), around, marked=False)
    painter = BeadPainter(
        model,
        model if plate.only_helpers else helpers,
        stroke_class=plate.stroke_class,
        lead=plate.lead,
        filament_diameter_mm=plate.filament_diameter_mm,
    )
    for block in blocks():
        painter.draw(block)
    painter.finish()
    solid = _layers(model)
    left_out = _layers(helpers) if helpers.wall.any() or helpers.inner.any() else None
    flat = take_flat_parts(solid)
    if flat is not None:
        left_out = left_out or _layers(helpers)
        merge(left_out, flat)
    return Solid(solid, left_out)


def solidify_toolpath(toolpath: Toolpath, *, cells: int = 256) -> Solid:
    """The same for a small job in memory."""
    survey = PlateSurvey()
    survey.add(toolpath.segments)
    return solidify(survey.finish(), lambda: [toolpath.segments], cells=cells)


def _grid(box_mm: NDArray[np.float64], levels: Levels, cells: int) -> Grid:
    """A grid over a (2, 3) box whose longest side has *cells* pixels, with an empty border."""
    size = box_mm[1] - box_mm[0]
    pitch = max(float(size.max()) / cells, FINEST_MM)
    while True:
        margin = MARGIN_MM + MARGIN_PX * pitch
        width, height = (int(np.ceil((side + 2 * margin) / pitch)) for side in size[:2])
        if len(levels.z_mm) * height * (width + 7) // 8 <= LARGEST_PLANE_BYTES:
            break
        pitch *= 1.5
    origin = (float(box_mm[0, 0] - margin), float(box_mm[0, 1] - margin))
    return Grid(origin, width, height, pitch)


def _layers(canvas: Canvas) -> Layers:
    grid, levels = canvas.grid, canvas.levels
    bits = fill(canvas, bead_mm=BEAD_MM)
    return Layers(
        bits, grid.width_px, levels.z_mm, levels.height_mm, grid.origin_mm, grid.mm_per_px
    )
