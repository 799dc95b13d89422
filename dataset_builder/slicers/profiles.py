"""Ways to slice, by name, and what comes of them.

gcode = sliced(mesh, PROFILES["cura:draft"], cache)    slices once, then remembers
layers = read_back(gcode)                              the solid that would be printed
"""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dataset_builder.geometry.layers import Layers
from dataset_builder.geometry.mesh import Mesh
from dataset_builder.readers.open_job import open_job
from dataset_builder.reading import read_job
from dataset_builder.slicers import cura, prusaslicer
from dataset_builder.slicers.base import SlicerFailed

FAST_GZIP = 1  # a third of the bytes for a tenth of the time that slicing takes


@dataclass(frozen=True, slots=True)
class Slicer:
    """slice: mesh, output, settings. base: what it sets by itself. package: Debian's."""

    version: Callable[[], str | None]
    slice: Callable[[Mesh, Path, Sequence[str]], None]
    base: tuple[str, ...]
    package: str


@dataclass(frozen=True, slots=True)
class Profile:
    """One way to slice; *name* is slicer:profile, *settings* in the slicer's own words."""

    name: str
    slicer: str
    settings: tuple[str, ...]


SLICERS: Mapping[str, Slicer] = {
    "cura": Slicer(cura.cura_version, cura.slice_with_cura, cura.BASE_SETTINGS, cura.PACKAGE),
    "prusa": Slicer(
        prusaslicer.prusaslicer_version,
        prusaslicer.slice_with_prusaslicer,
        prusaslicer.BASE_OPTIONS,
        prusaslicer.PACKAGE,
    ),
}

_LARGE_BED = (
    "--bed-shape=0x0,2000x0,2000x2000,0x2000",
    "--center=1000,1000",
    "--max-print-height=1200",  # the most it allows
)
"""As large as it can be: PrusaSlicer counts nanometres in 32 bits, which ends at 2,147 mm."""
_ROWS = (
    Profile("cura:draft", "cura", (
        "layer_height=0.3", "layer_height_0=0.3", "wall_line_count=2",
        "top_layers=3", "bottom_layers=3", "adhesion_type=none",
        "infill_pattern=lines", "infill_line_distance=4")),
    Profile("cura:standard", "cura", (
        "layer_height=0.2", "layer_height_0=0.2", "wall_line_count=3",
        "top_layers=4", "bottom_layers=4", "adhesion_type=skirt",
        "infill_pattern=grid", "infill_line_distance=5.333")),
    Profile("cura:solid", "cura", (
        "layer_height=0.25", "layer_height_0=0.3", "wall_line_count=4",
        "top_layers=5", "bottom_layers=5", "adhesion_type=brim", "brim_line_count=8",
        "infill_pattern=cubic", "infill_line_distance=4")),
    Profile("cura:supported", "cura", (
        "layer_height=0.3", "layer_height_0=0.3", "wall_line_count=2",
        "top_layers=3", "bottom_layers=3", "adhesion_type=brim", "brim_line_count=8",
        "infill_pattern=gyroid", "infill_line_distance=6",
        "support_enable=true", "support_type=everywhere", "support_angle=50",
        "support_pattern=lines", "support_line_distance=4")),
    Profile("prusa:draft", "prusa", (
        *_LARGE_BED, "--layer-height=0.3", "--fill-density=10%", "--fill-pattern=rectilinear",
        "--perimeters=2")),
    Profile("prusa:standard", "prusa", (
        *_LARGE_BED, "--layer-height=0.2", "--fill-density=15%", "--fill-pattern=grid",
        "--perimeters=3")),
    Profile("prusa:supported", "prusa", (
        *_LARGE_BED, "--layer-height=0.2", "--fill-density=20%", "--fill-pattern=gyroid",
        "--support-material", "--brim-width=4")),
)  # fmt: skip
"""Infill of 10, 15, 30 and 7 % for Cura: the distance of lines of 0.4 mm is 0.4 mm / density, as
many times as the pattern has directions (fdmprinter.def.json, infill_line_distance)."""

PROFILES: Mapping[str, Profile] = {profile.name: profile for profile in _ROWS}


def slicer_version(name: str) -> str | None:
    """What the slicer of the route *name* ("cura:draft") is, or None where it is missing."""
    return SLICERS[PROFILES[name].slicer].version()


def installed_version(profile: Profile) -> str:
    """What slices by *profile*. Raises SlicerFailed naming the package when it is missing."""
    slicer = SLICERS[profile.slicer]
    version = slicer.version()
    if version is None:
        raise SlicerFailed(f"{profile.slicer} is not installed (apt install {slicer.package})")
    return version


def settings_digest(profile: Profile) -> str:
    """SHA-256 of all settings in force, the slicer's base settings included."""
    lines = (profile.slicer, *SLICERS[profile.slicer].base, *profile.settings)
    return hashlib.sha256("\0".join(lines).encode()).hexdigest()


def sliced(mesh: Mesh, profile: Profile, cache: Path) -> Path:
    """The .gcode.gz of *mesh* by *profile* in the folder *cache*, sliced unless it is there.

    Safe among processes: a file appears whole or not at all. Raises SlicerFailed; OSError when the
    disk is full.
    """
    slicer = SLICERS[profile.slicer]
    target = cache / f"{profile.name.replace(':', '-')}-{_key(mesh, profile)}.gcode.gz"
    if target.exists():
        return target
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix=".slicing-") as scratch:
        plain, packed = Path(scratch) / "job.gcode", Path(scratch) / "job.gcode.gz"
        slicer.slice(mesh, plain, profile.settings)
        with plain.open("rb") as text, packed.open("wb") as file:
            # neither name nor time go into the file: the same job is the same bytes
            with gzip.GzipFile("", "wb", FAST_GZIP, file, mtime=0) as archive:
                shutil.copyfileobj(text, archive, 1 << 20)
            file.flush()
            os.fsync(file.fileno())
        packed.replace(target)
    return target


def read_back(gcode: Path, cells: int = 512) -> Layers:
    """The model that *gcode* prints on its first plate, skirts, brims and supports left out.

    cells: pixels along its longest side; every pixel that a bead touches is solid, so few of them
    swell a thin part (a sword of 0.8 m by 28 % at 256, by 12 % at 512, by 4 % at 1024). In the
    coordinates of the printer: the mesh's own, moved so that the middle of its box lies on the
    bed's centre and its lowest point on z = 0. Raises ReadError's children.
    """
    with open_job(gcode) as job:
        reading = read_job(job)
        if reading.problem is not None:
            raise reading.problem
        return reading.plates[0].solid(cells).model


def _key(mesh: Mesh, profile: Profile) -> str:
    """Names what decides the outcome: the mesh as its STL holds it, settings, slicer."""
    version = installed_version(profile)
    digest = hashlib.sha256(mesh.triangles.astype("<f4").tobytes())
    digest.update(f"{settings_digest(profile)} {version}".encode())
    return digest.hexdigest()[:32]
