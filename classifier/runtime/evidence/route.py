"""Where the nozzle goes -> few enough strokes for a browser, in the order they are printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.geometry.toolpath import NOT_PRINTED
from dataset_builder.reading import PlateReading

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_STROKES = 30_000
STARTED_MM = 0.01  # a stroke that begins this near to the last one's end goes on with it


def strokes_of(plate: PlateReading, *, most: int = MOST_STROKES) -> NDArray[np.float32]:
    """(N, 2, 3) mm, at most about *most*: ends of what is extruded on *plate*, corners left out.

    Must run while the job is open. Every unbroken line keeps its two ends; what is left out are
    corners between them, so a curve gets coarser and nothing disappears.
    """
    blocks = [
        np.stack([part["start"], part["end"]], axis=1)
        for block in plate.blocks()
        for part in [block[(block["state"] & int(NOT_PRINTED)) == 0]]
    ]
    strokes = np.concatenate(blocks) if blocks else np.empty((0, 2, 3), np.float32)
    return _coarser(strokes, -(-len(strokes) // most)) if len(strokes) else strokes


def _coarser(strokes: NDArray[np.float32], step: int) -> NDArray[np.float32]:
    """About every *step*th corner of each unbroken line."""
    gap = np.abs(strokes[1:, 0] - strokes[:-1, 1]).max(axis=1) > STARTED_MM
    first = np.concatenate([[True], gap])  # of an unbroken line
    line_start = np.maximum.accumulate(np.where(first, np.arange(len(strokes)), 0))
    kept = (np.arange(len(strokes)) - line_start) % step == 0
    begins = np.flatnonzero(kept)
    past = np.append(begins[1:], len(strokes))
    return np.stack([strokes[begins, 0], strokes[past - 1, 1]], axis=1)
