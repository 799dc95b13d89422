"""A dataset on disk -> whole jobs in memory, as a benchmark shows them to contenders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from classifier.benchmark.prints import Prints
from dataset_builder.building.poses import rotation
from dataset_builder.output.dataset import Dataset, DatasetError, decode_png, open_dataset
from dataset_builder.output.solids import solid_of
from dataset_builder.render.occupancy import Occupancy
from dataset_builder.render.views import PLANES
from dataset_builder.sources.labels import LABEL_NAMES

if TYPE_CHECKING:
    from numpy.typing import NDArray

SPLITS: Mapping[str, str] = {
    "random": "random_split",
    "orientation": "orientation_split",
    "route": "route_split",
}
"""Name -> the column that says train or test."""
FOLDS: Mapping[str, str] = {"model": "model_fold", "source": "source_fold"}
"""Name -> the column that says in which fold a row is held out."""

_NAMES = ("model", "family", "source", "route")
_ANGLES = ("roll_deg", "pitch_deg", "yaw_deg")
Columns = Mapping[str, "NDArray[Any]"]


def load_prints(root: Path, *, most: int | None = None, seed: int = 0) -> Prints:
    """Jobs of the dataset in *root*: all planes, all frames, and the solids they show.

    most: how many jobs; None reads all. The same seed chooses the same ones, evenly over models
    and within a model over routes. Jobs come in the order of the dataset.
    Raises DatasetError for a dataset that is damaged or has labels we do not know.
    """
    dataset = open_dataset(Path(root))
    columns = _described(dataset)
    jobs = len(columns["job"]) // len(PLANES)
    first = {name: column[:: len(PLANES)] for name, column in columns.items()}
    chosen = chosen_jobs(first["model"], first["route"], most=most, seed=seed)
    at = {name: column[chosen] for name, column in first.items()}
    frames = _frames(dataset, chosen, jobs, at["job"])
    solids, solid = _solids(dataset, at["model"], at["route"])
    by_plane = {name: columns[column].reshape(jobs, -1)[chosen] for name, column in SPLITS.items()}
    return Prints(
        pictures=frames[:, -1].copy(),  # the last frame is the finished print
        frames=frames,
        label=_our_labels(dataset)[at["label"]],
        family=at["family"],
        source=at["source"],
        route=at["route"],
        solid=solid,
        rotation=np.stack([rotation(*turn) for turn in np.stack([at[a] for a in _ANGLES], 1)]),
        solids=solids,
        test={name: values == "test" for name, values in by_plane.items()},
        fold={name: at[column].astype(np.int64) for name, column in FOLDS.items()},
    )


def chosen_jobs(
    model: NDArray[np.str_], route: NDArray[np.str_], *, most: int | None, seed: int
) -> NDArray[np.int64]:
    """Ascending indices of at most *most* of the jobs, dealt round models, then their routes."""
    drawn = np.random.default_rng(seed).permutation(len(model))
    turn = _turns(np.char.add(np.char.add(model, "\n"), route), drawn)
    turn = _turns(model, np.lexsort((drawn, turn)).argsort())
    return np.sort(np.lexsort((drawn, turn))[:most])


def _turns(group: NDArray[np.str_], rank: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each row how many of its group have a lower *rank*."""
    order = np.lexsort((rank, group))
    starts = np.searchsorted(group[order], group[order])
    turns = np.empty(len(group), np.int64)
    turns[order] = np.arange(len(group)) - starts
    return turns


def _described(dataset: Dataset) -> Columns:
    """What is said of each picture, without the pictures; rows come in threes, a plane each."""
    import pyarrow as pa

    names = ["job", "label", *_NAMES, *_ANGLES, *SPLITS.values(), *FOLDS.values()]
    table = pa.Table.from_batches(dataset.batches("projections", names))
    columns = {name: table[name].to_numpy() for name in names}
    columns = {
        name: column.astype(np.str_) if column.dtype == object else column
        for name, column in columns.items()
    }
    by_job = columns["job"][: len(table) // 3 * 3].reshape(-1, 3)
    if not len(table) or len(table) % 3 or (by_job != by_job[:, :1]).any():
        raise _disordered(dataset, "projections do not come as three planes a job")
    return columns


def _frames(
    dataset: Dataset, chosen: NDArray[np.int64], jobs: int, names: NDArray[np.str_]
) -> NDArray[np.uint8]:
    """(N, K, 3, S, S) of the *chosen* jobs."""
    k, size = int(dataset.manifest["frames"]), int(dataset.manifest["size_px"])
    a_job = len(PLANES) * k
    if dataset.rows("sequences") != jobs * a_job:
        raise _disordered(dataset, f"sequences do not have {a_job} frames for each of {jobs} jobs")
    place = np.full(jobs, -1)
    place[chosen] = np.arange(len(chosen))
    frames = np.empty((len(chosen), k, len(PLANES), size, size), np.uint8)
    for row, job, data in _wanted_frames(dataset, place, a_job):
        number, within = place[row // a_job], row % a_job
        picture = decode_png(data)
        if picture.shape != (size, size) or job != names[number]:
            raise _disordered(dataset, f"frame {row} of sequences is not the one to be there")
        frames[number, within % k, within // k] = picture
    return frames


def _wanted_frames(
    dataset: Dataset, place: NDArray[np.int64], a_job: int
) -> Iterator[tuple[int, str, bytes]]:
    """Row, job and PNG of each frame whose job has a place."""
    import pyarrow as pa

    start = 0
    for batch in dataset.batches("sequences", ["image", "job"]):
        rows = np.arange(start, start + batch.num_rows)
        start += batch.num_rows
        rows = rows[place[rows // a_job] >= 0]
        wanted = batch.take(pa.array(rows - (start - batch.num_rows)))
        data = wanted["image"].field("bytes").to_pylist()
        yield from zip(rows.tolist(), wanted["job"].to_pylist(), data, strict=True)


def _solids(
    dataset: Dataset, model: NDArray[np.str_], route: NDArray[np.str_]
) -> tuple[tuple[Occupancy, ...], NDArray[np.int64]]:
    """The solids of these jobs, and for each job which it is."""
    needed = set(zip(model.tolist(), route.tolist(), strict=True))
    solids: list[Occupancy] = []
    number: dict[tuple[str, str], int] = {}
    for batch in dataset.batches("solids", rows=64):
        for row in batch.to_pylist():
            if (key := (row["model"], row["route"])) in needed:
                number[key] = len(solids)
                solids.append(solid_of(row))
    if absent := needed - set(number):
        raise _disordered(dataset, f"solids lack {'/'.join(min(absent))}")
    of_job = [number[key] for key in zip(model.tolist(), route.tolist(), strict=True)]
    return tuple(solids), np.array(of_job, np.int64)


def _our_labels(dataset: Dataset) -> NDArray[np.int64]:
    """For each label of the dataset its index in LABEL_NAMES."""
    for name in dataset.labels:
        if name not in LABEL_NAMES:
            raise DatasetError(
                dataset.folder, f"the label {name!r} is unknown", "Update printwarden"
            )
    return np.array([LABEL_NAMES.index(name) for name in dataset.labels], np.int64)


def _disordered(dataset: Dataset, what: str) -> DatasetError:
    return DatasetError(dataset.folder, what, "Build the dataset again")
