"""Objects in poses -> growing prints: their slices, and pictures of them at some heights.

A print is decided by (seed, object, number) alone. It is cut once; its slices go through the same
`Growth` and `draw_part` that watch a job.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from classifier.early.plan import EarlyPlan
from classifier.early.subjects import POSE_SHARES, POSES
from classifier.runtime.early import look_layers
from classifier.runtime.early_growth import Grid, Growth, Part
from classifier.runtime.early_picture import CHANNELS, draw_part
from dataset_builder.errors import ReadError
from dataset_builder.render.rotations import rotated
from dataset_builder.render.slice_mesh import slice_mesh
from dataset_builder.sources.labels import LABEL_NAMES
from dataset_builder.sources.loading import load_mesh
from dataset_builder.sources.origin import Origin
from dataset_builder.sources.proportions import varied

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dataset_builder.geometry.layers import Layers
    from dataset_builder.geometry.mesh import Mesh

LAYERS = 64  # of each print, whatever its height: steps of 1.6 % of it
CELLS = 128  # along the longest side: more than twice what a picture shows
Advance = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Prints:
    """N prints at K heights each.

    pictures: (N, K, 7, size, size) uint8. size_mm: (N, K, 3) float32. printed: (N, K) float32 share
    of the print. label: (N,) int64 index into LABEL_NAMES.
    """

    pictures: NDArray[np.uint8]
    size_mm: NDArray[np.float32]
    printed: NDArray[np.float32]
    label: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.label)

    def first(self, count: int) -> Prints:
        """The first *count* prints."""
        return Prints(
            self.pictures[:count], self.size_mm[:count], self.printed[:count], self.label[:count]
        )

    @classmethod
    def joined(cls, parts: Sequence[Prints]) -> Prints:
        """All of *parts*, which need the same looks and picture size."""
        columns = (
            np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)
        )
        return cls(*columns)

    def save(self, path: Path) -> None:
        """As one .npz; it appears whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part.npz")
        np.savez(unfinished, **{field.name: getattr(self, field.name) for field in fields(self)})
        unfinished.replace(path)

    @classmethod
    def load(cls, path: Path) -> Prints:
        """What `save` wrote."""
        with np.load(path, allow_pickle=False) as stored:
            return cls(**{field.name: stored[field.name] for field in fields(cls)})


def draw_prints(
    origins: Sequence[Origin],
    plan: EarlyPlan,
    advance: Advance = lambda _: None,
    *,
    poses_of: Callable[[Origin], int],
) -> Prints:
    """Draw poses_of(origin) prints of each of *origins*; meshes that enclose nothing are left out.

    Raises ValueError when nothing is left.
    """
    found: list[tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32], int]] = []
    for origin in origins:
        mesh = load_mesh(origin)
        for number in range(poses_of(origin)):
            rng = stream(plan.seed, origin, number)
            pose = rng.choice(list(POSES), p=POSE_SHARES)
            member = varied(mesh, rng, plan.share_reshaped if origin.kind == "mesh" else 0.0)
            layers = sliced(member, str(pose), rng)
            if layers is not None:
                found.append((*_at_some_heights(layers, plan, rng), _label(origin)))
        advance(1)
    if not found:
        raise ValueError("no object gave a print: give meshes that enclose something")
    pictures, size_mm, printed, label = zip(*found, strict=True)
    return Prints(np.stack(pictures), np.stack(size_mm), np.stack(printed), np.array(label))


def stream(seed: int, origin: Origin, number: int) -> np.random.Generator:
    """The random numbers of one print."""
    return np.random.default_rng([seed, zlib.crc32(origin.name.encode()), number])


def sliced(mesh: Mesh, pose: str, rng: np.random.Generator) -> Layers | None:
    """*mesh* laid down in *pose*, in LAYERS slices; None when it encloses nothing."""
    turned = rotated(mesh, POSES[pose](mesh, rng))
    low, high = turned.bbox_mm
    height = max(float(high[2] - low[2]), 1e-3)
    try:
        return slice_mesh(turned, layer_height_mm=height / LAYERS, cells=CELLS)
    except ReadError:
        return None


def grown(layers: Layers, stops: Sequence[int]) -> Iterator[tuple[int, Growth]]:
    """(layers so far, what exists), at each of the ascending *stops*."""
    growth, due = Growth(Grid.of(layers)), set(stops)
    for index, bits in enumerate(layers.bits, start=1):
        growth.add(bits, float(layers.z_top_mm[index - 1]), float(layers.height_mm[index - 1]))
        if index in due and growth.parts:
            yield index, growth


def largest(growth: Growth) -> Part:
    """The part with the most material so far."""
    return max(growth.parts, key=lambda part: float(part.top_mm.sum()))


def _label(origin: Origin) -> int:
    return LABEL_NAMES.index(origin.label)


def _at_some_heights(
    layers: Layers, plan: EarlyPlan, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32]]:
    """Pictures, sizes and printed shares of the largest part at *plan.looks* of a watch's looks."""
    total = len(layers.bits)
    choices = list(look_layers(total))
    stops = rng.choice(choices, plan.looks, replace=len(choices) < plan.looks)
    pictures = np.zeros((plan.looks, len(CHANNELS), plan.size_px, plan.size_px), np.uint8)
    sizes = np.ones((plan.looks, 3), np.float32)
    stops.sort()
    for stop, growth in grown(layers, stops.tolist()):
        picture = draw_part(growth, largest(growth), plan.size_px)
        pictures[stops == stop], sizes[stops == stop] = picture.pixels, picture.size_mm
    return pictures, sizes, (stops / total).astype(np.float32)
