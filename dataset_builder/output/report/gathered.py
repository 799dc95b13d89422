"""What a report looks at: the projections' columns as arrays, and their pictures at one size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.output.dataset import Dataset, DatasetError, decode_png
from dataset_builder.output.partitions import SPLITS, TEST, part_of

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

COMPARED_PX = 28  # the published size; larger pictures are shrunk to it before they are compared
MOST_COMPARED = 100_000  # pictures; more are sampled, whole jobs at a time
PLANES = 3
NAMES = ("model", "family", "source", "route", "plane")
EXTENTS = ("extent_x_mm", "extent_y_mm", "extent_z_mm")


@dataclass(frozen=True, slots=True)
class Names:
    """A column of texts: code: (N,) int64 into *values*, which are sorted."""

    code: NDArray[np.int64]
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gathered:
    """N projections.

    label: (N,) int64. names: the columns of NAMES. extent_mm: (N, 3) float32. test: split's column
    -> (N,) bool. compared: (n,) int64, the rows whose pictures are in pixels: (n, S, S) uint8.
    """

    label: NDArray[np.int64]
    names: Mapping[str, Names]
    extent_mm: NDArray[np.float32]
    test: Mapping[str, NDArray[np.bool_]]
    compared: NDArray[np.int64]
    pixels: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.label)


def gather(dataset: Dataset, *, most: int = MOST_COMPARED) -> Gathered:
    """Read all projections once; at most about *most* of their pictures are decoded and kept."""
    import pyarrow as pa

    total = dataset.rows("projections")
    if total == 0:
        raise DatasetError(dataset.folder, "it has no projections", "Build it from other sources")
    every = -(-total // most)
    columns = ["label", *NAMES, *EXTENTS, *(split.column for split in SPLITS)]
    tables: list[pa.RecordBatch] = []
    compared: list[NDArray[np.int64]] = []
    pixels: list[NDArray[np.uint8]] = []
    first = 0
    for batch in dataset.batches("projections", ["image", *columns]):
        rows = np.arange(first, first + batch.num_rows)
        wanted = np.flatnonzero(rows // PLANES % every == 0)
        compared.append(rows[wanted])
        pixels.extend(_pictures(batch.column("image"), wanted))
        tables.append(batch.select(columns))
        first += batch.num_rows
    table = pa.Table.from_batches(tables)
    return Gathered(
        label=table["label"].to_numpy(),
        names={name: _names(table[name]) for name in NAMES},
        extent_mm=np.stack([table[name].to_numpy() for name in EXTENTS], axis=1),
        test={split.column: _is_test(table[split.column]) for split in SPLITS},
        compared=np.concatenate(compared),
        pixels=np.stack(pixels),
    )


def _pictures(images: pa.StructArray, wanted: NDArray[np.int64]) -> Iterator[NDArray[np.uint8]]:
    import cv2

    data = images.field("bytes")
    for row in wanted.tolist():
        picture = decode_png(data[row].as_py())
        if len(picture) > COMPARED_PX:  # averaged, so that a twin stays a twin
            size = (COMPARED_PX, COMPARED_PX)
            picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
        yield picture


def _names(column: pa.ChunkedArray) -> Names:
    values, code = np.unique(column.to_numpy(zero_copy_only=False).astype(str), return_inverse=True)
    return Names(code.astype(np.int64), tuple(values.tolist()))


def _is_test(column: pa.ChunkedArray) -> NDArray[np.bool_]:
    encoded = column.combine_chunks().dictionary_encode()
    parts = np.array([part_of(value) == TEST for value in encoded.dictionary.to_pylist()])
    return np.asarray(parts[encoded.indices.to_numpy()], np.bool_)
