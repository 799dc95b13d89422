"""Mesh files -> G-code of a real slicer, kept in a folder between runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from classifier.holdout.workers import each
from dataset_builder.errors import ReadError
from dataset_builder.slicers.base import SlicerFailed
from dataset_builder.slicers.profiles import Profile, sliced
from dataset_builder.sources.loading import load_mesh
from dataset_builder.sources.origin import Origin
from dataset_builder.terminal import Advance


@dataclass(frozen=True, slots=True)
class Slicing:
    """profile: of the slicer. longest_mm: what longer objects are scaled down to; a slicer's time
    grows with the cube of size. cache: the folder of the G-code.
    """

    profile: Profile
    longest_mm: float
    cache: Path


@dataclass(frozen=True, slots=True)
class SlicedJob:
    """The G-code of one mesh file, or why there is none."""

    origin: Origin
    gcode: Path | None
    problem: str = ""


def jobs_of(
    origins: Sequence[Origin], slicing: Slicing, workers: int, advance: Advance
) -> list[SlicedJob]:
    """One job each of *origins*, in order, sliced unless it is there."""
    return each(partial(_job, slicing), origins, workers, advance)


def _job(slicing: Slicing, origin: Origin) -> SlicedJob:
    try:
        mesh = load_mesh(origin)
        longest = float(np.ptp(mesh.bbox_mm, axis=0).max())
        share = min(slicing.longest_mm / longest, 1.0)
        fitted = replace(mesh, triangles=(mesh.triangles * share).astype(np.float32))
        return SlicedJob(origin, sliced(fitted, slicing.profile, slicing.cache))
    except (ReadError, SlicerFailed) as problem:
        return SlicedJob(origin, None, str(problem))
