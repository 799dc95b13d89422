"""Drawing without a kernel: the geometry of kernel/beads.c, a block of segments at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.geometry.toolpath import Feature
from dataset_builder.render.canvas import Canvas, Grid, Pen
from dataset_builder.render.spread import spread
from dataset_builder.render.strokes import (
    FAR_MM,
    StrokeClass,
    banks,
    begins,
    height_bins,
    is_bead,
    joins,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

WIDTH_MM = (0.2, 2.0)
USUAL_WIDTH_MM = 0.45  # where the job does not say how much plastic: a 0.4 mm nozzle
CORNER = np.float32(1 - np.pi / 4)  # a bead is a rectangle with round ends (Slic3r's model)

NOT_INNER = (
    Feature.UNKNOWN,
    Feature.OUTER_WALL,
    Feature.OVERHANG_WALL,
    Feature.THIN_WALL,
    Feature.SKIRT,
)


def draw(
    segments: NDArray[np.void],
    pen: Pen,
    canvases: tuple[Canvas, Canvas],
    stroke_class: NDArray[np.uint8],
    lead: int,
    filament_area: float,
) -> None:
    """Draw a block; see pw_draw_beads."""
    cut = lead - pen.seen
    if 0 < cut < len(segments):  # the survey cut here, too
        for part in (segments[:cut], segments[cut:]):
            draw(part, pen, canvases, stroke_class, lead, filament_area)
        return
    if cut == 0:
        lift_pen(pen, canvases, stroke_class)
    pen.seen += len(segments)
    beads = segments[is_bead(segments)]
    if not len(beads):
        return
    bank = np.ones(len(beads), np.int32) if cut > 0 else banks(beads, bool(pen.begun))
    pen.begun |= int((bank == 0).any())
    z_bin = height_bins(np.float32(0.5) * (beads["start"][:, 2] + beads["end"][:, 2]))
    kind = _outline(beads, bank, z_bin, pen, canvases, stroke_class)
    outside = _is_outside(canvases[0].grid, beads) & (bank == 0)
    if canvases[0] is canvases[1]:
        outside[:] = False
    for index, canvas in enumerate(canvases):
        here = (bank | outside) == index
        _draw_beads(canvas, beads[here], z_bin[here], kind[here], filament_area)


def lift_pen(pen: Pen, canvases: tuple[Canvas, Canvas], stroke_class: NDArray[np.uint8]) -> None:
    """End the stroke under way; its outline joins its last point with its first."""
    if pen.open:
        _close_outline(pen, canvases, stroke_class)
    pen.stroke += pen.open
    pen.open = 0


def _close_outline(
    pen: Pen, canvases: tuple[Canvas, Canvas], stroke_class: NDArray[np.uint8]
) -> None:
    canvas, layer = canvases[pen.bank], np.array([pen.layer])
    if _is_contour(canvas, stroke_class[[pen.stroke]], layer)[0]:
        ends = np.array([pen.pen[:2]], np.float32), np.array([pen.first[:2]], np.float32)
        _flip_edges(canvas, layer, *ends)


def _outline(
    beads: NDArray[np.void],
    bank: NDArray[np.int32],
    z_bin: NDArray[np.int64],
    pen: Pen,
    canvases: tuple[Canvas, Canvas],
    stroke_class: NDArray[np.uint8],
) -> NDArray[np.uint8]:
    """Flip the edges of all contours; returns the stroke class of each bead, (N,).

    An outline ends with its stroke or where the stroke leaves its layer; the last one of the
    block stays in the pen.
    """
    start, end = beads["start"], beads["end"]
    fresh = begins(beads, bank)
    fresh[0] = not (pen.open and bank[0] == pen.bank and joins(pen.pen, beads[0]))
    if fresh[0]:
        lift_pen(pen, canvases, stroke_class)
    stroke = pen.stroke + np.cumsum(fresh) - fresh[0]
    kind = stroke_class[stroke]
    layer = np.where(bank, canvases[1].levels.of_bin[z_bin], canvases[0].levels.of_bin[z_bin])
    part = fresh | np.append(layer[0] != pen.layer, layer[1:] != layer[:-1])
    if part[0] and not fresh[0]:
        _close_outline(pen, canvases, stroke_class)
    before = np.concatenate([np.array([pen.pen], np.float32), end[:-1]])
    begin = np.where(part[:, None], start, before)[:, :2]
    heads = np.flatnonzero(part)
    if not part[0]:
        heads = np.concatenate([[0], heads])
    first = start[heads, :2]
    if not part[0]:
        first[0] = pen.first[:2]
    last = heads[1:] - 1  # of all outlines but the one that stays open
    edges = np.concatenate([begin, end[last, :2]]), np.concatenate([end[:, :2], first[:-1]])
    owner = np.concatenate([np.arange(len(beads)), last])
    for index, canvas in enumerate(canvases):
        chosen = np.flatnonzero(bank[owner] == index)
        own = owner[chosen]
        chosen = chosen[_is_contour(canvas, kind[own], layer[own])]
        _flip_edges(canvas, layer[owner][chosen], edges[0][chosen], edges[1][chosen])
    pen.stroke, pen.open, pen.bank, pen.layer = int(stroke[-1]), 1, int(bank[-1]), int(layer[-1])
    pen.pen, pen.first = tuple(end[-1].tolist()), tuple(first[-1].tolist())
    return np.asarray(kind)


def _is_contour(
    canvas: Canvas, kind: NDArray[np.uint8], layer: NDArray[np.int32]
) -> NDArray[np.bool_]:
    bounds = kind == StrokeClass.CONTOUR if canvas.marked else kind != StrokeClass.OPEN
    return np.asarray(bounds | (canvas.levels.spiral[layer] != 0))


def _flip_edges(
    canvas: Canvas,
    layer: NDArray[np.int32],
    a: NDArray[np.float32],
    b: NDArray[np.float32],
) -> None:
    """Flip, on every row whose centre an edge a-b crosses, all pixels right of the crossing."""
    grid = canvas.grid
    origin, scale = np.array(grid.origin_mm, np.float32), np.float32(1 / grid.mm_per_px)
    a, b = (a - origin) * scale, (b - origin) * scale
    falls = a[:, 1] > b[:, 1]
    a, b = np.where(falls[:, None], b, a), np.where(falls[:, None], a, b)
    limits = np.clip(np.ceil(np.stack([a[:, 1], b[:, 1]]) - np.float32(0.5)), 0, grid.height_px)
    first, rows = limits[0].astype(np.int64), (limits[1] - limits[0]).astype(np.int64)
    edge, nth = spread(rows)
    y = first[edge] + nth
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = (b[:, 0] - a[:, 0]) / (b[:, 1] - a[:, 1])
    x = a[edge, 0] + (y.astype(np.float32) + np.float32(0.5) - a[edge, 1]) * slope[edge]
    x = np.ceil(x - np.float32(0.5))
    inside = x < grid.width_px
    column = np.maximum(x[inside], 0).astype(np.int64)
    at = _byte(canvas, layer[edge[inside]], y[inside], column)
    np.bitwise_xor.at(canvas.edge.reshape(-1), at, (0x80 >> (column & 7)).astype(np.uint8))


def _byte(
    canvas: Canvas, layer: NDArray[np.int32], y: NDArray[np.int64], x: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Where a pixel's byte lies in a flattened plane."""
    return (layer.astype(np.int64) * canvas.grid.height_px + y) * canvas.grid.row_bytes + (x >> 3)


