"""Which objects are trained on and which are held out, by source and by family; and how they lie.

Real meshes are parted by the repository they come from, parametric ones by family. A held-out mesh
that shares a family with a training mesh (the same shape in two repositories) is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.building.poses import RandomPoses, rotation
from dataset_builder.building.splits import model_folds, source_folds
from dataset_builder.sources.folder import folder_origins
from dataset_builder.sources.origin import Origin
from dataset_builder.sources.parametric import parametric_origins
from dataset_builder.sources.solids import SOLIDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dataset_builder.geometry.mesh import Mesh

    Matrix = NDArray[np.float64]
    Draw = np.random.Generator

FOLDERS = ("weapon_props", "benign")
ALIASES = {"weapon_props/other": "other-weapon-shaped"}
"""What the one folder that means two things to two collections means here."""


@dataclass(frozen=True, slots=True)
class Subjects:
    """Origins to train on and origins to measure on; no source and no family is in both."""

    seen: tuple[Origin, ...]
    held_out: tuple[Origin, ...]


def real_subjects(meshes: Path, fold: int) -> Subjects:
    """The meshes of *meshes*/weapon_props and *meshes*/benign. Raises SourceError's family."""
    origins = [
        origin
        for folder in FOLDERS
        for origin in folder_origins(meshes / folder, aliases=ALIASES).origins
    ]
    folds = source_folds(origins)
    seen = tuple(origin for origin in origins if folds[origin.source] != fold)
    families = {origin.family for origin in seen}
    return Subjects(
        seen,
        tuple(o for o in origins if folds[o.source] == fold and o.family not in families),
    )


def parametric_subjects(draws: int, held_out_draws: int, *, seed: int, fold: int) -> Subjects:
    """Every family of SOLIDS; each label has families on both sides."""
    one_each = parametric_origins(list(SOLIDS), 1, seed)
    folds = model_folds(one_each)
    held_out = [name for name in SOLIDS if folds[name] == fold]
    seen = [name for name in SOLIDS if folds[name] != fold]
    return Subjects(
        tuple(parametric_origins(seen, draws, seed)),
        tuple(parametric_origins(held_out, held_out_draws, seed)),
    )


def _turned(rng: Draw) -> Matrix:
    """About the upright: half of all prints are square with the bed, the others anyhow."""
    quarter = 90.0 * rng.integers(4)
    return rotation(0.0, 0.0, float(quarter if rng.random() < 0.5 else rng.uniform(0, 360)))


def _on_axis(rank: int) -> Callable[[Mesh, Draw], Matrix]:
    """A side of the box, by its rank in length, is put upright, either end up."""

    def pose(mesh: Mesh, rng: Draw) -> Matrix:
        low, high = mesh.bbox_mm
        axis = int(np.argsort(high - low, kind="stable")[rank])
        upright = np.roll(np.eye(3), 2 - axis, axis=0)  # cyclic: a rotation; *axis* becomes z
        over = np.diag([1.0, -1.0, -1.0]) if rng.random() < 0.5 else np.eye(3)
        return np.asarray(_turned(rng) @ over @ upright)

    return pose


def _anyhow(_: Mesh, rng: Draw) -> Matrix:
    return RandomPoses(2).poses(int(rng.integers(2**31)))[1].rotation


POSES: Mapping[str, Callable[[Mesh, Draw], Matrix]] = {
    "lying": _on_axis(0),
    "standing": _on_axis(2),
    "random": _anyhow,
}
"""Lying: the shortest side of the box, as modelled, is upright. Standing: the longest is."""
POSE_SHARES = (0.45, 0.25, 0.30)
"""How often training takes each: most things are printed lying."""
