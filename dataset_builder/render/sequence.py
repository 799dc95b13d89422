"""The growing object: what a printer has laid down after each of K evenly spaced layers.

All frames share the frame and the scale of the finished object, so that a frame can be compared
with its neighbour, and all are snapshots of one accumulator: K frames cost little more than one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.geometry.layers import Layers
from dataset_builder.render.projections import PLANE_AXES, frame_of, intervals, seen, to_pixels
from dataset_builder.render.shadows import cast_shadows
from dataset_builder.render.views import PLANES, Kind, Plane

if TYPE_CHECKING:
    from numpy.typing import NDArray


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
    whole = cast_shadows(layers)
    frame = frame_of(layers, whole, size_px)
    edges = intervals(layers)
    front, side = (
        frame.spread(seen(shadow, kind, layers.mm_per_px).T, axis, edges[axis]).T
        for axis, shadow in enumerate((whole.front_px, whole.side_px))
    )  # each (L, size_px)
    top, grown = np.zeros_like(whole.top_mm), np.zeros((3, size_px, size_px))
    chosen = [PLANES.index(plane) for plane in planes]
    pictures = np.empty((frames, len(chosen), size_px, size_px), np.uint8)
    start = 0
    for index, stop in enumerate(stops.tolist()):
        slab = (edges[2][0][start:stop], edges[2][1][start:stop])
        top += cast_shadows(layers, start, stop).top_mm
        grown[0] = frame.picture(seen(top, kind), PLANE_AXES["xy"], edges)
        grown[1] += frame.spread(front[start:stop], 2, slab)
        grown[2] += frame.spread(side[start:stop], 2, slab)
        pictures[index] = to_pixels(grown[chosen], kind, max(frame.extent_mm))
        start = stop
    return pictures
