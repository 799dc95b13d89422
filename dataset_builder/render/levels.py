"""From a histogram of extruded length over height to the layers of a print.

Discrete layers are peaks. Between peaks lies nothing, a scarf seam's ramps (they belong to the
layer above), or a spiral that rises without end: that is cut into slices of one revolution's rise.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

BINS = 1 << 17
BINS_PER_MM = 100.0

APART_BINS = 3  # heights nearer than 0.03 mm are one layer; printers do not go below 0.04
PEAK_RATIO = 8.0  # a layer holds that many times more than a ramp's typical bin
SHORTEST_MM = 0.2  # less extruded at one height is a blob, not a layer
PITCH_MM = (0.03, 1.5)  # plausible layer heights
USUAL_PITCH_MM = 0.2
TOO_WIDE, FITTING = 1.6, 1.3  # mean bead width of a layer over the usual one


@dataclass(frozen=True, slots=True)
class Levels:
    """z_mm: (L,) ascending tops of the layers; height_mm: (L,) how thick each is.

    spiral: (L,) uint8, 1 where a slice is one revolution of a continuous rise. of_bin: (BINS,)
    int32, the layer that a bead at this height (in 0.01 mm) belongs to.
    """

    z_mm: NDArray[np.float64]
    height_mm: NDArray[np.float64]
    spiral: NDArray[np.uint8]
    of_bin: NDArray[np.int32]


def find_levels(
    length: NDArray[np.float32],
    filament: NDArray[np.float32],
    z_mm: NDArray[np.float32],
    pitch_mm: float,
) -> Levels:
    """Layers of a print from what it extrudes in each bin of height.

    length, filament: (N <= BINS,) mm; z_mm: (N,) a height that really occurred in the bin.
    pitch_mm: a revolution's rise where the print spirals (0: unknown). At least one bin must hold
    something.
    """
    used = np.flatnonzero(length > 0)
    starts = np.concatenate([[0], np.flatnonzero(np.diff(used) >= APART_BINS) + 1])
    real = np.add.reduceat(length[used], starts) >= SHORTEST_MM
    ends = np.append(starts[1:], len(used))
    wide = used[ends - 1] - used[starts] > APART_BINS
    tips = _fullest(used, starts, length)[~wide & (real | ~real.any())]
    clusters = [used[a:b] for a, b in zip(starts[wide], ends[wide], strict=True)]
    peaks = [_peaks(cluster, length) for cluster in clusters]
    usual = _usual_pitch(np.concatenate([tips, *peaks]) / BINS_PER_MM)
    tops, spiral = [z_mm[tips].astype(np.float64)], [np.zeros(len(tips), bool)]
    for cluster, own in zip(clusters, peaks, strict=True):
        z, climbs = _cut(cluster, z_mm[own].astype(np.float64), z_mm, pitch_mm or usual)
        tops.append(z)
        spiral.append(climbs)
    levels = _levels(np.concatenate(tops), np.concatenate(spiral), usual)
    _raise_heights(levels, used, length[used], filament[used])
    return levels


def _raise_heights(
    levels: Levels,
    used: NDArray[np.intp],
    length: NDArray[np.float32],
    filament: NDArray[np.float32],
) -> None:
    """Where layers of several heights interleave, let each reach down as far as its plastic says.

    Supports and neighbours on the plate may have layers of their own; then a layer's bottom is not
    the next top below, and its beads would seem much wider than those of other layers.
    """
    count = len(levels.z_mm)
    owner = levels.of_bin[used]
    per_mm = np.bincount(owner, filament, count) / np.bincount(owner, length, count).clip(1e-6)
    known = (per_mm > 0) & (levels.spiral == 0)
    if not known.any():
        return
    width = per_mm / levels.height_mm  # up to a constant factor
    usual = np.percentile(width[known], 25)
    for k in np.flatnonzero(known & (width > TOO_WIDE * usual)):
        reach = levels.z_mm[k] - levels.z_mm[:k][::-1]
        fits = np.flatnonzero((per_mm[k] / reach <= FITTING * usual) & (reach < PITCH_MM[1]))
        if fits.size:
            levels.height_mm[k] = reach[fits[0]]


def _fullest(
    used: NDArray[np.intp], starts: NDArray[np.intp], length: NDArray[np.float32]
) -> NDArray[np.intp]:
    """The fullest bin of each group of used bins that begins at *starts*."""
    group = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(used))))
    order = np.lexsort((-length[used], group))
    return used[order[starts]]


def _peaks(cluster: NDArray[np.intp], length: NDArray[np.float32]) -> NDArray[np.intp]:
    """Bins of a run of neighbouring bins that are layers of their own; none within a spiral."""
    held = length[cluster]
    high = cluster[held > PEAK_RATIO * np.median(held)]
    groups = np.split(high, np.flatnonzero(np.diff(high) >= APART_BINS) + 1)
    return np.array([group[np.argmax(length[group])] for group in groups if group.size], np.intp)


def _usual_pitch(z_mm: NDArray[np.float64]) -> float:
    """The median distance of layers, where it is plausible."""
    steps = np.diff(np.sort(z_mm))
    steps = steps[(steps >= PITCH_MM[0]) & (steps <= PITCH_MM[1])]
    return float(np.median(steps)) if steps.size else USUAL_PITCH_MM


def _cut(
    cluster: NDArray[np.intp],
    tips: NDArray[np.float64],
    z_mm: NDArray[np.float32],
    pitch_mm: float,
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Tops of the layers of one cluster, and which of them are turns of a spiral.

    tips: its peaks in mm. What lies more than a pitch and a half between (or beyond) them rises
    continuously and is cut evenly.
    """
    bottom, top = float(z_mm[cluster[0]]), float(z_mm[cluster[-1]])
    anchors = np.union1d(tips, [bottom, top])
    tops, climbs = [tips], [np.zeros(len(tips), bool)]
    for low, high in pairwise(anchors):
        turns = round((high - low) / pitch_mm) if high - low > 1.5 * pitch_mm else 0
        if not turns and high == top and top not in tips and high - low > 0.5 * pitch_mm:
            turns = 1
        slices = np.linspace(low, high, turns + 1)[1:]
        fresh = ~np.isin(slices, tips)
        tops.append(slices[fresh])
        climbs.append(np.ones(int(fresh.sum()), bool))
    if not sum(map(len, tops)):
        tops, climbs = [np.array([top])], [np.zeros(1, bool)]
    return np.concatenate(tops), np.concatenate(climbs)


