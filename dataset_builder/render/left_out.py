"""Skirts, brims and purge lines that no comment names, found by their shape.

They lie flat on the bed: parts of the foot of a print with nothing above them, and a first layer
much larger than the second. Taller things without a comment (draft shields, supports, rafts) stay
in the model; there a shape alone proves nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.geometry.layers import Layers
from dataset_builder.render.labels import label_solids
from dataset_builder.render.runs import find_runs

if TYPE_CHECKING:
    from numpy.typing import NDArray

FOOT_MM = 1.2  # a few layers; skirts are seldom taller
FOOT_SHARE = 1 / 3  # of the whole height at most: a flat print is no skirt
BRIM_RATIO = 1.5  # how much larger than the second layer a first one with a brim is
BRIM_EDGE_MM = 0.8  # what of it next to the second layer is kept: walls may flare


def take_flat_parts(layers: Layers) -> Layers | None:
    """Take what lies only on the bed out of *layers* (changed in place) and return it.

    Returns the taken part on the same grid, its lowest layers only, or None when all stays.
    """
    height = min(FOOT_MM, FOOT_SHARE * float(layers.z_top_mm[-1]))
    foot = int(np.searchsorted(layers.z_top_mm, height, side="right"))
    if not foot or foot == len(layers.bits):
        return None
    before = layers.bits[:foot].copy()
    above = np.bitwise_or.reduce(layers.bits[foot : 2 * foot], axis=0)
    if not above.any():
        return None
    layers.bits[:foot] &= _resting(np.bitwise_or.reduce(before, axis=0), above, layers)
    layers.bits[0] &= _without_brim(layers)
    taken = before & ~layers.bits[:foot]
    if not taken.any():
        return None
    z_top, thick = layers.z_top_mm[:foot], layers.height_mm[:foot]
    return Layers(taken, layers.width_px, z_top, thick, layers.origin_mm, layers.mm_per_px)


def merge(into: Layers, part: Layers) -> None:
    """Draw *part* into layers on a grid of their own (changed in place), nearest pixel by pixel."""
    for index, z_top in enumerate(part.z_top_mm):
        y, x = np.nonzero(part.bitmap(index))
        column, row = (
            np.floor((first + (k + 0.5) * part.mm_per_px - origin) / into.mm_per_px).astype(int)
            for first, k, origin in zip(part.origin_mm, (x, y), into.origin_mm, strict=True)
        )
        on_grid = (column >= 0) & (column < into.width_px) & (row >= 0)
        on_grid &= row < into.bits.shape[1]
        layer = int(np.abs(into.z_top_mm - z_top).argmin())
        column, row = column[on_grid], row[on_grid]
        mask = (0x80 >> (column & 7)).astype(np.uint8)
        np.bitwise_or.at(into.bits[layer], (row, column >> 3), mask)


def _resting(
    foot: NDArray[np.uint8], above: NDArray[np.uint8], layers: Layers
) -> NDArray[np.uint8]:
    """(H, ceil(W / 8)) packed: the connected parts of *foot* that have something above them."""
    plan = Layers(
        np.stack([foot, foot & above]),
        layers.width_px,
        np.array([1.0, 2.0]),
        np.ones(2),
        layers.origin_mm,
        layers.mm_per_px,
    )
    runs = find_runs(plan)
    labels = label_solids(runs, plan).labels
    rows = runs.rows
    carrying = np.unique(labels[rows >= runs.height])
    kept = np.flatnonzero((rows < runs.height) & np.isin(labels, carrying))
    steps = np.zeros((runs.height, layers.width_px + 1), np.int8)
    steps[rows[kept], runs.spans[kept, 0]] = 1
    steps[rows[kept], runs.spans[kept, 1]] -= 1
    return np.packbits(np.cumsum(steps, axis=1)[:, :-1].astype(bool), axis=1)


def _without_brim(layers: Layers) -> NDArray[np.uint8]:
    """(H, ceil(W / 8)) packed: where the first layer may have material."""
    second = layers.bits[1] | layers.bits[min(2, len(layers.bits) - 1)]
    first_px, second_px = (int(np.bitwise_count(bits).sum()) for bits in (layers.bits[0], second))
    if first_px < BRIM_RATIO * second_px or not second_px:
        return np.full_like(second, 0xFF)
    near = np.unpackbits(second, axis=1, count=layers.width_px)
    for _ in range(int(np.ceil(BRIM_EDGE_MM / layers.mm_per_px))):
        grown = near.copy()
        grown[1:] |= near[:-1]
        grown[:-1] |= near[1:]
        grown[:, 1:] |= near[:, :-1]
        grown[:, :-1] |= near[:, 1:]
        near = grown
    return np.packbits(near, axis=1)
