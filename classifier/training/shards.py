"""Drawn pictures in a folder, so that no run draws what another has drawn.

    DIGEST.views.npy    (n, V, C, H, W) uint8
    DIGEST.extent.npy   (n, 3) float32
    DIGEST.json         written last: [[origin, pictures], ...] and what was skipped

DIGEST is over everything that decides the pictures: seed, recipe, settings of [data], each file's
hash, and probes of the models' and the drawing code (`drawing.py`). A shard is one parametric model
or a few mesh files, and is drawn by one process.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from classifier.runtime.recipe import Picture, ViewRecipe
from classifier.training.config import TrainingConfig
from classifier.training.drawing import (
    drawing_probe,
    draws_of,
    model_probe,
    pictures_of,
    reshaping_probe,
)
from classifier.training.examples import PARAMETRIC, Examples, Pictures
from dataset_builder.errors import ReadError
from dataset_builder.sources.errors import Skipped, SourceError
from dataset_builder.sources.labels import LABEL_NAMES
from dataset_builder.sources.origin import Origin
from dataset_builder.workers import end_with_parent

MESHES_A_SHARD = 16  # few enough to share out, enough to need few open files
Advance = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Shard:
    """What is drawn together. key: the digest that names its files."""

    key: str
    origins: tuple[Origin, ...]


def draw_examples(
    origins: Sequence[Origin],
    config: TrainingConfig,
    cache: Path,
    *,
    recipe: ViewRecipe,
    workers: int = 1,
    report: Advance = lambda _: None,
) -> tuple[Examples, list[Skipped]]:
    """All pictures of *origins*, drawn where *cache* lacks them; and the meshes without any.

    report: is told how many pictures more there are. Raises SourceError when none is left.
    """
    cache.mkdir(parents=True, exist_ok=True)
    shards = shards_of(origins, config, recipe)
    absent = [shard for shard in shards if not _entry(cache, shard).exists()]
    expected = {shard.key: _pictures_in(shard, config) for shard in shards}
    report(sum(expected.values()) - sum(expected[shard.key] for shard in absent))
    for key in _drawn(absent, config, cache, recipe, workers):
        report(expected[key])
    return _opened(shards, cache, tuple(origins))


def shards_of(origins: Sequence[Origin], config: TrainingConfig, recipe: ViewRecipe) -> list[Shard]:
    """One a parametric model, one a few mesh files of *origins*, in their order."""
    base = json.dumps([
        config.seed, asdict(recipe), config.data.slice_cells, config.data.tilt_deg,
        config.data.share_lying, config.data.share_cut, config.data.share_supported,
        drawing_probe(recipe),
    ])  # fmt: skip
    return [Shard(_key(base, group, config), group) for group in _groups(origins)]


def _groups(origins: Sequence[Origin]) -> Iterator[tuple[Origin, ...]]:
    for origin in origins:
        if origin.kind == PARAMETRIC:
            yield (origin,)
    meshes = [origin for origin in origins if origin.kind != PARAMETRIC]
    for start in range(0, len(meshes), MESHES_A_SHARD):
        yield tuple(meshes[start : start + MESHES_A_SHARD])


def _key(base: str, group: Iterable[Origin], config: TrainingConfig) -> str:
    state = hashlib.sha256(base.encode())
    changed = reshaping_probe(config.data.share_reshaped)
    for origin in group:
        mesh = origin.kind != PARAMETRIC
        made_of = origin.sha256 + changed if mesh else model_probe(origin.family)
        state.update(f"{origin.name} {made_of} {draws_of(origin, config.data)}\n".encode())
    return state.hexdigest()[:24]


def _pictures_in(shard: Shard, config: TrainingConfig) -> int:
    return sum(draws_of(origin, config.data) for origin in shard.origins)


def _drawn(
    shards: Sequence[Shard], config: TrainingConfig, cache: Path, recipe: ViewRecipe, workers: int
) -> Iterator[str]:
    """Draw *shards* and give the key of each that is done."""
    if workers <= 1 or len(shards) <= 1:
        for shard in shards:
            yield draw_shard(shard, config, cache, recipe)
        return
    # spawn: forking a process that has loaded torch can deadlock in its thread pool
    with ProcessPoolExecutor(workers, get_context("spawn"), end_with_parent) as pool:
        # large ones first, so that no worker is left with one at the end
        order = sorted(shards, key=lambda shard: -_pictures_in(shard, config))
        tasks = [pool.submit(draw_shard, shard, config, cache, recipe) for shard in order]
        try:
            for task in as_completed(tasks):
                yield task.result()
        finally:  # an interrupted run ends after the shards in hand
            pool.shutdown(wait=True, cancel_futures=True)


def draw_shard(shard: Shard, config: TrainingConfig, cache: Path, recipe: ViewRecipe) -> str:
    """Draw and write *shard*; a broken mesh is noted and left out. Returns its key."""
    pictures: list[Picture] = []
    counts: list[tuple[str, int]] = []
    skipped: list[tuple[str, str]] = []
    for origin in shard.origins:
        numbers = range(draws_of(origin, config.data))
        try:
            drawn = list(
                pictures_of(origin, numbers, seed=config.seed, data=config.data, recipe=recipe)
            )
        except (ReadError, OSError) as problem:
            skipped.append((origin.location, str(problem)))
            continue
        pictures += drawn
        counts.append((origin.name, len(drawn)))
    if pictures:
        _save(cache / f"{shard.key}.views.npy", np.stack([p.views for p in pictures]))
        _save(cache / f"{shard.key}.extent.npy", np.stack([p.extent_mm for p in pictures]))
    entry = _entry(cache, shard)
    text = json.dumps({"counts": counts, "skipped": skipped})
    entry.with_suffix(f".{os.getpid()}.tmp").write_text(text, encoding="utf-8")
    entry.with_suffix(f".{os.getpid()}.tmp").replace(entry)
    return shard.key


def _save(path: Path, array: np.ndarray) -> None:
    unfinished = path.with_suffix(f".{os.getpid()}.tmp")
    with unfinished.open("wb") as file:
        np.save(file, array, allow_pickle=False)
    unfinished.replace(path)


def _opened(
    shards: Sequence[Shard], cache: Path, origins: tuple[Origin, ...]
) -> tuple[Examples, list[Skipped]]:
    number = {origin.name: index for index, origin in enumerate(origins)}
    views, extents, owners, skipped = [], [], [], []
    for shard in shards:
        entry = json.loads(_entry(cache, shard).read_text(encoding="utf-8"))
        skipped += [Skipped(*row) for row in entry["skipped"]]
        if not entry["counts"]:
            continue
        views.append(np.load(cache / f"{shard.key}.views.npy", mmap_mode="r", allow_pickle=False))
        extents.append(np.load(cache / f"{shard.key}.extent.npy", allow_pickle=False))
        owners += [np.full(count, number[name]) for name, count in entry["counts"]]
    if not views:
        raise SourceError("There is nothing to learn from: no mesh could be drawn.")
    origin = np.concatenate(owners).astype(np.int64)
    labels = np.array([LABEL_NAMES.index(origin.label) for origin in origins], np.int64)
    keys = " ".join(f"{shard.key} {[o.label for o in shard.origins]}" for shard in shards)
    examples = Examples(
        pictures=Pictures(views),
        rows=np.arange(len(origin)),
        extent_mm=np.concatenate(extents),
        origin=origin,
        label=labels[origin],
        origins=origins,
        digest=hashlib.sha256(keys.encode()).hexdigest(),
    )
    return examples, skipped


def _entry(cache: Path, shard: Shard) -> Path:
    return cache / f"{shard.key}.json"
