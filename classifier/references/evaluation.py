"""How well known shapes are found: real meshes enrolled, then met again in other guises.

Every mesh of a folder that is one object becomes a reference. Each is then turned at random,
mirrored, made smaller or larger, or sliced to G-code and read back, and asked of the whole library,
exactly as a scan asks. Its own name is a hit; any other name is a false match, and is listed, for
folders of real parts hold true look-alikes, and only a person can tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from classifier.runtime.known.enrolment import shape_of_reading
from classifier.runtime.known.errors import NotEnrolled
from classifier.runtime.known.library import Label, Library, Terms
from classifier.runtime.known.matching import Match, find_matches
from dataset_builder.building.poses import RandomPoses
from dataset_builder.errors import ReadError
from dataset_builder.geometry.layers import Layers
from dataset_builder.geometry.mesh import Mesh
from dataset_builder.readers.open_job import open_job
from dataset_builder.reading import JobReading, read_job
from dataset_builder.render.rotations import rotated
from dataset_builder.slicers.base import SlicerFailed
from dataset_builder.slicers.profiles import PROFILES, sliced
from dataset_builder.solids import objects_of

NOTED = 0.6
"""Overlaps are noted from here on, so that thresholds can be compared afterwards."""


@dataclass(frozen=True, slots=True)
class Guise:
    """A way to meet a part again. scale: None draws one within 10 %. profile: None cuts the mesh.

    mirrored: None mirrors every other part.
    """

    name: str
    turned: bool = True
    mirrored: bool | None = False
    scale: float | None = 1.0
    profile: str | None = None


MESH_GUISES = (
    Guise("as it lies", turned=False),
    Guise("turned"),
    Guise("mirrored", mirrored=True),
    Guise("0.9 times", mirrored=None, scale=0.9),
    Guise("1.1 times", mirrored=None, scale=1.1),
)


def sliced_guise(profile: str) -> Guise:
    """Turned, now and then mirrored, at any size within 10 %, through the slicer *profile*."""
    return Guise(profile, mirrored=None, scale=None, profile=profile)


@dataclass(frozen=True, slots=True)
class Trial:
    """One part met once. failed: why there was nothing to ask; matches: from NOTED on."""

    guise: str
    part: str
    matches: tuple[Match, ...] = ()
    failed: str = ""

    @property
    def own(self) -> float:
        """The overlap with its own reference; 0 where that was not found."""
        return max((m.overlap for m in self.matches if m.name == self.part), default=0.0)

    def others(self, least: float) -> list[Match]:
        """False matches at the threshold *least*."""
        return [m for m in self.matches if m.name != self.part and m.overlap >= least]


def enrolled(files: Iterable[Path]) -> tuple[Library, dict[str, Mesh], list[str]]:
    """A library of *files*, the meshes by name, and a sentence for each that makes no reference."""
    library, meshes, refused = Library.empty(), {}, []
    created = datetime.now(UTC).isoformat(timespec="seconds")
    for file in files:
        name = f"{file.parent.name}/{file.stem}"
        try:
            with open_job(file) as job:
                mesh = job.mesh()
            shape = shape_of_reading(JobReading(name, "stl", mesh=mesh), name=name)
        except (ReadError, NotEnrolled) as problem:
            refused.append(str(problem))
            continue
        terms = Terms(least_overlap=NOTED)
        library = library.with_reference(Label(name, "", created), terms, shape)
        meshes[name] = mesh
    return library, meshes, refused


def trials(
    library: Library, meshes: Mapping[str, Mesh], guises: Sequence[Guise], cache: Path, seed: int
) -> Iterator[Trial]:
    """Each mesh in each guise, asked of *library*."""
    for number, (name, mesh) in enumerate(meshes.items()):
        for place, guise in enumerate(guises):
            rng = np.random.default_rng([seed, number, place])
            met = disguised(mesh, guise, rng, mirrored=bool(number % 2))
            try:
                solids = _drawn(met, guise.profile, cache)
            except (ReadError, SlicerFailed) as problem:
                yield Trial(guise.name, name, failed=f"{name}: {problem}")
                continue
            found = (find_matches(layers, library) for layers in solids)
            yield Trial(guise.name, name, tuple(match for some in found for match in some))


def disguised(mesh: Mesh, guise: Guise, rng: np.random.Generator, *, mirrored: bool) -> Mesh:
    """*mesh* turned, mirrored and scaled as *guise* says, standing on the bed."""
    if guise.turned:
        pose = RandomPoses(2).poses(int(rng.integers(1 << 31)))[1]
        mesh = rotated(mesh, pose.rotation)
    scale = float(rng.uniform(0.9, 1.1)) if guise.scale is None else guise.scale
    corners = mesh.triangles * scale
    if mirrored if guise.mirrored is None else guise.mirrored:
        corners = corners[:, ::-1] * np.array([-1.0, 1.0, 1.0])  # faces keep looking outward
    corners = corners - np.array([0.0, 0.0, corners[..., 2].min()])
    return replace(mesh, triangles=np.ascontiguousarray(corners))


def _drawn(mesh: Mesh, profile: str | None, cache: Path) -> list[Layers]:
    """The solids that a scan would judge."""
    if profile is None:
        return [solid.layers for solid in objects_of(JobReading("mesh", "stl", mesh=mesh))]
    with open_job(sliced(mesh, PROFILES[profile], cache)) as job:
        reading = read_job(job)
        if reading.problem is not None:
            raise reading.problem
        return [solid.layers for solid in objects_of(reading) if solid.role == "model"]
