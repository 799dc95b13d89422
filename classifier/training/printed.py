"""What a printer makes of an object besides the object: a piece, or it and its supports, or rags.

All keep the label: a job that stops short, is parted to fit a bed, whose supports no comment gives
away, or whose open mesh the slicer could not close everywhere, still shows the outline.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dataset_builder.geometry.layers import Layers

KEPT = (0.6, 0.95)
"""Shares of an object's volume that a cut leaves."""
BANDS, BAND = (1, 4), (0.02, 0.25)
"""How many bands of layers a slicer loses of an open mesh (below the last); share of the height."""
ONE_SIDE = 0.6  # of the bands: what else these layers hold is closed and stays
PILLARS_MM = (1.6, 4.0)
"""From one line of support to the next; slicers' defaults are 2 to 2.5 mm."""


def cut(layers: Layers, rng: np.random.Generator) -> Layers:
    """The lower part of *layers*. An object turned at random is so cut along any plane."""
    volume = np.cumsum(np.bitwise_count(layers.bits).sum(axis=(1, 2), dtype=np.int64))
    last = int(np.searchsorted(volume, rng.uniform(*KEPT) * volume[-1])) + 1
    return replace(
        layers,
        bits=layers.bits[:last],
        z_top_mm=layers.z_top_mm[:last],
        height_mm=layers.height_mm[:last],
    )


def supported(layers: Layers, rng: np.random.Generator) -> Layers:
    """*layers* with walls of support under all that hangs, one pixel wide, along x or y."""
    count, rows, _ = layers.bits.shape
    step = max(2, round(rng.uniform(*PILLARS_MM) / layers.mm_per_px))
    along_x = bool(rng.integers(2))
    lines = np.arange(rows if along_x else layers.width_px) % step == int(rng.integers(step))
    mask: NDArray[np.bool_] = np.zeros((rows, layers.width_px), bool)
    mask[lines if along_x else slice(None), slice(None) if along_x else lines] = True
    walls = np.packbits(mask, axis=1)
    above = np.zeros_like(layers.bits[0])
    bits = layers.bits.copy()
    for index in range(count - 1, -1, -1):
        above |= layers.bits[index]
        bits[index] |= above & walls
    return replace(layers, bits=bits)


def torn(layers: Layers, rng: np.random.Generator) -> Layers:
    """*layers* without some bands of them, whole or to one side of an upright plane.

    Slicers close the outlines of a layer; where a mesh has holes they often find none to close.
    """
    count, rows, _ = layers.bits.shape
    bits = layers.bits.copy()
    place = np.stack(np.meshgrid(np.arange(rows), np.arange(layers.width_px), indexing="ij"))
    for _ in range(int(rng.integers(*BANDS))):
        height = max(1, round(rng.uniform(*BAND) * count))
        first = int(rng.integers(max(1, count - height)))
        lost = np.ones((rows, layers.width_px), bool)
        if rng.random() < ONE_SIDE:
            way, middle = rng.normal(size=2), rng.uniform(size=2) * (rows, layers.width_px)
            lost = np.tensordot(way, place - middle[:, None, None], 1) > 0
        bits[first : first + height] &= ~np.packbits(lost, axis=1)
    return replace(layers, bits=bits) if bits.any() else layers


def as_printed(
    layers: Layers,
    rng: np.random.Generator,
    *,
    share_cut: float,
    share_supported: float,
    share_torn: float = 0.0,
) -> Layers:
    """*layers*, cut in one case, on supports or torn in another, and mostly as they are."""
    chance = rng.random()
    for share, change in ((share_cut, cut), (share_supported, supported), (share_torn, torn)):
        if chance < share:
            return change(layers, rng)
        chance -= share
    return layers
