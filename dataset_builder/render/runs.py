"""A stack of bitmaps as runs of set pixels: what labelling works on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.geometry.layers import Layers
from dataset_builder.render.native import native

if TYPE_CHECKING:
    from numpy.typing import NDArray

USUAL_RUNS = 4  # a row; more is found out by counting and costs a second pass


@dataclass(frozen=True, slots=True)
class Runs:
    """Row r = layer * height + y holds spans[row_start[r]:row_start[r + 1]], ascending in x.

    row_start: (L * H + 1,) int64. spans: (N, 2) int32, first and past-the-last pixel.
    """

    row_start: NDArray[np.int64]
    spans: NDArray[np.int32]
    layers: int
    height: int

    @property
    def rows(self) -> NDArray[np.int64]:
        """(N,) the row of each run."""
        return np.repeat(np.arange(len(self.row_start) - 1), np.diff(self.row_start))


def find_runs(layers: Layers) -> Runs:
    """All runs of *layers*."""
    count, height, row_bytes = layers.bits.shape
    row_start = np.zeros(count * height + 1, np.int64)
    find = native("pw_find_runs")
    if find is None:
        return Runs(*_find_in_numpy(layers), count, height)
    bits = np.ascontiguousarray(layers.bits)
    spans = np.empty((count * height * USUAL_RUNS, 2), np.int32)
    call = (bits, count * height, row_bytes, layers.width_px, row_start)
    found = find(*call, spans, len(spans))
    if found > len(spans):
        spans = np.empty((found, 2), np.int32)
        find(*call, spans, found)
    return Runs(row_start, spans[:found], count, height)


def _find_in_numpy(layers: Layers) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    counts, spans = [np.zeros(1, np.int64)], [np.empty((0, 2), np.int32)]
    for index in range(len(layers.bits)):
        padded = np.pad(layers.bitmap(index).view(np.int8), ((0, 0), (1, 1)))
        row, x = np.nonzero(np.diff(padded, axis=1))  # starts and stops alternate along a row
        spans.append(x.reshape(-1, 2).astype(np.int32))
        counts.append(np.bincount(row[::2], minlength=padded.shape[0]))
    return np.cumsum(np.concatenate(counts)), np.concatenate(spans)
