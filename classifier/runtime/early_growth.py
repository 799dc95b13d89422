"""Slices as a printer finishes them -> what of each part exists so far, in constant memory.

A part is what hangs together seen from above: separate objects of a plate are separate parts, and
the feet of a table are parts until the layer that joins them. Seen from above nothing ever comes
apart again, so parts only appear and merge, and all that is kept of a part is a sum over its
slices: merging adds two sums.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.geometry.layers import Layers
from dataset_builder.render.labels import label_solids
from dataset_builder.render.runs import find_runs

if TYPE_CHECKING:
    from numpy.typing import NDArray

BINS = 128
"""Steps of height that are told apart; when a print outgrows them, two become one. A picture of a
few dozen pixels shows no more."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The pixels that all slices of a print share, as in `Layers`."""

    width_px: int
    height_px: int
    mm_per_px: float

    @classmethod
    def of(cls, layers: Layers) -> Grid:
        """The grid of *layers*."""
        return cls(layers.width_px, int(layers.bits.shape[1]), layers.mm_per_px)


@dataclass(eq=False, slots=True)
class Part:
    """Sums over the slices of one part.

    top_mm: (H, W) float32 material above each pixel. front, side: (BINS, W) and (BINS, H) float32
    pixels of material in each column and row times the mm of height that they fill.
    latest: (H, W) bool, its newest slice. bottom_mm, top_z_mm: where its first slice begins and its
    newest ends.
    """

    top_mm: NDArray[np.float32]
    front: NDArray[np.float32]
    side: NDArray[np.float32]
    latest: NDArray[np.bool_]
    bottom_mm: float
    top_z_mm: float

    @property
    def height_mm(self) -> float:
        """Of what exists so far."""
        return self.top_z_mm - self.bottom_mm

    def spans(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """First and past-the-last column, then row, that holds material. It must not be empty."""
        present = self.top_mm > 0
        columns = np.flatnonzero(present.any(axis=0))
        rows = np.flatnonzero(present.any(axis=1))
        return (int(columns[0]), int(columns[-1]) + 1), (int(rows[0]), int(rows[-1]) + 1)

    def absorb(self, other: Part) -> None:
        """Two parts have become one."""
        self.top_mm += other.top_mm
        self.front += other.front
        self.side += other.side
        self.latest = self.latest | other.latest
        self.bottom_mm = min(self.bottom_mm, other.bottom_mm)
        self.top_z_mm = max(self.top_z_mm, other.top_z_mm)


class Growth:
    """A plate as it grows, part by part.

    bottom_mm: where bin 0 begins; bin_mm: height of a bin, 0 before the first slice.
    """

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.parts: list[Part] = []
        self.bottom_mm = self.bin_mm = 0.0
        self.layers = 0
        self._label = np.zeros((grid.height_px, grid.width_px), np.int32)  # 0 where nothing is

    def add(self, bits: NDArray[np.uint8], z_top_mm: float, height_mm: float) -> None:
        """Lay slice (H, ceil(W / 8)) *bits*, packed as `Layers` packs, on what exists.

        Slices come from the bottom up. An object printed after another is finished begins at the
        bed again: that is fine. Raises ValueError for a slice that is not on the grid or not high.
        """
        expected = (self.grid.height_px, -(-self.grid.width_px // 8))
        if bits.shape != expected:
            raise ValueError(f"the slice is {bits.shape}, the grid takes {expected}")
        if not height_mm > 0:
            raise ValueError(f"the slice is {height_mm} mm high: it must be more than 0")
        self.layers += 1
        slice_ = np.unpackbits(bits, axis=1, count=self.grid.width_px).view(np.bool_)
        if not slice_.any():
            return
        if (slice_ & (self._label == 0)).any():
            self._join(slice_, z_top_mm - height_mm)
        first, past = self._bins(z_top_mm - height_mm, z_top_mm)
        for number, part in enumerate(self.parts, start=1):
            mine = slice_ if len(self.parts) == 1 else slice_ & (self._label == number)
            if mine.any():
                _lay(part, mine, first, past, height_mm)
                part.top_z_mm = max(part.top_z_mm, z_top_mm)

    def _join(self, slice_: NDArray[np.bool_], bottom_mm: float) -> None:
        """Find the parts again, now that the slice reaches where nothing was."""
        label = _labelled((self._label > 0) | slice_)
        held = [self._label == number for number in range(1, len(self.parts) + 1)]
        homes = [int(label[mask][0]) for mask in held]  # all of an old part lies in one new part
        parts: list[Part] = []
        for number in range(1, int(label.max()) + 1):
            members = [part for part, home in zip(self.parts, homes, strict=True) if home == number]
            for other in members[1:]:
                members[0].absorb(other)
            parts.append(members[0] if members else self._empty(bottom_mm))
        self.parts, self._label = parts, label

    def _empty(self, bottom_mm: float) -> Part:
        shape = (self.grid.height_px, self.grid.width_px)
        return Part(
            top_mm=np.zeros(shape, np.float32),
            front=np.zeros((BINS, shape[1]), np.float32),
            side=np.zeros((BINS, shape[0]), np.float32),
            latest=np.zeros(shape, np.bool_),
            bottom_mm=bottom_mm,
            top_z_mm=bottom_mm,
        )

    def _bins(self, bottom_mm: float, top_mm: float) -> tuple[float, float]:
        """Where a slice begins and ends, in bins; bins are made to hold it."""
        if not self.bin_mm:
            self.bottom_mm, self.bin_mm = bottom_mm, top_mm - bottom_mm
        while top_mm > self.bottom_mm + BINS * self.bin_mm * (1 + 1e-9):
            self.bin_mm *= 2
            for part in self.parts:
                part.front, part.side = _folded(part.front), _folded(part.side)
        low, high = ((z - self.bottom_mm) / self.bin_mm for z in (bottom_mm, top_mm))
        return max(low, 0.0), min(max(high, 0.0), BINS)


def _lay(part: Part, mine: NDArray[np.bool_], first: float, past: float, height_mm: float) -> None:
    part.top_mm += mine * np.float32(height_mm)
    columns, rows = mine.sum(axis=0, dtype=np.float32), mine.sum(axis=1, dtype=np.float32)
    for index in range(int(first), min(int(np.ceil(past)), BINS)):
        share = (min(past, index + 1) - max(first, index)) / max(past - first, 1e-9)
        part.front[index] += columns * np.float32(share * height_mm)
        part.side[index] += rows * np.float32(share * height_mm)
    part.latest = mine


def _folded(bins: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.concatenate([bins[0::2] + bins[1::2], np.zeros_like(bins[: BINS // 2])])


def _labelled(mask: NDArray[np.bool_]) -> NDArray[np.int32]:
    """(H, W) 0 where *mask* is false, else 1 and up, a number a connected part."""
    flat = Layers(np.packbits(mask, axis=1)[None], mask.shape[1], np.ones(1), np.ones(1), (0, 0), 1)
    runs = find_runs(flat)
    numbers = np.repeat(label_solids(runs, flat).labels + 1, np.diff(runs.spans, axis=1)[:, 0])
    label = np.zeros(mask.shape, np.int32)
    label[mask] = numbers  # runs come row by row from the left, as a mask's pixels do
    return label
