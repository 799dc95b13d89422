"""One plate, many solids: the connected parts of a stack, largest first.

A plate is judged object by object, for one bounding box around all of them dilutes each.
Parts are one when their pixels touch, corners included, within a slice or between slices that
meet; one empty pixel keeps them apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

import numpy as np

from dataset_builder.geometry.layers import Layers
from dataset_builder.render.labels import Solids, label_solids
from dataset_builder.render.native import native
from dataset_builder.render.runs import Runs, find_runs

if TYPE_CHECKING:
    from numpy.typing import NDArray

CRUMB_MM = 3.0  # a part whose longest side is shorter is nothing anyone could recognise
MOST_OBJECTS = 64  # a bound on memory: each object brings its own stack


@dataclass(frozen=True, slots=True)
class Objects(Sequence[Layers]):
    """Solids of a plate, largest volume first, each cropped to its own box.

    crumbs: parts left out as too small to recognise, and crumbs_mm3, their volume.
    unjudged: parts that are large enough but past the limit on objects. Unknown is never benign:
    who judges a plate holds it when this is not 0.
    """

    solids: tuple[Layers, ...]
    crumbs: int
    crumbs_mm3: float
    unjudged: int

    def __len__(self) -> int:
        return len(self.solids)

    def __iter__(self) -> Iterator[Layers]:
        return iter(self.solids)

    @overload
    def __getitem__(self, index: int) -> Layers: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Layers, ...]: ...
    def __getitem__(self, index: int | slice) -> Layers | tuple[Layers, ...]:
        return self.solids[index]


def split_objects(layers: Layers, *, min_mm: float = CRUMB_MM, most: int = MOST_OBJECTS) -> Objects:
    """Separate the connected solids of *layers*.

    min_mm: parts whose longest side is shorter are crumbs, except the largest part, which always
    stays. most: the largest parts that are cut out; `unjudged` counts those beyond.
    """
    runs = find_runs(layers)
    solids = label_solids(runs, layers)
    order = np.argsort(-solids.volumes_mm3, kind="stable")
    large = _longest_mm(solids.boxes, layers) >= min_mm
    large[order[:1]] = True
    kept = order[large[order]]
    return Objects(
        solids=tuple(_crop(layers, runs, solids, label) for label in kept[:most].tolist()),
        crumbs=int(np.count_nonzero(~large)),
        crumbs_mm3=float(solids.volumes_mm3[~large].sum()),
        unjudged=max(0, len(kept) - most),
    )


def _longest_mm(boxes: NDArray[np.int32], layers: Layers) -> NDArray[np.float64]:
    bottom = layers.z_top_mm - layers.height_mm
    z = layers.z_top_mm[boxes[:, 1] - 1] - bottom[boxes[:, 0]]
    across = np.maximum(boxes[:, 3] - boxes[:, 2], boxes[:, 5] - boxes[:, 4])
    return np.asarray(np.maximum(z, across * layers.mm_per_px))


def _crop(layers: Layers, runs: Runs, solids: Solids, label: int) -> Layers:
    """The solid *label* alone, in its own box."""
    box = solids.boxes[label]
    low, high, first_row, _, first_column, last_column = (int(edge) for edge in box)
    return Layers(
        bits=_paint(runs, solids.labels, label, box),
        width_px=last_column - first_column,
        z_top_mm=layers.z_top_mm[low:high],
        height_mm=layers.height_mm[low:high],
        origin_mm=(
            layers.origin_mm[0] + first_column * layers.mm_per_px,
            layers.origin_mm[1] + first_row * layers.mm_per_px,
        ),
        mm_per_px=layers.mm_per_px,
    )


def _paint(
    runs: Runs, labels: NDArray[np.int32], label: int, box: NDArray[np.int32]
) -> NDArray[np.uint8]:
    depth, height, width = (int(side) for side in box[1::2] - box[::2])
    paint = native("pw_paint_solid")
    if paint is not None:
        bits = np.zeros((depth, height, -(-width // 8)), np.uint8)
        paint(
            runs.spans, runs.row_start, labels, runs.height,
            label, np.ascontiguousarray(box), bits.shape[2], bits,
        )  # fmt: skip
        return bits
    mine = labels == label
    rows = runs.rows[mine]
    at = (rows // runs.height - box[0], rows % runs.height - box[2])
    edges = np.zeros((depth, height, width + 1), np.int8)
    edges[(*at, runs.spans[mine, 0] - box[4])] = 1
    edges[(*at, runs.spans[mine, 1] - box[4])] = -1
    return np.packbits(np.cumsum(edges[:, :, :-1], axis=2, dtype=np.int8), axis=2)
