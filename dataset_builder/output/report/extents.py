"""Sizes of the finished objects as small histograms, drawn as paths of an SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dataset_builder.output.report.gathered import Gathered
from dataset_builder.output.report.tallies import used_labels

if TYPE_CHECKING:
    from numpy.typing import NDArray

BINS = 60
WIDTH, HEIGHT = 600, 40  # of the drawing, in its own units
TICKS_MM = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000)


class Tick(NamedTuple):
    """A line across all histograms; at: 0..1 from left to right."""

    text: str
    at: float


@dataclass(frozen=True, slots=True)
class Histogram:
    """Longest sides of a label's objects, in mm; path: the outline, in units of the drawing."""

    label: str
    smallest: float
    median: float
    largest: float
    path: str
    median_at: float


@dataclass(frozen=True, slots=True)
class Extents:
    """One logarithmic axis for all labels."""

    histograms: tuple[Histogram, ...]
    ticks: tuple[Tick, ...]


def extents(gathered: Gathered, labels: Sequence[str]) -> Extents:
    """Histograms of the longest side along x, y or z, label by label."""
    longest = np.maximum(gathered.extent_mm.max(axis=1).astype(np.float64), 1e-3)
    low, high = np.log(longest.min()) - 0.1, np.log(longest.max()) + 0.1

    def place(size_mm: NDArray[np.float64] | float) -> NDArray[np.float64]:
        return np.asarray((np.log(size_mm) - low) / (high - low))

    histograms = []
    for number in used_labels(gathered).tolist():
        sizes = longest[gathered.label == number]
        counts, _ = np.histogram(place(sizes), bins=BINS, range=(0, 1))
        median = float(np.median(sizes))
        histograms.append(
            Histogram(
                labels[number],
                float(sizes.min()),
                median,
                float(sizes.max()),
                outline(counts),
                float(place(median)),
            )
        )
    ticks = [Tick(f"{size:,}", float(place(size))) for size in TICKS_MM]
    return Extents(tuple(histograms), tuple(tick for tick in ticks if 0 <= tick.at <= 1))


def outline(counts: NDArray[np.int64]) -> str:
    """A closed SVG path of steps, as high as the drawing where most objects are."""
    step = WIDTH / len(counts)
    tops = HEIGHT * (1 - counts / max(int(counts.max()), 1))
    steps = "".join(
        f"V{top:.1f}H{(place + 1) * step:.0f}" for place, top in enumerate(tops.tolist())
    )
    return f"M0,{HEIGHT}{steps}V{HEIGHT}Z"
