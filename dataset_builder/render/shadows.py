"""What three axis-parallel projections need of a stack: material along x, along y and along z."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.geometry.layers import Layers
from dataset_builder.render.native import native

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Shadows:
    """Material of L slices on an (H, W) grid.

    top_mm: (H, W) float64 along z. front_px: (L, W) int32 pixels along y. side_px: (L, H) int32
    pixels along x.
    """

    top_mm: NDArray[np.float64]
    front_px: NDArray[np.int32]
    side_px: NDArray[np.int32]


def cast_shadows(layers: Layers) -> Shadows:
    """The shadows of the whole stack."""
    return grow_shadows(layers, np.array([len(layers.bits)]))[1]


def grow_shadows(layers: Layers, stops: NDArray[np.int64]) -> tuple[NDArray[np.float64], Shadows]:
    """(H, F, W) mm along z of the first stops[f] layers, and the shadows of the whole stack.

    stops: (F,) ascending; the last is the number of layers.
    """
    slab = np.searchsorted(stops, np.arange(len(layers.bits)), side="right")
    (count, height, row_bytes), width = layers.bits.shape, layers.width_px
    tops = np.zeros((height, len(stops), width))
    front, side = np.zeros((count, width), np.int32), np.zeros((count, height), np.int32)
    cast = native("pw_cast_shadows")
    if cast is None:
        _cast_in_numpy(layers, slab, tops, front, side)
    else:
        bits = np.ascontiguousarray(layers.bits)
        heights = np.ascontiguousarray(layers.height_mm, dtype=np.float64)
        cast(bits, count, height, row_bytes, width, heights, slab, len(stops), tops, front, side)
    return tops, Shadows(tops[:, -1], front, side)


def _cast_in_numpy(
    layers: Layers,
    slab: NDArray[np.int64],
    tops: NDArray[np.float64],
    front: NDArray[np.int32],
    side: NDArray[np.int32],
) -> None:
    for index, height in enumerate(layers.height_mm):
        bitmap = layers.bitmap(index)
        tops[:, slab[index]] += bitmap * height
        front[index] = bitmap.sum(axis=0)
        side[index] = bitmap.sum(axis=1)
    np.cumsum(tops, axis=1, out=tops)
