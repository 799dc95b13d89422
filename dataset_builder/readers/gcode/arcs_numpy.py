"""Arcs in the XY plane as chords, many at once; arcs.py says which conventions they follow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dataset_builder.readers.gcode.arcs import (
    CHORD_ERROR_MM,
    MAX_CHORD_ANGLE,
    MAX_CHORDS,
    MAX_RADIUS_MM,
)
from dataset_builder.readers.gcode.numbers_numpy import Flags, Ints

Reals = NDArray[np.float64]
_TAU = 2 * np.pi


def centres(way: Reals, radius: Reals, clockwise: Flags) -> Reals:
    """(2, K) centres of the arcs of *radius* that lead by *way*, (2, K), from the start; (0, 0)
    where there is none. A negative radius takes the long way round.
    """
    chord = np.sqrt(way[0] * way[0] + way[1] * way[1])
    height = np.sqrt(np.maximum(radius * radius - chord * chord / 4, 0.0))
    possible = (chord > 0) & (radius * radius - chord * chord / 4 >= 0)
    side = np.where(clockwise == (radius < 0), height, -height)
    share = np.divide(side, chord, out=np.zeros_like(chord), where=possible)
    return np.where(possible, (way[0] / 2 - way[1] * share, way[1] / 2 + way[0] * share), 0.0)


@dataclass(frozen=True, slots=True)
class Arcs:
    """K arcs. start, end: (3, K) machine mm. centre: (2, K) relative to the start."""

    at: Ints  # their lines
    start: Reals
    end: Reals
    centre: Reals
    clockwise: Flags

    def __len__(self) -> int:
        return len(self.at)

    def chosen(self, which: Flags) -> Arcs:
        """Those of *which*."""
        return Arcs(
            self.at[which],
            self.start[:, which],
            self.end[:, which],
            self.centre[:, which],
            self.clockwise[which],
        )

    @property
    def radii(self) -> tuple[Reals, Reals]:
        """At the start and at the end, which slicers round differently."""
        (cx, cy), (ex, ey) = self.centre, self._end_from_centre()
        return np.sqrt(cx * cx + cy * cy), np.sqrt(ex * ex + ey * ey)

    def drawable(self) -> Flags:
        """The end lies on the circle, and the circle on a printer."""
        radius, end_radius = self.radii
        near = np.abs(end_radius - radius) <= np.maximum(0.1, 0.02 * radius)
        return near & (radius > 1e-6) & (radius <= MAX_RADIUS_MM)

    def _end_from_centre(self) -> Reals:
        return self.end[:2] - self.start[:2] - self.centre

    def angles(self) -> tuple[Reals, Reals]:
        """Where they begin, and how far they sweep: (0, tau], negative when clockwise."""
        (cx, cy), (ex, ey) = self.centre, self._end_from_centre()
        first = np.arctan2(-cy, -cx)
        sweep = np.arctan2(ey, ex) - first
        turns = np.where(
            self.clockwise, np.ceil((sweep + 1e-9) / _TAU), np.floor((sweep - 1e-9) / _TAU)
        )
        return first, sweep - _TAU * turns

    def chord_counts(self) -> Ints:
        """(K,) chords within CHORD_ERROR_MM and MAX_CHORD_ANGLE."""
        radius, _ = self.radii
        angle = 2 * np.arccos(
            1 - CHORD_ERROR_MM / np.clip(radius, 2 * CHORD_ERROR_MM, MAX_RADIUS_MM)
        )
        _, sweep = self.angles()
        wanted = np.ceil(np.abs(sweep) / np.minimum(angle, MAX_CHORD_ANGLE))
        return np.asarray(np.clip(wanted, 1, MAX_CHORDS), np.int64)

    def chords(self, counts: Ints) -> tuple[Reals, Reals]:
        """(3, C) starts and (3, C) ends of all chords in order."""
        last = np.cumsum(counts) - 1
        step = np.arange(1, last[-1] + 2) - np.repeat(last + 1 - counts, counts)
        t = step / np.repeat(counts, counts)
        radius, end_radius = self.radii
        first, sweep = self.angles()
        rho = np.repeat(radius, counts) + np.repeat(end_radius - radius, counts) * t
        angle = np.repeat(first, counts) + np.repeat(sweep, counts) * t
        ends = np.empty((3, len(t)))
        ends[0] = np.repeat(self.start[0] + self.centre[0], counts) + rho * np.cos(angle)
        ends[1] = np.repeat(self.start[1] + self.centre[1], counts) + rho * np.sin(angle)
        rise = self.end[2] - self.start[2]
        ends[2] = np.repeat(self.start[2], counts) + np.repeat(rise, counts) * t
        ends[:, last] = self.end
        starts = np.empty_like(ends)
        starts[:, 1:] = ends[:, :-1]
        starts[:, last + 1 - counts] = self.start
        return starts, ends
