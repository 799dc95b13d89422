"""What a printer makes of an object besides the object: a piece of it, or it and its supports.

Both keep the label: a job that stops short, is parted to fit a bed, or whose supports no comment
gives away still shows the outline.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dataset_builder.geometry.layers import Layers

KEPT = (0.6, 0.95)
"""Shares of an object's volume that a cut leaves."""
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


def as_printed(
    layers: Layers, rng: np.random.Generator, *, share_cut: float, share_supported: float
) -> Layers:
    """*layers*, cut in one case, on supports in another, and mostly as they are."""
    chance = rng.random()
    if chance < share_cut:
        return cut(layers, rng)
    return supported(layers, rng) if chance < share_cut + share_supported else layers
