"""Attacked plates drawn as a dataset is drawn, an object's in one file, and judged.

A plate is split into its objects, each of which is drawn and judged alone, as a scan does it; the
highest weapon score among them is the plate's. No whole-plate picture is made.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from classifier.benchmark.answers import load_arrays, save_arrays
from classifier.benchmark.prints import Contender, Prints
from classifier.benchmark.stops import weapon_scores
from dataset_builder.geometry.layers import Layers
from dataset_builder.render.objects import split_objects
from dataset_builder.render.occupancy import Occupancy, occupancy
from dataset_builder.render.sequence import sequence
from dataset_builder.render.views import Kind
from dataset_builder.sources.labels import LABEL_NAMES
from dataset_builder.sources.origin import Origin

if TYPE_CHECKING:
    from numpy.typing import NDArray

GRID_CELLS = 96  # as a dataset's solids
BATCH = 64  # objects judged at once: a bound on memory


@dataclass(frozen=True, slots=True)
class Drawing:
    """How a dataset draws: K frames of size_px, silhouettes or X-rays."""

    frames: int
    size_px: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class Attacked:
    """P plates of one object under attack, with N objects on them.

    attack: (P,) names; level: (P,). frames: (N, K, 3, S, S) uint8; plate: (N,) int64 into P;
    grids: all (Z, Y, X) uint8 shares of cells one after the other, shapes: (N, 3), cell_mm: (N,).
    """

    attack: NDArray[np.str_]
    level: NDArray[np.float64]
    frames: NDArray[np.uint8]
    plate: NDArray[np.int64]
    grids: NDArray[np.uint8]
    shapes: NDArray[np.int64]
    cell_mm: NDArray[np.float64]
    label: str
    family: str
    source: str

    def batches(self) -> Iterator[tuple[NDArray[np.int64], Prints]]:
        """(plates, objects as prints) a batch at a time."""
        ends = np.cumsum(self.shapes.prod(axis=1))
        for start in range(0, len(self.plate), BATCH):
            rows = np.arange(start, min(start + BATCH, len(self.plate)))
            yield self.plate[rows], self._prints(rows, ends)

    def _prints(self, rows: NDArray[np.int64], ends: NDArray[np.int64]) -> Prints:
        count = len(rows)
        solids = [
            Occupancy(
                (self.grids[ends[row] - shape.prod() : ends[row]] / np.float32(255)).reshape(shape),
                float(self.cell_mm[row]),
                (0.0, 0.0, 0.0),
            )
            for row, shape in zip(rows, self.shapes[rows], strict=True)
        ]
        return Prints(
            pictures=np.ascontiguousarray(self.frames[rows, -1]),
            frames=self.frames[rows],
            label=np.full(count, LABEL_NAMES.index(self.label)),
            family=np.full(count, self.family),
            source=np.full(count, self.source),
            route=np.full(count, "mesh"),
            solid=np.arange(count),
            rotation=np.tile(np.eye(3), (count, 1, 1)),
            solids=tuple(solids),
            test={},
            fold={},
        )


def save_plates(
    path: Path, origin: Origin, plates: Sequence[tuple[str, float, Layers]], drawing: Drawing
) -> None:
    """Draw *plates*, (attack, level, plate) each, of *origin* into *path*."""
    frames, plate, grids, solids = [], [], [], []
    for index, (_, _, layers) in enumerate(plates):
        for solid in split_objects(layers):
            frames.append(
                sequence(solid, frames=drawing.frames, size_px=drawing.size_px, kind=drawing.kind)
            )
            grid = occupancy(solid, cells=GRID_CELLS)
            grids.append(np.rint(grid.grid * 255).astype(np.uint8))
            solids.append(grid.cell_mm)
            plate.append(index)
    save_arrays(
        path,
        attack=np.array([attack for attack, _, _ in plates]),
        level=np.array([level for _, level, _ in plates], np.float64),
        frames=np.stack(frames),
        plate=np.array(plate, np.int64),
        grids=np.concatenate([grid.ravel() for grid in grids]),
        shapes=np.array([grid.shape for grid in grids], np.int64),
        cell_mm=np.array(solids),
        label=np.array(origin.label),
        family=np.array(origin.family),
        source=np.array(origin.source),
    )


def load_attacked(path: Path) -> Attacked:
    """What `save_plates` wrote. Raises ValueError for anything else."""
    arrays: dict[str, Any] | None = load_arrays(path)
    if arrays is None:
        raise ValueError(f"{path}: no drawing of attacked plates; remove it and run again")
    for name in ("label", "family", "source"):
        arrays[name] = str(arrays[name])
    return Attacked(**arrays)


def plate_scores(contender: Contender, attacked: Attacked) -> NDArray[np.float64]:
    """(P,) the highest weapon score among each plate's objects."""
    scores = np.zeros(len(attacked.attack))
    for plates, prints in attacked.batches():
        usable = np.ones((len(prints), 3), bool)
        said = weapon_scores(contender.probabilities(prints, usable))
        np.maximum.at(scores, plates, said)
    return scores
