"""Contours -> votes of axis-parallel rays for "this cell's centre is inside".

`kernel/winding.c` holds the rule and its reasons; the NumPy form below gives the same votes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dataset_builder.render.contours import Contours
from dataset_builder.render.native import native
from dataset_builder.render.spread import spread

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Lines(NamedTuple):
    """A plane's grid of rays: *lines* of them, each with *cells* cell centres.

    frame: ray_origin, line_origin, ray_pitch, line_pitch in mm; rays run along a contour's x.
    """

    frame: tuple[float, float, float, float]
    lines: int
    cells: int


class Found(NamedTuple):
    """leaking: lines that do not close. inward, outward: lines that close, on which the winding
    number falls below and rises above zero; a mesh that has both has shells wound both ways.
    """

    leaking: int
    inward: int
    outward: int


def fill_closed(cut: Contours, lines: Lines) -> tuple[NDArray[np.uint8], Found]:
    """(L, lines, ceil(cells / 8)) packed cells inside; right on lines that do not leak."""
    fill = native("pw_fill_closed")
    if fill is None:
        votes, found = _cast_in_numpy(cut, lines, outward=1)
        return np.packbits(votes, axis=2), found
    bits = np.zeros((len(cut.heights_mm), lines.lines, -(-lines.cells // 8)), np.uint8)
    counts = np.zeros(3, np.int64)
    fill(
        cut.segments, cut.offsets, len(bits), np.array(lines.frame), lines.lines, lines.cells,
        *_scratch(lines), bits, counts,
    )  # fmt: skip
    return bits, Found(*counts.tolist())


def cast_rays(cut: Contours, lines: Lines, outward: int) -> NDArray[np.uint8]:
    """(L, lines, cells) uint8: 0 to 2 votes for inside, by the rays from both ends of each line.

    outward: 1, or -1 for a mesh whose faces look inward.
    """
    cast = native("pw_cast_rays")
    if cast is None:
        return _cast_in_numpy(cut, lines, outward)[0]
    votes = np.zeros((len(cut.heights_mm), lines.lines, lines.cells), np.uint8)
    cast(
        cut.segments, cut.offsets, len(votes), np.array(lines.frame), lines.lines, lines.cells,
        outward, *_scratch(lines), votes,
    )  # fmt: skip
    return votes


def _scratch(lines: Lines) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    """Steps of the winding number, and marks where there are any."""
    steps = np.zeros((lines.lines, lines.cells + 1), np.int32)
    return steps, np.zeros((lines.lines, lines.cells // 8 + 1), np.uint8)


def _cast_in_numpy(cut: Contours, lines: Lines, outward: int) -> tuple[NDArray[np.uint8], Found]:
    steps = _steps(cut, lines)
    total = steps.sum(axis=2, keepdims=True)
    winding = np.cumsum(steps[:, :, :-1], axis=2, dtype=np.int32)
    either_end = (winding * outward > 0).astype(np.uint8) + ((winding - total) * outward > 0)
    inside = np.where(total == 0, winding != 0, winding % 2 == 1)
    votes = np.where(total % 2 == 1, either_end, 2 * inside).astype(np.uint8)
    closed = total[:, :, 0] == 0
    lines_with = (~closed, closed & (winding.min(axis=2) < 0), closed & (winding.max(axis=2) > 0))
    return votes, Found(*(int(np.count_nonzero(those)) for those in lines_with))


def _steps(cut: Contours, lines: Lines) -> NDArray[np.int32]:
    """(L, lines, cells + 1) change of the winding number ahead of each cell centre."""
    ray_origin, line_origin, ray_pitch, line_pitch = lines.frame
    enters = cut.segments[:, 1] > cut.segments[:, 3]
    flipped = cut.segments[:, [2, 3, 0, 1]]
    low_x, low_y, high_x, high_y = np.where(enters[:, None], flipped, cut.segments).T
    first = _first_cell(low_y, line_origin, line_pitch, lines.lines)
    stop = _first_cell(high_y, line_origin, line_pitch, lines.lines)
    count = np.maximum(stop - first, 0)
    segment, nth = spread(count)
    line = first[segment] + nth
    rise = (high_y - low_y)[segment]
    slope = (high_x - low_x)[segment] / rise
    y = line_origin + (line + 0.5) * line_pitch
    x = low_x[segment] + (y - low_y[segment]) * slope
    cell = _first_cell(x, ray_origin, ray_pitch, lines.cells)
    layer = np.searchsorted(cut.offsets, segment, side="right") - 1
    steps = np.zeros((len(cut.heights_mm), lines.lines, lines.cells + 1), np.int32)
    np.add.at(steps, (layer, line, cell), np.where(enters[segment], 1, -1))
    return steps


def _first_cell(
    at: NDArray[np.float64], origin: float, pitch: float, count: int
) -> NDArray[np.int64]:
    """Index of the first cell centre at or past *at*, in 0..count."""
    return np.clip(np.ceil((at - origin) / pitch - 0.5), 0, count).astype(np.int64)
