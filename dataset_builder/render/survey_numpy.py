"""Pass 1 without a kernel: the same sums as kernel/survey.c, a block at a time.

A block's first stroke may have begun in an earlier block: it starts from the state; the last one
stays in the state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.geometry.toolpath import Feature
from dataset_builder.render.spread import spread
from dataset_builder.render.strokes import (
    Strokes,
    SurveyState,
    banks,
    begins,
    height_bins,
    is_bead,
    joins,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_STEPS = 64  # a long ramp is shared out over at most so many heights


def survey(
    segments: NDArray[np.void], state: SurveyState, bins: NDArray[np.void]
) -> NDArray[np.uint8]:
    """Add a block; returns the classes of the strokes that ended in it."""
    beads = segments[is_bead(segments)]
    if not len(beads):
        return np.empty(0, np.uint8)
    bank = banks(beads, bool(state.begun))
    state.begun |= int((bank == 0).any())
    step = beads["end"] - beads["start"]
    length = np.sqrt(step[:, 0] ** 2 + step[:, 1] ** 2)
    state.top_bin = max(state.top_bin, _put_beads(bins, beads, bank, length))
    fresh = begins(beads, bank)
    goes_on = state.open and bank[0] == state.bank and joins(state.pen, beads[0])
    classes = np.empty(0, np.uint8)
    if state.open and not goes_on:
        classes = Strokes.from_state(state).finish(state)
    strokes = _collect(beads, bank, step, length, np.flatnonzero(fresh))
    if goes_on:
        strokes.continue_from(state)
    strokes.part(slice(-1, None)).to_state(state)
    return np.concatenate([classes, strokes.part(slice(0, -1)).finish(state)])


def _collect(
    beads: NDArray[np.void],
    bank: NDArray[np.int32],
    step: NDArray[np.float32],
    length: NDArray[np.float32],
    starts: NDArray[np.intp],
) -> Strokes:
    """Sum the beads of each stroke; it begins at its index in *starts*."""
    last = np.append(starts[1:], len(beads)) - 1
    outer = np.where(beads["feature"] == Feature.OUTER_WALL, length, 0)
    climbing = np.flatnonzero(step[:, 2])
    owner = np.searchsorted(starts, climbing, side="right") - 1
    rise = np.bincount(owner, step[climbing, 2], len(starts))
    heading = step[climbing, :2].astype(np.float64)
    a, b = heading[:-1], heading[1:]
    turn = np.arctan2(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0], (a * b).sum(axis=1))
    same = owner[1:] == owner[:-1]
    turned = np.bincount(owner[1:][same], turn[same], len(starts))
    final = np.zeros((len(starts), 2))
    final[owner] = heading  # the last one written stays
    opening = np.zeros((len(starts), 2))
    opening[owner[::-1]] = heading[::-1]
    return Strokes(
        first=beads["start"][starts].astype(np.float64),
        pen=beads["end"][last].astype(np.float64),
        bank=bank[starts],
        length=np.add.reduceat(length, starts, dtype=np.float64),
        outer=np.add.reduceat(outer, starts, dtype=np.float64),
        rise=np.asarray(rise, np.float64),
        turned=np.asarray(turned, np.float64),
        heading=final,
        opening=opening,
    )


def _put_beads(
    bins: NDArray[np.void],
    beads: NDArray[np.void],
    bank: NDArray[np.int32],
    length: NDArray[np.float32],
) -> int:
    """Share the beads out over the heights they pass; returns the highest bin."""
    ends = np.sort(height_bins(np.stack([beads["start"][:, 2], beads["end"][:, 2]])), axis=0)
    stride = (ends[1] - ends[0]) // MOST_STEPS + 1
    parts = (ends[1] - ends[0]) // stride + 1
    bead, nth = spread(parts)
    place = bank[bead] * bins.shape[1] + ends[0][bead] + nth * stride[bead]
    flat = bins.reshape(-1)
    used, slot = np.unique(place, return_inverse=True)
    share = length[bead] / parts[bead]
    low = np.minimum(beads["start"], beads["end"])[bead, :2]
    high = np.maximum(beads["start"], beads["end"])[bead, :2]
    held = flat[used]
    empty = held["length"] == 0
    held["low"][empty], held["high"][empty] = np.inf, -np.inf
    np.minimum.at(held["low"], slot, low)
    np.maximum.at(held["high"], slot, high)
    held["z"][slot] = beads["end"][bead, 2]
    sloped = beads["start"][bead, 2] != beads["end"][bead, 2]
    sums = {
        "length": share,
        "filament": beads["filament"][bead] / parts[bead],
        "sloped": np.where(sloped, share, 0),
    }
    for name, values in sums.items():
        held[name] += np.bincount(slot, values, len(used))
    flat[used] = held
    return int(ends[1].max())
