"""The shape of a toolpath in a few numbers, summed block by block.

Exact for segments, however they are cut: a line drawn as one segment or as a hundred gives the same
length, centroid and covariance.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable
from ctypes import c_double, c_uint64
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.geometry.toolpath import NOT_PRINTED, SegmentState
from dataset_builder.kernel.library import library

if TYPE_CHECKING:
    from numpy.typing import NDArray

PAIRS = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))
"""xx yy zz xy xz yz: the order of every covariance we print."""


class _Sums(ctypes.Structure):
    _fields_ = (
        ("low", c_double * 3),
        ("high", c_double * 3),
        ("origin", c_double * 3),
        ("length", c_double),
        ("filament", c_double),
        ("first", c_double * 3),
        ("second", c_double * 6),
        ("segments", c_uint64),
        ("by_state", c_uint64 * 8),
        ("tools", c_uint64),
    )


@dataclass(frozen=True, slots=True)
class Geometry:
    """Everything the nozzle extrudes while moving, in machine millimetres.

    bbox: x0, y0, z0, x1, y1, z1 of the extruded centre lines. centroid: x, y, z and cov: xx, yy,
    zz, xy, xz, yz, both weighted by path length.
    """

    bbox: tuple[float, ...]
    extruded_mm: float
    filament_mm: float
    centroid: tuple[float, ...]
    cov: tuple[float, ...]


class Measure:
    """Add blocks of SEGMENT records, then ask for `geometry()`."""

    def __init__(self) -> None:
        self._sums = _Sums(low=(np.inf,) * 3, high=(-np.inf,) * 3)
        self._kernel = library()

    def add(self, segments: NDArray[np.void]) -> None:
        """Add one block; segments that the printer is told to skip are only counted."""
        if self._kernel is None:
            self._add_numpy(segments)
        else:
            address = ctypes.c_void_p(segments.ctypes.data)
            self._kernel.pw_measure(
                address, ctypes.c_int64(len(segments)), ctypes.byref(self._sums)
            )

    def count(self, state: SegmentState) -> int:
        """Segments that carry *state*."""
        return sum(n for bits, n in enumerate(self._sums.by_state) if bits & state)

    @property
    def tools(self) -> tuple[int, ...]:
        """Tools that extruded."""
        bits = int(self._sums.tools)
        return tuple(tool for tool in range(64) if bits >> tool & 1)

    @property
    def extruded_mm(self) -> float:
        """Path length so far."""
        return float(self._sums.length)

    @classmethod
    def sum(cls, measures: Iterable[Measure]) -> Measure:
        """One measure of several toolpaths together."""
        total = cls()
        for measure in measures:
            total._merge(measure)
        return total

    def _merge(self, measure: Measure) -> None:
        s, other = self._sums, measure._sums
        if s.segments == 0:
            s.origin[:] = other.origin[:]
        shift = [o - mine for o, mine in zip(other.origin, s.origin, strict=True)]
        for k, (i, j) in enumerate(PAIRS):  # parallel axes
            cross = other.first[i] * shift[j] + other.first[j] * shift[i]
            s.second[k] += other.second[k] + cross + other.length * shift[i] * shift[j]
        for k in range(3):
            s.first[k] += other.first[k] + other.length * shift[k]
            s.low[k], s.high[k] = min(s.low[k], other.low[k]), max(s.high[k], other.high[k])
        for state in range(8):
            s.by_state[state] += other.by_state[state]
        s.length += other.length
        s.filament += other.filament
        s.segments += other.segments
        s.tools |= other.tools

    def geometry(self) -> Geometry | None:
        """The sums as lengths and moments; None when nothing was extruded."""
        s = self._sums
        if s.segments == 0 or s.length == 0:
            return None
        mean = [first / s.length for first in s.first]
        cov = [
            second / s.length - mean[i] * mean[j]
            for second, (i, j) in zip(s.second, PAIRS, strict=True)
        ]
        return Geometry(
            bbox=(*s.low, *s.high),
            extruded_mm=s.length,
            filament_mm=s.filament,
            centroid=tuple(m + o for m, o in zip(mean, s.origin, strict=True)),
            cov=tuple(cov),
        )

    def _add_numpy(self, segments: NDArray[np.void]) -> None:
        s = self._sums
        for state, n in enumerate(np.bincount(segments["state"], minlength=8)[:8]):
            s.by_state[state] += int(n)
        segments = segments[segments["state"] & int(NOT_PRINTED) == 0]
        if len(segments) == 0:
            return
        start, end = segments["start"].astype(np.float64), segments["end"].astype(np.float64)
        if s.segments == 0:
            s.origin[:] = start[0].tolist()
        s.segments += len(segments)
        s.low[:] = np.minimum(np.minimum(start, end).min(axis=0), s.low).tolist()
        s.high[:] = np.maximum(np.maximum(start, end).max(axis=0), s.high).tolist()
        d, c = end - start, (start + end) / 2 - np.array(s.origin)
        length = np.sqrt((d * d).sum(axis=1))
        s.length += float(length.sum())
        s.filament += float(segments["filament"].sum(dtype=np.float64))
        s.tools |= int(np.bitwise_or.reduce(np.uint64(1) << segments["tool"].astype(np.uint64)))
        for k in range(3):
            s.first[k] += float(length @ c[:, k])
        for k, (i, j) in enumerate(PAIRS):
            s.second[k] += float(length @ (c[:, i] * c[:, j] + d[:, i] * d[:, j] / 12))
