"""A finished dataset, opened: its manifest, its shards, its pictures as a stream.

Nothing is read beyond the manifest before it is asked for, and never more than one row group at
once. Bytes are checked as they are read (page checksums); `verify` checks whole files.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from dataset_builder.output.columns import SUBSETS
from dataset_builder.output.files import file_sha256

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

MANIFEST = "manifest.json"
WORK = ".build"  # below the dataset's folder while a build is unfinished
VERSION = 1  # of the manifest and the tables
SOLIDS = "solids"
FOLDERS = (*SUBSETS, SOLIDS)
"""Each is a folder below data/ and a configuration of the dataset card."""

NEEDED = (
    "name", "preset", "seed", "size_px", "frames", "kind", "labels", "counts", "origins", "routes",
    "skipped", "shards",
)  # fmt: skip


class DatasetError(Exception):
    """A dataset cannot be used; *what* is a sentence without a full stop, *advice* what to do."""

    def __init__(self, where: Path | str, what: str, advice: str) -> None:
        self.where = str(where)
        self.what = what
        self.advice = advice
        super().__init__(f"{where}: {what}. {advice}.")


@dataclass(frozen=True, slots=True)
class Shard:
    """One Parquet file; path: below the dataset's folder, with forward slashes."""

    path: str
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset whose manifest was read and whose shards are all there."""

    folder: Path
    manifest: Mapping[str, Any]

    @property
    def labels(self) -> tuple[str, ...]:
        """Names in the order that the column `label` counts."""
        return tuple(row["name"] for row in self.manifest["labels"])

    def shards(self, subset: str) -> tuple[Shard, ...]:
        """The files of "projections", "sequences" or "solids", in order."""
        if subset not in FOLDERS:
            raise DatasetError(self.folder, f"no subset {subset!r}", f"There are {_words(FOLDERS)}")
        return tuple(shard for shard in _shards(self.manifest) if _folder(shard) == subset)

    def rows(self, subset: str) -> int:
        """Rows of a subset, as its shards state them."""
        return sum(shard.rows for shard in self.shards(subset))

    def batches(
        self, subset: str, columns: Sequence[str] | None = None, *, rows: int = 4096
    ) -> Iterator[pa.RecordBatch]:
        """The rows of *subset* in order, at most *rows* at once; columns: all when None.

        Raises DatasetError, naming the shard, when bytes fail their checksum.
        """
        for shard in self.shards(subset):
            yield from _read(self.folder, shard, columns, rows)

    def part(
        self, subset: str, start: int, count: int, columns: Sequence[str] | None = None
    ) -> pa.Table:
        """Rows *start* to *start* + *count* of *subset*, reading no shard but those that hold them.

        Fewer rows when the subset ends earlier.
        """
        import pyarrow as pa

        pieces, first = [], 0
        for shard in self.shards(subset):
            low, high = max(start - first, 0), min(start + count - first, shard.rows)
            if low < high:
                whole = pa.Table.from_batches(_read(self.folder, shard, columns, shard.rows))
                pieces.append(whole.slice(low, high - low))
            first += shard.rows
        return pa.concat_tables(pieces) if pieces else pa.table({})

    def verify(self) -> tuple[str, ...]:
        """The paths of shards whose bytes are not those of the manifest; none is good news."""
        return tuple(
            shard.path
            for shard in _shards(self.manifest)
            if file_sha256(self.folder / shard.path) != shard.sha256
        )


def open_dataset(folder: Path) -> Dataset:
    """Read the manifest of *folder* and see that each shard is there and has its size.

    Raises DatasetError when the folder holds no finished dataset of a known version.
    """
    manifest = _manifest(folder)
    dataset = Dataset(folder, manifest)
    for shard in _shards(manifest):
        _check_size(folder, shard)
    return dataset


def decode_png(data: bytes) -> NDArray[np.uint8]:
    """(S, S) grey levels of the bytes in column `image`; raises DatasetError for other bytes."""
    import cv2

    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE) if data else None
    if pixels is None:
        raise DatasetError("a picture", "its bytes are no PNG", "Build the dataset again")
    return np.asarray(pixels, np.uint8)


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise _no_manifest(folder) from None
    except (OSError, ValueError) as error:
        raise DatasetError(
            path, f"it cannot be read ({error})", "Build the dataset again"
        ) from None
    if not isinstance(manifest, dict) or "version" not in manifest:
        raise DatasetError(path, "this is no dataset of ours", "Give a folder that a build wrote")
    if manifest["version"] != VERSION:
        what = f"its version is {manifest['version']!r} and this program reads version {VERSION}"
        raise DatasetError(path, what, "Update printwarden, or build the dataset again")
    missing = [key for key in NEEDED if key not in manifest]
    if missing:
        raise DatasetError(path, f"it does not say {_words(missing)}", "Build the dataset again")
    return manifest


def _no_manifest(folder: Path) -> DatasetError:
    if (folder / WORK).exists():
        return DatasetError(folder, "this dataset is unfinished", "Complete it with --resume")
    if not folder.is_dir():
        return DatasetError(folder, "there is no such folder", "Give a folder that a build wrote")
    return DatasetError(folder, f"it has no {MANIFEST}", "Give a folder that a build wrote")


def _shards(manifest: Mapping[str, Any]) -> Iterator[Shard]:
    for row in manifest["shards"]:
        yield Shard(row["path"], row["rows"], row["bytes"], row["sha256"])


def _folder(shard: Shard) -> str:
    """The subset that a shard belongs to: data/<subset>/<name>."""
    return PurePosixPath(shard.path).parent.name


def _check_size(folder: Path, shard: Shard) -> None:
    inside = PurePosixPath(shard.path)
    if inside.is_absolute() or ".." in inside.parts:  # a manifest may come from anybody
        raise DatasetError(folder, f"a shard lies outside of it: {shard.path}", "Do not use it")
    path = folder / inside
    if not path.is_file():
        raise DatasetError(
            path, "this shard is missing", "Copy it again, or draw it again with --resume"
        )
    size = path.stat().st_size
    if size != shard.bytes:
        what = f"this shard is damaged: it has {size:,} bytes of {shard.bytes:,}"
        raise DatasetError(path, what, "Copy it again, or delete it and use --resume")


def _read(
    folder: Path, shard: Shard, columns: Sequence[str] | None, rows: int
) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa
    from pyarrow import parquet

    path = folder / shard.path
    wanted = None if columns is None else list(columns)
    try:
        with parquet.ParquetFile(path, page_checksum_verification=True) as file:
            unknown = sorted(set(wanted or ()) - set(file.schema_arrow.names))
            if unknown:
                there = _words(file.schema_arrow.names)
                raise DatasetError(path, f"no column {_words(unknown)}", f"There are {there}")
            yield from file.iter_batches(batch_size=rows, columns=wanted)
    except (OSError, pa.ArrowException) as error:
        what = f"this shard is damaged ({str(error).splitlines()[0].rstrip('.')})"
        advice = "Copy it again, or delete it and use --resume"
        raise DatasetError(path, what, advice) from error


def _words(names: Sequence[str]) -> str:
    return ", ".join(names)
