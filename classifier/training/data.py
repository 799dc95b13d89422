"""Labelled pictures from the parametric models, drawn by the code that judges jobs.

An example is decided by (seed, model, number) alone: the count of worker processes changes
nothing, and its pictures come from the same `draw` that a scan uses.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields
from functools import partial
from hashlib import sha256
from multiprocessing import get_context
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from classifier.runtime.recipe import Picture, ViewRecipe, draw
from dataset_builder.geometry.mesh import Mesh
from dataset_builder.render.rotations import rotated
from dataset_builder.render.slice_mesh import slice_mesh
from dataset_builder.sources.labels import LABEL_NAMES
from dataset_builder.sources.solids import SOLIDS, draw_solid

SLICE_CELLS = 144  # finer than any recipe's grid, so that the grid is what limits
TILT_SPREAD_DEG = 5.0  # how far training leaves the canonical pose: real parts' axes vary
LIES_FLAT = 0.3  # share of examples that stay as modelled, most of them on a flat side
Report = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Examples:
    """views: (N, V, C, H, W) uint8. extent_mm: (N, 3) float32. label and model: (N,) int64, indices
    into LABEL_NAMES and into the names of SOLIDS.
    """

    views: NDArray[np.uint8]
    extent_mm: NDArray[np.float32]
    label: NDArray[np.int64]
    model: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.label)

    def subset(self, chosen: NDArray[np.bool_]) -> Examples:
        """The examples where *chosen* is true."""
        return Examples(*(getattr(self, field.name)[chosen] for field in fields(self)))

    def digest(self) -> str:
        """SHA-256 over everything, for a bundle's manifest."""
        state = sha256()
        for field in fields(self):
            state.update(np.ascontiguousarray(getattr(self, field.name)).tobytes())
        return state.hexdigest()


class _Task(NamedTuple):
    model: str
    number: int


def draw_examples(
    per_model: int,
    *,
    seed: int,
    recipe: ViewRecipe,
    models: Sequence[str] = tuple(SOLIDS),
    workers: int = 1,
    tilted: bool = True,
    report: Report = lambda _: None,
) -> Examples:
    """Draw *per_model* examples of each model. report is told how many more are done.

    tilted: leave the canonical pose a little, as training wants and measuring does not.
    """
    tasks = [_Task(model, number) for model in models for number in range(per_model)]
    make = partial(_example, seed=seed, recipe=recipe, tilted=tilted)
    pictures: list[Picture] = []
    for picture in _mapped(make, tasks, workers):
        pictures.append(picture)
        report(1)
    names = list(SOLIDS)
    return Examples(
        views=np.stack([picture.views for picture in pictures]),
        extent_mm=np.stack([picture.extent_mm for picture in pictures]),
        label=np.array([LABEL_NAMES.index(SOLIDS[task.model].label.name) for task in tasks]),
        model=np.array([names.index(task.model) for task in tasks]),
    )


def random_rotation(rng: np.random.Generator) -> NDArray[np.float64]:
    """Uniform on SO(3), from a normal quaternion. Source: Shoemake, Graphics Gems III, 1992."""
    w, x, y, z = (q := rng.normal(size=4)) / np.linalg.norm(q)
    return np.array([
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ])  # fmt: skip


def small_rotation(rng: np.random.Generator, spread_deg: float) -> NDArray[np.float64]:
    """A turn about a random axis by a normal angle (Rodrigues' formula)."""
    axis = rng.normal(size=3)
    axis /= np.linalg.norm(axis)
    angle = np.radians(rng.normal(0.0, spread_deg))
    cross = np.cross(np.eye(3), axis)
    return np.asarray(np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * (cross @ cross))


def _example(task: _Task, *, seed: int, recipe: ViewRecipe, tilted: bool) -> Picture:
    # crc32, not hash(): Python's string hash differs from process to process
    rng = np.random.default_rng([seed, zlib.crc32(task.model.encode()), task.number])
    mesh: Mesh = draw_solid(SOLIDS[task.model], rng)
    if rng.random() > LIES_FLAT:
        mesh = rotated(mesh, random_rotation(rng))
    tilt = small_rotation(rng, TILT_SPREAD_DEG) if tilted else None
    return draw(slice_mesh(mesh, cells=SLICE_CELLS), recipe, tilt=tilt)


def _mapped(
    make: Callable[[_Task], Picture], tasks: Sequence[_Task], workers: int
) -> Iterator[Picture]:
    if workers <= 1:
        yield from map(make, tasks)
        return
    # spawn: forking a process that has loaded torch can deadlock in its thread pool
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(make, tasks, chunksize=16)
