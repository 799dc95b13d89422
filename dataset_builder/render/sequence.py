"""The growing object: what a printer has laid down after each of K evenly spaced layers.

All frames share the frame and the scale of the finished object, so that a frame can be compared
with its neighbour, and all are snapshots of one accumulator, drawn together: K frames cost little
more than one.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.geometry.layers import Layers
from dataset_builder.render.frame import Frame, spread_rows
from dataset_builder.render.projections import frame_of, intervals, seen, to_pixels
from dataset_builder.render.shadows import grow_shadows
from dataset_builder.render.views import PLANES, Kind, Plane

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dataset_builder.render.frame import Edges


def frame_layers(layers: int, frames: int) -> NDArray[np.int64]:
    """(frames,) how many of *layers* are printed in each frame; the last has them all."""
    if frames < 1:
        raise ValueError(f"frames = {frames}: give at least 1")
    return np.ceil(np.arange(1, frames + 1) * layers / frames).astype(np.int64)


def sequence(
    layers: Layers,
    *,
    frames: int,
    size_px: int = 64,
    planes: Sequence[Plane] = PLANES,
    kind: Kind = "silhouette",
) -> NDArray[np.uint8]:
    """(frames, V, size_px, size_px) uint8, cumulative; the last frame is what `project` draws.

    Raises EmptyToolpath when no pixel is set, ValueError for an impossible size or count.
    """
    stops = frame_layers(len(layers.bits), frames)
    tops, whole = grow_shadows(layers, stops)
    frame = frame_of(layers, whole, size_px)
    edges = intervals(layers)
    grown = np.empty((frames, 3, size_px, size_px))
    grown[:, 0] = _from_above(seen(tops, kind), frame, edges)
    sides = [seen(shadow, kind, layers.mm_per_px) for shadow in (whole.front_px, whole.side_px)]
    grown[:, 1:] = _sideways(sides, stops, frame, edges)
    chosen = [PLANES.index(plane) for plane in planes]
    return to_pixels(grown[:, chosen], kind, max(frame.extent_mm))


def _from_above(
    looks: NDArray[np.float64], frame: Frame, edges: list[Edges]
) -> NDArray[np.float64]:
    """(H, F, W) -> (F, size_px, size_px), all frames spread over the pixels at once."""
    (height, frames, width), size = looks.shape, frame.size_px
    rows = frame.spread(looks.reshape(height, -1), 1, edges[1]).reshape(size, frames, width)
    across = rows.transpose(2, 1, 0).reshape(width, -1)
    return frame.spread(across, 0, edges[0]).reshape(size, frames, size).transpose(1, 2, 0)


def _sideways(
    looks: list[NDArray[np.float64]],
    stops: NDArray[np.int64],
    frame: Frame,
    edges: list[Edges],
) -> NDArray[np.float64]:
    """(L, W) from the front and (L, H) from the side -> (F, 2, size_px, size_px).

    A layer is spread over the pixel rows of the frame it appears in, then frames are summed up: one
    pass over the layers, with the frames stacked on each other.
    """
    size, layers = frame.size_px, np.arange(len(looks[0]))
    spread = [frame.spread(look.T, axis, edges[axis]) for axis, look in enumerate(looks)]
    low, high = frame.in_pixels(2, edges[2])
    below = size * np.searchsorted(stops, layers, side="right")  # rows of the frames before
    grown = spread_rows(np.concatenate(spread).T, low + below, high + below, len(stops) * size)
    grown = grown.reshape(len(stops), size, 2, size)
    for earlier, later in itertools.pairwise(grown):  # far faster than cumsum along axis 0
        later += earlier
    return grown.transpose(0, 2, 1, 3)