def _is_outside(grid: Grid, beads: NDArray[np.void]) -> NDArray[np.bool_]:
    """(N,) beads that lie beside the grid."""
    low, high = np.array([grid.origin_mm, grid.corner_mm], np.float32)
    start, end = beads["start"][:, :2], beads["end"][:, :2]
    beside = (np.maximum(start, end) < low) | (np.minimum(start, end) > high)
    return np.asarray(beside.any(axis=1))


def _draw_beads(
    canvas: Canvas,
    beads: NDArray[np.void],
    z_bin: NDArray[np.int64],
    kind: NDArray[np.uint8],
    filament_area: float,
) -> None:
    """Rectangles, longer than the beads by their half width at both ends: corners are full."""
    grid, layer = canvas.grid, canvas.levels.of_bin[z_bin]
    scale = np.float32(1 / grid.mm_per_px)
    start = (beads["start"][:, :2] - np.array(grid.origin_mm, np.float32)) * scale
    step = (beads["end"] - beads["start"])[:, :2]
    length_mm = np.sqrt(step[:, 0] * step[:, 0] + step[:, 1] * step[:, 1])
    moves = length_mm > np.float32(1e-6)
    still = np.array([1, 0], np.float32)
    unit = np.where(moves[:, None], step / np.where(moves, length_mm, 1)[:, None], still)
    height = canvas.levels.height_mm.astype(np.float32)[layer]
    half = np.float32(0.5) * _bead_width(beads, length_mm, height, filament_area) * scale
    radius = np.maximum(half, np.float32(0.501) * np.abs(unit).max(axis=1))
    bead, y, low, high = _row_spans(grid, start, unit, length_mm * scale, radius)
    inner = _is_inner(canvas, beads["feature"], kind, layer)[bead]
    for plane, which in ((canvas.wall, ~inner), (canvas.inner, inner)):
        rows = _byte(canvas, layer[bead[which]], y[which], np.zeros(1, np.int64))
        _set_runs(plane.reshape(-1), rows, low[which], high[which])


