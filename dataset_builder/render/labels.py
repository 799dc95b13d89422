"""Which runs belong together, and how large each connected solid is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.geometry.layers import Layers
from dataset_builder.render.native import native
from dataset_builder.render.runs import Runs
from dataset_builder.render.spread import spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

Z_SLACK = 0.25  # share of a layer's height that rounding in a job may leave empty below it


@dataclass(frozen=True, slots=True)
class Solids:
    """labels: (N,) int32, the solid of each run. For each of the n solids:

    boxes: (n, 6) int32, first and past-the-last layer, row, column. volumes_mm3: (n,) float64.
    """

    labels: NDArray[np.int32]
    boxes: NDArray[np.int32]
    volumes_mm3: NDArray[np.float64]


def label_solids(runs: Runs, layers: Layers) -> Solids:
    """Join runs that touch; see `objects` for what touching means."""
    below = _touching_below(layers)
    label = native("pw_label_runs")
    if label is None:
        return _measure(runs, _label_in_numpy(runs, below), layers)
    labels = np.empty(len(runs.spans), np.int32)
    label(runs.spans, runs.row_start, runs.layers, runs.height, below, labels)
    return _measure(runs, labels, layers)


def _touching_below(layers: Layers) -> NDArray[np.int64]:
    """(L,) for each slice the lowest earlier one that it rests on; its own index for none.

    Usually the one before. Objects with layer heights of their own interleave on one plate, so a
    slice may rest on one further back.
    """
    bottom = layers.z_top_mm - layers.height_mm * (1 + Z_SLACK)
    first = np.searchsorted(layers.z_top_mm, bottom)
    return np.minimum(first, np.arange(len(first))).astype(np.int64)


def _measure(runs: Runs, labels: NDArray[np.int32], layers: Layers) -> Solids:
    count = int(labels.max(initial=-1)) + 1
    boxes = np.tile(np.array([2**31 - 1, 0] * 3, np.int32), (count, 1))
    volumes = np.zeros(count)
    measure = native("pw_measure_solids")
    height = np.ascontiguousarray(layers.height_mm, dtype=np.float64)
    if measure is not None:
        measure(
            runs.spans, runs.row_start, labels, runs.layers, runs.height, height, boxes, volumes
        )
    else:
        layer, row = np.divmod(runs.rows, runs.height)
        first, stop = runs.spans.T
        for side, low, past in ((0, layer, layer + 1), (1, row, row + 1), (2, first, stop)):
            np.minimum.at(boxes[:, 2 * side], labels, low.astype(np.int32))
            np.maximum.at(boxes[:, 2 * side + 1], labels, past.astype(np.int32))
        volumes += np.bincount(labels, weights=(stop - first) * height[layer], minlength=count)
    return Solids(labels, boxes, volumes * layers.mm_per_px**2)


def _label_in_numpy(runs: Runs, below: NDArray[np.int64]) -> NDArray[np.int32]:
    """Hook the larger root of each touching pair to the smaller until none is left."""
    a, b = _touching_pairs(runs, below)
    root = np.arange(len(runs.spans))
    while True:
        low, high = np.minimum(root[a], root[b]), np.maximum(root[a], root[b])
        open_pairs = low < high
        if not open_pairs.any():
            return np.unique(root, return_inverse=True)[1].astype(np.int32)
        a, b = a[open_pairs], b[open_pairs]
        np.minimum.at(root, high[open_pairs], low[open_pairs])
        while np.any(root[root] != root):
            root = root[root]


def _touching_pairs(
    runs: Runs, below: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices of every two runs that touch, the later one first."""
    rows, height = runs.rows, runs.height
    layer, y = np.divmod(rows, height)
    neighbours = [(rows - 1, y > 0)]
    for back in range(1, int((np.arange(len(below)) - below).max(initial=0)) + 1):
        for step in (-1, 0, 1):
            reachable = (layer - back >= below[layer]) & (y + step >= 0) & (y + step < height)
            neighbours.append((rows - back * height + step, reachable))
    stride = int(runs.spans.max(initial=0)) + 2  # keeps the runs of two rows out of touch
    starts, stops = (rows[:, None] * stride + runs.spans).T
    later, earlier = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for row, valid in neighbours:
        mine = np.flatnonzero(valid)
        base = row[mine] * stride
        low = np.searchsorted(stops, base + runs.spans[mine, 0], side="left")
        high = np.searchsorted(starts, base + runs.spans[mine, 1], side="right")
        count = np.maximum(high - low, 0)
        touching, nth = spread(count)
        later.append(mine[touching])
        earlier.append(low[touching] + nth)
    return np.concatenate(later), np.concatenate(earlier)