def _levels(z_mm: NDArray[np.float64], spiral: NDArray[np.bool_], usual: float) -> Levels:
    """Sort, measure and index the layers."""
    order = np.argsort(z_mm, kind="stable")
    z_mm, spiral = z_mm[order], spiral[order]
    height = np.diff(z_mm, prepend=0.0)
    # A first layer lies on the bed or on a raft, a later one may float after a gap
    implausible = (height > np.maximum(3 * usual, 0.65)) | (height <= 0)
    height[implausible] = usual
    return Levels(z_mm, height, spiral.astype(np.uint8), _index_bins(z_mm, height))


def _index_bins(z_mm: NDArray[np.float64], height: NDArray[np.float64]) -> NDArray[np.int32]:
    """The layer of each bin: the next top, or the one just passed when that is much nearer."""
    tops = np.minimum(np.rint(z_mm * BINS_PER_MM), BINS - 1).astype(np.int64)
    here = np.arange(min(tops[-1] + 2, BINS))
    above = np.minimum(np.searchsorted(tops, here - 1), len(tops) - 1)
    below = np.maximum(above - 1, 0)
    gap = tops[above] - here
    floats = gap > np.rint(height[above] * BINS_PER_MM)  # below the bottom of the layer above
    nearer = here - tops[below] < gap
    layer_of_bin = np.full(BINS, len(tops) - 1, np.int32)
    layer_of_bin[: len(here)] = np.where(floats & nearer, below, above)
    return layer_of_bin
