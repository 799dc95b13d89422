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


def cast_shadows(layers: Layers, start: int = 0, stop: int | None = None) -> Shadows:
    """The shadows of slices *start* to *stop*."""
    bits, heights = layers.bits[start:stop], layers.height_mm[start:stop]
    (count, height, row_bytes), width = bits.shape, layers.width_px
    cast = native("pw_cast_shadows")
    if cast is None:
        return _cast_in_numpy(bits, heights, width)
    top = np.zeros((height, width + 1))
    front = np.zeros((count, width + 1), np.int32)
    side = np.zeros((count, height), np.int32)
    heights = np.ascontiguousarray(heights, dtype=np.float64)
    cast(np.ascontiguousarray(bits), count, height, row_bytes, width, heights, top, front, side)
    return Shadows(
        top_mm=_whole(np.cumsum(top[:, :-1], axis=1), heights),
        front_px=np.cumsum(front[:, :-1], axis=1, dtype=np.int32),
        side_px=side,
    )


def _whole(top: NDArray[np.float64], heights: NDArray[np.float64]) -> NDArray[np.float64]:
    """*top* without what rounding leaves of heights that were added and taken away again."""
    top[top < heights.min(initial=np.inf) / 2] = 0.0
    return top


def _cast_in_numpy(bits: NDArray[np.uint8], heights: NDArray[np.float64], width: int) -> Shadows:
    top = np.zeros((bits.shape[1], width))
    front = np.empty((len(bits), width), np.int32)
    side = np.empty((len(bits), bits.shape[1]), np.int32)
    for index, height in enumerate(heights):
        bitmap = np.unpackbits(bits[index], axis=1, count=width)
        top += bitmap * height
        front[index] = bitmap.sum(axis=0)
        side[index] = bitmap.sum(axis=1)
    return Shadows(top, front, side)