def _bead_width(
    beads: NDArray[np.void],
    length_mm: NDArray[np.float32],
    height: NDArray[np.float32],
    filament_area: float,
) -> NDArray[np.float32]:
    """(N,) mm, from the plastic that each bead takes."""
    filament = beads["filament"]
    known = (filament > 0) & (length_mm > 0)
    with np.errstate(over="ignore"):  # absurd plastic makes the widest bead
        area = filament * np.float32(filament_area)
        width = area / np.where(known, length_mm * height, 1) + height * CORNER
    return np.where(known, np.clip(width, *WIDTH_MM), np.float32(USUAL_WIDTH_MM))


def _is_inner(
    canvas: Canvas,
    feature: NDArray[np.uint8],
    kind: NDArray[np.uint8],
    layer: NDArray[np.int32],
) -> NDArray[np.bool_]:
    if canvas.marked:
        return ~np.isin(feature, NOT_INNER)
    return np.asarray((kind == StrokeClass.OPEN) & (canvas.levels.spiral[layer] == 0))


def _row_spans(
    grid: Grid,
    start: NDArray[np.float32],
    unit: NDArray[np.float32],
    length: NDArray[np.float32],
    radius: NDArray[np.float32],
) -> tuple[NDArray[np.intp], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Bead, row, first and last column of every run of pixels whose centres lie in a bead."""
    half_px, (ux, uy) = np.float32(0.5), unit.T
    reach = radius * (np.abs(ux) + np.abs(uy))
    y_end = start[:, 1] + length * uy
    first = np.ceil(np.minimum(start[:, 1], y_end) - reach - half_px)
    last = np.floor(np.maximum(start[:, 1], y_end) + reach - half_px)
    first = np.clip(first, 0, grid.height_px).astype(np.int64)
    rows = np.maximum(np.clip(last, -1, grid.height_px - 1).astype(np.int64) - first + 1, 0)
    bead, nth = spread(rows)
    y = first[bead] + nth
    dy = y.astype(np.float32) + half_px - start[bead, 1]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        sides, ends = np.abs(uy) > np.float32(1e-6), np.abs(ux) > np.float32(1e-6)
        side_slope, end_slope = np.where(sides, ux / uy, 0), np.where(ends, uy / ux, 0)
        half = np.where(sides, radius / np.abs(uy), np.float32(FAR_MM))
        tail = np.where(ends, radius / np.abs(ux), np.float32(FAR_MM))
        run = np.where(ends, length / ux, 0)
    behind, ahead = np.minimum(run, 0) - tail, np.maximum(run, 0) + tail
    middle = start[bead, 0] + dy * side_slope[bead]
    across = start[bead, 0] - dy * end_slope[bead]
    low = np.maximum(np.maximum(middle - half[bead], across + behind[bead]), half_px)
    high = np.minimum(middle + half[bead], across + ahead[bead])
    high = np.minimum(high, np.float32(grid.width_px) - half_px)
    first_x = np.ceil(low - half_px).astype(np.int64)
    last_x = np.floor(high - half_px).astype(np.int64)
    some = (low <= high) & (first_x <= last_x)
    return bead[some], y[some], first_x[some], last_x[some]


def _set_runs(
    plane: NDArray[np.uint8],
    row: NDArray[np.int64],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
) -> None:
    """Set pixels first..last of rows that begin at byte *row* of a flattened plane."""
    run, nth = spread((last >> 3) - (first >> 3) + 1)
    byte = (first[run] >> 3) + nth
    head = np.where(nth == 0, 0xFF >> (first[run] & 7), 0xFF)
    tail = np.where(byte == last[run] >> 3, 0xFF << (7 - (last[run] & 7)), 0xFF)
    np.bitwise_or.at(plane, row[run] + byte, (head & tail).astype(np.uint8))
