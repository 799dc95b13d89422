"""What a user asks for -> the plan of a build, or one clear sentence why there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from dataset_builder.building.errors import BuildError
from dataset_builder.building.plan import FORMAT, Plan
from dataset_builder.building.presets import GCODE, MESH, PRESETS, Preset
from dataset_builder.render.views import Kind
from dataset_builder.sources.labels import LABEL_NAMES
from dataset_builder.sources.origin import Origin

PARAMETRIC = "parametric"
"""As a source: this project's own models."""
DECIDE_BYTES = ("printwarden", "numpy", "opencv-python-headless", "pyarrow")


@dataclass(frozen=True, slots=True)
class Request:
    """None and empty mean what the preset says; sources are folders, or PARAMETRIC."""

    preset: str = "smoke"
    sources: Sequence[str] = ()
    routes: Sequence[str] = ()
    size_px: int | None = None
    frames: int | None = None
    draws: int | None = None
    kind: Kind = "root-xray"
    seed: int = 1
    aliases: Mapping[str, str] = field(default_factory=dict)


def plan_of(request: Request) -> Plan:
    """Decide everything. Raises BuildError for what cannot be built."""
    preset = PRESETS[request.preset]
    allowed = preset.labels or LABEL_NAMES
    origins, skipped = _origins(request, preset, allowed)
    if not origins:
        why = f": {skipped[0][1]}" if skipped else ""
        raise BuildError(f"There is nothing to draw in {', '.join(request.sources)}{why}.")
    routes = tuple(request.routes or preset.routes)
    if all(origin.kind == "gcode" for origin in origins):
        routes = ()
    if any(origin.kind == "gcode" for origin in origins):
        routes = (*routes, GCODE)
    return Plan(
        preset=request.preset,
        seed=request.seed,
        size_px=request.size_px or preset.size_px,
        frames=request.frames or preset.frames,
        kind=request.kind,
        deal=preset.deal,
        jobs_a_shard=preset.jobs_a_shard,
        poses=preset.poses.poses(request.seed),
        routes=routes,
        origins=tuple(origins),
        skipped=tuple(skipped),
        versions=_versions(routes),
    )


def _origins(
    request: Request, preset: Preset, allowed: Sequence[str]
) -> tuple[list[Origin], list[tuple[str, str]]]:
    from dataset_builder.sources.errors import SourceError
    from dataset_builder.sources.folder import folder_origins
    from dataset_builder.sources.parametric import parametric_origins
    from dataset_builder.sources.solids import SOLIDS

    origins: list[Origin] = []
    skipped: list[tuple[str, str]] = []
    for source in request.sources or [PARAMETRIC]:
        if source == PARAMETRIC:
            draws = request.draws or preset.draws
            origins += parametric_origins(preset.models or tuple(SOLIDS), draws, request.seed)
            continue
        try:
            found = folder_origins(Path(source), allowed, aliases=request.aliases)
        except SourceError as problem:
            raise BuildError(str(problem)) from problem
        origins += found.origins
        skipped += [(skip.location, skip.reason) for skip in found.skipped]
    return _named_apart(origins), skipped


def _named_apart(origins: Sequence[Origin]) -> list[Origin]:
    """Every object's name once. Raises BuildError for a folder that is given twice."""
    seen: set[str] = set()
    for origin in origins:
        if origin.name in seen:
            raise BuildError(
                f"{origin.name} is there twice. Give each source folder once, and each file a "
                "name of its own."
            )
        seen.add(origin.name)
    return list(origins)


def _versions(routes: Sequence[str]) -> dict[str, str]:
    """Of everything that decides bytes. Raises BuildError when a route's slicer is missing."""
    from dataset_builder.render.native import native

    found = {name: version(name) for name in DECIDE_BYTES}
    found |= {"format": str(FORMAT), "kernel": "C" if native("pw_cast_rays") else "NumPy"}
    for route in routes:
        if route not in (MESH, GCODE):
            found[route] = _slicer(route)
    return found


def _slicer(route: str) -> str:
    from dataset_builder.slicers.profiles import PROFILES, SLICERS, settings_digest, slicer_version

    profile = PROFILES.get(route)
    if profile is None:
        raise BuildError(
            f"There is no route {route!r}. Choose from: {', '.join([MESH, *PROFILES])}."
        )
    slicer = slicer_version(route)
    if slicer is None:
        raise BuildError(
            f"Route {route} needs a slicer that is not installed. Install it (Debian: apt install "
            f"{SLICERS[profile.slicer].package}), or build without slicers: --route {MESH}."
        )
    return f"{slicer}, settings {settings_digest(profile)[:12]}"
