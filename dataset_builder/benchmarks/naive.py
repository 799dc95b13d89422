"""A dataset the obvious way, for comparison: slice every pose, read it by words, plot the lines.

What a first script would do with the libraries that come to mind: an external slicer, pygcode,
matplotlib. pygcode's own machine refuses every extruding move, so the head is tracked by hand.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Segments = NDArray[np.float64]  # (N, 2, 3) mm

MOTIONS = ("G0", "G1", "G92")
AXES = ((0, 1), (0, 2), (1, 2))  # seen from above, from the front, from the right


def read_segments(gcode: Path) -> Segments:
    """Every extruding move of a job with absolute distances, in print order."""
    with gcode.open(encoding="utf-8", errors="replace") as lines:
        track = np.array(list(_states(lines)))
    moves = np.stack(list(pairwise(track)))  # (N, 2, 4): x, y, z and filament, before and after
    return moves[moves[:, 1, 3] > moves[:, 0, 3], :, :3]


def draw_growth(segments: Segments, frames: int, size_px: int) -> list[bytes]:
    """3 * *frames* PNG files: each view as it grows, on the scale of the whole."""
    heights = np.unique(segments[:, 1, 2])
    stops = np.ceil(np.arange(1, frames + 1) * len(heights) / frames).astype(int)
    flat = segments.reshape(-1, 3)
    low, high = flat.min(axis=0), flat.max(axis=0)
    reach = float((high - low).max()) / 2
    pictures = []
    for across, up in AXES:
        middle = (low + high)[[across, up]] / 2
        for stop in stops:
            shown = segments[segments[:, 1, 2] <= heights[stop - 1]]
            pictures.append(_plot(shown[:, :, [across, up]], middle, reach, size_px))
    return pictures


def _states(lines: Iterator[str]) -> Iterator[tuple[float, ...]]:
    """Where the head and the filament are after each motion.

    G92 only changes the count: a motion of no length, which no plot shows.
    """
    from pygcode import text2words

    at = dict.fromkeys("XYZE", 0.0)
    for line in lines:
        text = line.split(";")[0]
        if not text.startswith(MOTIONS):
            continue
        words = [(word.letter, word.value) for word in text2words(text)]
        at.update((letter, float(value)) for letter, value in words if letter in at)
        yield tuple(at.values())


def _plot(lines: NDArray[np.float64], middle: NDArray[np.float64], reach: float, px: int) -> bytes:
    from matplotlib.collections import LineCollection
    from matplotlib.figure import Figure

    figure = Figure(figsize=(1, 1), dpi=px)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(middle[0] - reach, middle[0] + reach)
    axes.set_ylim(middle[1] - reach, middle[1] + reach)
    axes.add_collection(LineCollection(list(lines), colors="black", linewidths=1.0))
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()
