"""A mesh cut at given heights: oriented contour segments, 60 to 500 times faster than trimesh.

Half-open rule: a corner is above a plane when z > height, so corners that lie on a plane neither
leak nor count twice, and horizontal faces cut nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.geometry.mesh import Mesh
from dataset_builder.render.native import native
from dataset_builder.render.spread import spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Triangles = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Contours:
    """What planes at heights_mm cut out of a mesh.

    segments: (M, 4) float64 mm, x0 y0 x1 y1, with the solid on the left where faces wind outward.
    offsets: (L + 1,) int64; segments[offsets[i]:offsets[i + 1]] lie at heights_mm[i].
    """

    segments: NDArray[np.float64]
    offsets: NDArray[np.int64]
    heights_mm: NDArray[np.float64]

    def layer(self, index: int) -> NDArray[np.float64]:
        """(m, 4) segments of one height."""
        return self.segments[self.offsets[index] : self.offsets[index + 1]]

    def part(self, start: int, stop: int) -> Contours:
        """The contours at heights *start* to *stop*."""
        first, last = self.offsets[start], self.offsets[stop]
        offsets = self.offsets[start : stop + 1] - first
        return Contours(self.segments[first:last], offsets, self.heights_mm[start:stop])

    @property
    def length_mm(self) -> NDArray[np.float64]:
        """(L,) total contour length of each height."""
        steps = self.segments[:, 2:] - self.segments[:, :2]
        ends = np.concatenate([[0.0], np.cumsum(np.hypot(steps[:, 0], steps[:, 1]))])
        return np.diff(ends[self.offsets])


def contours(mesh: Mesh | Triangles, heights: NDArray[np.float64]) -> Contours:
    """Cut *mesh*, or (F, 3, 3) triangles in mm, at ascending *heights* in mm."""
    triangles = mesh.triangles if isinstance(mesh, Mesh) else mesh
    triangles = np.ascontiguousarray(triangles, dtype=np.float64).reshape(-1, 3, 3)
    heights = np.ascontiguousarray(heights, dtype=np.float64)
    if heights.ndim != 1 or np.any(np.diff(heights) < 0):
        raise ValueError("heights are not one ascending row of numbers; sort them first")
    if not len(heights):
        return Contours(np.empty((0, 4)), np.zeros(1, np.int64), heights)
    fill = native("pw_contour_fill")
    if fill is None:
        return _cut_in_numpy(triangles, heights)
    offsets = _offsets(count_segments(triangles, heights))
    segments = np.empty((offsets[-1], 4))
    fill(triangles, len(triangles), heights, len(heights), offsets[:-1].copy(), segments)
    return Contours(segments, offsets, heights)


def count_segments(triangles: Triangles, heights: NDArray[np.float64]) -> NDArray[np.int64]:
    """(L,) how many segments `contours` will give at each height."""
    counts = np.zeros(len(heights), np.int64)
    count = native("pw_contour_count")
    if count is not None:
        count(triangles, len(triangles), heights, len(heights), counts)
        return counts
    first, stop = _crossed_heights(triangles, heights)
    np.add.at(counts, first[first < stop], 1)
    ends = stop[(first < stop) & (stop < len(heights))]
    np.subtract.at(counts, ends, 1)
    return np.cumsum(counts)


def _offsets(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(counts, dtype=np.int64)])


def _crossed_heights(
    triangles: Triangles, heights: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and past-the-last height with lowest corner <= height < highest corner."""
    z = triangles[:, :, 2]
    return np.searchsorted(heights, z.min(axis=1)), np.searchsorted(heights, z.max(axis=1))


def _cut_in_numpy(triangles: Triangles, heights: NDArray[np.float64]) -> Contours:
    """The kernel's arithmetic on one row per crossing, in the kernel's order."""
    first, stop = _crossed_heights(triangles, heights)
    crossings = np.maximum(stop - first, 0)
    face, nth = spread(crossings)
    layer = first[face] + nth
    by_layer = np.argsort(layer, kind="stable")
    face, layer = face[by_layer], layer[by_layer]
    height = heights[layer][:, None]

    order = np.argsort(triangles[:, :, 2], axis=1, kind="stable")
    turned_over = (order[face, 0] + 1) % 3 != order[face, 1]
    low, middle, high = (triangles[face, order[face, k]] for k in range(3))
    below = middle[:, 2:] > height
    long_edge = _point(low, high, height)
    short_edge = _point(np.where(below, low, middle), np.where(below, middle, high), height)
    start = np.where(turned_over[:, None], short_edge, long_edge)
    end = np.where(turned_over[:, None], long_edge, short_edge)
    offsets = _offsets(np.bincount(layer, minlength=len(heights)))
    return Contours(np.hstack([start, end]), offsets, heights)


def _point(
    low: NDArray[np.float64], high: NDArray[np.float64], height: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(N, 2) where edges low -> high, (N, 3) each, cross *height*, (N, 1)."""
    slope = (high[:, :2] - low[:, :2]) / (high[:, 2:] - low[:, 2:])
    return np.asarray(low[:, :2] + (height - low[:, 2:]) * slope)
