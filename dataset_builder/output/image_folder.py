"""A small dataset as folders of PNG files, for tools that read nothing else.

`<label>/<job>_<plane>.png` is what torchvision's ImageFolder reads; `metadata.jsonl` beside the
labels adds every column for Hugging Face's imagefolder. A million files help nobody: read Parquet.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TextIO

from dataset_builder.output.columns import PICTURE_COLUMNS, SUBSETS
from dataset_builder.output.dataset import Dataset, DatasetError
from dataset_builder.output.partitions import SPLITS, part_of

MOST = 50_000  # pictures; file systems and archives become slow far beyond
METADATA = "metadata.jsonl"
LONGEST_STEM = 160  # characters; plane, layer and suffix stay below the usual 255 bytes
_UNSAFE = re.compile(r"[^\w.+-]+", re.ASCII)


def export_image_folder(
    dataset: Dataset,
    out: Path,
    *,
    subset: str = "projections",
    split: str | None = None,
    most: int = MOST,
    progress: Callable[[int], None] = lambda written: None,
) -> int:
    """Write the pictures of *subset* below *out*; returns how many.

    split: a split's column; pictures then lie below train/ and test/. progress is told how many
    more are written. Raises DatasetError, before anything is written, when *out* is not empty or
    there are more than *most* pictures.
    """
    _refuse(dataset, out, subset, split, most)
    done = 0
    with ExitStack() as files:
        metadata: dict[Path, TextIO] = {}
        for batch in dataset.batches(subset):
            for row in batch.to_pylist():
                root = out / part_of(row[split]) if split else out
                if root not in metadata:
                    root.mkdir(parents=True, exist_ok=True)
                    listing = (root / METADATA).open("w", encoding="utf-8", newline="\n")
                    metadata[root] = files.enter_context(listing)
                label = dataset.labels[row["label"]]
                name = f"{label}/{file_name(row, subset)}"
                _write(root / name, row["image"]["bytes"])
                metadata[root].write(_line(name, label, row))
            done += batch.num_rows
            progress(batch.num_rows)
    return done


def file_name(row: Mapping[str, Any], subset: str) -> str:
    """What the picture of *row* is called; unlike for unlike pictures.

    A name that had to be changed beyond its slashes and colons carries a digest of the job's.
    """
    plain = row["job"].replace("/", "_").replace(":", "-")
    stem = _UNSAFE.sub("_", plain).lstrip(".")[:LONGEST_STEM]
    if stem != plain:
        stem += "-" + hashlib.sha256(row["job"].encode()).hexdigest()[:8]
    layer = f"_{row['layer']:06d}" if subset == "sequences" else ""
    return f"{stem}_{row['plane']}{layer}.png"


def _refuse(dataset: Dataset, out: Path, subset: str, split: str | None, most: int) -> None:
    if subset not in SUBSETS:
        raise DatasetError(out, f"{subset!r} holds no pictures", f"Give {' or '.join(SUBSETS)}")
    columns = [row.column for row in SPLITS]
    if split is not None and split not in columns:
        raise DatasetError(out, f"no split {split!r}", f"There are {', '.join(columns)}")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise DatasetError(out, "it is not an empty folder", "Give one that is empty or new")
    rows = dataset.rows(subset)
    if rows > most:
        what = f"{rows:,} pictures would be as many files, and {most:,} are allowed"
        raise DatasetError(out, what, "Allow more with --most, or read the Parquet files")


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    try:
        with path.open("xb") as file:
            file.write(data)
    except FileExistsError:
        what = "two pictures would have this name"
        raise DatasetError(path, what, "Rename one of the models, or read Parquet") from None


def _line(name: str, label: str, row: Mapping[str, Any]) -> str:
    """A line of metadata.jsonl: all columns but the picture, the label by name."""
    columns = {column: row[column] for column in PICTURE_COLUMNS if column != "image"}
    return json.dumps({"file_name": name} | columns | {"label": label}) + "\n"
