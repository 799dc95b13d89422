"""A dataset on disk as torch's Dataset and IterableDataset, in the manner of torchvision.

    train = C3PO("c3po", split="orientation", transform=ToTensor())
    test = C3PO("c3po", split="orientation", train=False, transform=ToTensor())

Examples are (image, label): a PIL image in mode L, or what *transform* makes of it, and an int.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import Image
from torch.utils.data import Dataset, IterableDataset, get_worker_info

from classifier.load_prints import FOLDS, SPLITS, load_prints
from dataset_builder.output.columns import SUBSETS
from dataset_builder.output.dataset import Dataset as Tables
from dataset_builder.output.dataset import open_dataset

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

__all__ = ["C3PO", "C3POStream", "load_prints"]

Transform = Callable[[Any], Any]
Example = tuple[Any, Any]


@dataclass(frozen=True, slots=True)
class Share:
    """Which rows of a subset are wanted: one side of a split, or all without one.

    split: a name in SPLITS or FOLDS. fold: which fold is the test side of one of FOLDS.
    """

    subset: str
    split: str | None
    fold: int
    train: bool

    def __post_init__(self) -> None:
        """Raise ValueError for names that do not exist."""
        known = (*SPLITS, *FOLDS)
        if self.split is not None and self.split not in known:
            raise ValueError(f"no split {self.split!r}; there are: {', '.join(known)}")
        if self.subset not in SUBSETS:
            raise ValueError(f"no subset {self.subset!r}; there are: {', '.join(SUBSETS)}")

    @property
    def columns(self) -> list[str]:
        """What to read."""
        rule = () if self.split is None else ({**SPLITS, **FOLDS}[self.split],)
        return ["image", "label", *rule]

    def of(self, tables: Tables) -> Iterator[pa.RecordBatch]:
        """The wanted rows of *tables*, in order."""
        for batch in tables.batches(self.subset, self.columns):
            yield batch if self.split is None else batch.take(self._wanted(batch))

    def _wanted(self, batch: pa.RecordBatch) -> pa.Array:
        import pyarrow as pa

        rule = batch[self.columns[-1]].to_numpy(zero_copy_only=False)
        test = rule == ("test" if self.split in SPLITS else self.fold)
        return pa.array(np.flatnonzero(test != self.train))


class C3PO(Dataset[Example]):
    """All pictures of a share, their PNG bytes held in memory and decoded when asked for.

    classes: names of labels; class_to_idx: their indices; targets: (N,) the labels of all rows.
    Raises DatasetError for a dataset that cannot be read, ValueError for an unknown split.
    """

    def __init__(
        self,
        root: str | Path,
        subset: str = "projections",
        *,
        split: str | None = None,
        fold: int = 0,
        train: bool = True,
        transform: Transform | None = None,
        target_transform: Transform | None = None,
    ) -> None:
        share = Share(subset, split, fold, train)
        tables = open_dataset(Path(root))
        self.classes, self.class_to_idx = _named(tables)
        self.transform, self.target_transform = transform, target_transform
        self._data: list[pa.Array] = []
        targets: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
        for batch in share.of(tables):
            self._data.append(batch["image"].field("bytes"))
            targets.append(batch["label"].to_numpy())
        self.targets: NDArray[np.int64] = np.concatenate(targets)
        self._ends = np.cumsum([len(part) for part in self._data])

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, index: int) -> Example:
        if not -len(self) <= index < len(self):
            raise IndexError(f"no picture {index} of {len(self)}")
        index %= len(self)
        part = int(np.searchsorted(self._ends, index, side="right"))
        data = self._data[part][index - int(self._ends[part])].as_py()
        return _example(data, int(self.targets[index]), self.transform, self.target_transform)


class C3POStream(IterableDataset[Example]):
    """The same examples shard by shard, for sets larger than memory.

    Shards are divided among *world_size* ranks and the workers of each one's DataLoader: more of
    them than shards leaves some without examples. shuffle: rows from which the next one is drawn at
    random, shards coming in random order too; 0 keeps the order of the dataset. Order depends on
    *seed*, the epoch and the number of readers alone.
    """

    def __init__(  # noqa: PLR0913 - those of C3PO and of streaming, all but two by name
        self,
        root: str | Path,
        subset: str = "projections",
        *,
        split: str | None = None,
        fold: int = 0,
        train: bool = True,
        transform: Transform | None = None,
        target_transform: Transform | None = None,
        shuffle: int = 0,
        seed: int = 0,
        rank: int = 0,
        world_size: int = 1,
    ) -> None:
        if not 0 <= rank < world_size:
            raise ValueError(f"rank {rank} is not one of {world_size}")
        self._share = Share(subset, split, fold, train)
        self._tables = open_dataset(Path(root))
        self.classes, self.class_to_idx = _named(self._tables)
        self.transform, self.target_transform = transform, target_transform
        self._shuffle, self._seed = shuffle, seed
        self._rank, self._world_size = rank, world_size
        # shared memory: workers that live on from epoch to epoch must see it change
        self._epoch = torch.zeros((), dtype=torch.int64).share_memory_()  # type: ignore[no-untyped-call]

    def set_epoch(self, epoch: int) -> None:
        """Shuffle in another way from the next iteration on."""
        self._epoch.fill_(epoch)

    def __iter__(self) -> Iterator[Example]:
        worker = get_worker_info()
        workers, number = (1, 0) if worker is None else (worker.num_workers, worker.id)
        readers, reader = self._world_size * workers, self._rank * workers + number
        paths = [shard.path for shard in self._tables.shards(self._share.subset)]
        if self._shuffle:  # every reader draws the same order, so that each shard is read once
            paths = [paths[i] for i in self._rng().permutation(len(paths))]
        rows = self._rows(paths[reader::readers])
        if self._shuffle:
            rows = _shuffled(rows, self._shuffle, self._rng(reader))
        for data, label in rows:
            yield _example(data, label, self.transform, self.target_transform)

    def _rows(self, paths: list[str]) -> Iterator[tuple[bytes, int]]:
        listed = {row["path"]: row for row in self._tables.manifest["shards"]}
        for path in paths:
            one = replace(
                self._tables, manifest={**self._tables.manifest, "shards": [listed[path]]}
            )
            for batch in self._share.of(one):
                data = batch["image"].field("bytes").to_pylist()
                yield from zip(data, batch["label"].to_pylist(), strict=True)

    def _rng(self, *reader: int) -> np.random.Generator:
        return np.random.default_rng([self._seed, int(self._epoch), *reader])


def _named(tables: Tables) -> tuple[list[str], Mapping[str, int]]:
    names = list(tables.labels)
    return names, {name: index for index, name in enumerate(names)}


def _example(
    data: bytes, label: int, transform: Transform | None, target_transform: Transform | None
) -> Example:
    picture: Any = Image.open(io.BytesIO(data)).convert("L")
    return (
        picture if transform is None else transform(picture),
        label if target_transform is None else target_transform(label),
    )


def _shuffled(
    rows: Iterator[tuple[bytes, int]], size: int, rng: np.random.Generator
) -> Iterator[tuple[bytes, int]]:
    """Each row leaves a buffer of *size* at random as a later one takes its place."""
    buffer: list[tuple[bytes, int]] = []
    for row in rows:
        if len(buffer) < size:
            buffer.append(row)
            continue
        place = int(rng.integers(size))
        yield buffer[place]
        buffer[place] = row
    yield from (buffer[place] for place in rng.permutation(len(buffer)))
