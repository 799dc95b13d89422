"""Contours -> votes of axis-parallel rays for "this cell's centre is inside".

`kernel/winding.c` holds the rule and its reasons; the NumPy form below gives the same votes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dataset_builder.render.contours import Contours
from dataset_builder.render.native import native


class Lines(NamedTuple):
    """A plane's grid of rays: *lines* of them, each with *cells* cell centres.

    frame: ray_origin, line_origin, ray_pitch, line_pitch in mm; rays run along a contour's x.
    """

    frame: tuple[float, float, float, float]
    lines: int
    cells: int


def cast_rays(cut: Contours, lines: Lines, outward: int) -> tuple[NDArray[np.uint8], int]:
    """(L, lines, cells) votes of 0 to 2 for inside, and how many lines do not close.

    outward: 1, or -1 for a mesh whose faces look inward.
    """
    cast = native("pw_cast_rays")
    if cast is None:
        return _cast_in_numpy(cut, lines, outward)
    layers = len(cut.heights_mm)
    votes = np.zeros((layers, lines.lines, lines.cells), np.uint8)
    steps = np.zeros((lines.lines, lines.cells + 1), np.int32)
    touched = np.zeros(lines.lines, np.uint8)
    leaks = cast(
        cut.segments, cut.offsets, layers, np.array(lines.frame), lines.lines, lines.cells,
        outward, steps, touched, votes,
    )  # fmt: skip
    return votes, leaks


def _cast_in_numpy(cut: Contours, lines: Lines, outward: int) -> tuple[NDArray[np.uint8], int]:
    steps = _steps(cut, lines)
    total = steps.sum(axis=2, keepdims=True)
    winding = np.cumsum(steps[:, :, :-1], axis=2, dtype=np.int32)
    either_end = (winding * outward > 0).astype(np.uint8) + ((winding - total) * outward > 0)
    inside = np.where(total == 0, winding != 0, winding % 2 == 1)
    votes = np.where(total % 2 == 1, either_end, 2 * inside).astype(np.uint8)
    return votes, int(np.count_nonzero(total))


def _steps(cut: Contours, lines: Lines) -> NDArray[np.int32]:
    """(L, lines, cells + 1) change of the winding number ahead of each cell centre."""
    ray_origin, line_origin, ray_pitch, line_pitch = lines.frame
    enters = cut.segments[:, 1] > cut.segments[:, 3]
    flipped = cut.segments[:, [2, 3, 0, 1]]
    low_x, low_y, high_x, high_y = np.where(enters[:, None], flipped, cut.segments).T
    first = _first_cell(low_y, line_origin, line_pitch, lines.lines)
    stop = _first_cell(high_y, line_origin, line_pitch, lines.lines)
    count = np.maximum(stop - first, 0)
    segment = np.repeat(np.arange(len(count)), count)
    line = first[segment] + np.arange(len(segment)) - np.repeat(np.cumsum(count) - count, count)
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
