"""What a finished dataset says of itself; the same build gives the same manifest."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dataset_builder.building.journal import Done, Unit
from dataset_builder.building.plan import FORMAT, Plan
from dataset_builder.building.presets import GCODE, MESH
from dataset_builder.sources.labels import LABELS


def manifest_of(plan: Plan, done: Mapping[Unit, Done]) -> dict[str, Any]:
    """Every unit of *plan* must be in *done*."""
    units = [done[unit] for unit in sorted(done)]
    drawn = _drawn(units)
    shards = sorted((shard for part in units for shard in part.shards), key=lambda s: s["path"])
    present = [plan.origins[number] for number in sorted(drawn)]
    labels = {origin.label for origin in present}
    return {
        "name": "C3PO rebuilt" if plan.preset == "c3po" else f"Printwarden {plan.preset}",
        "version": FORMAT,
        "created_with": dict(plan.versions),
        "plan_sha256": plan.digest,
        "preset": plan.preset,
        "seed": plan.seed,
        "size_px": plan.size_px,
        "frames": plan.frames,
        "kind": plan.kind,
        "labels": [asdict(label) | {"used": label.name in labels} for label in LABELS],
        "counts": {
            "models": len(present),
            "labels": len(labels),
            "families": len({origin.family for origin in present}),
            "sources": len({origin.source for origin in present}),
            "jobs": sum(sum(routes.values()) for routes in drawn.values()),
            "projections": _rows(shards, "projections"),
            "sequence_frames": _rows(shards, "sequences"),
            "solids": _rows(shards, "solids"),
        },
        "poses": {
            "count": len(plan.poses),
            "angles_deg": [[p.roll_deg, p.pitch_deg, p.yaw_deg] for p in plan.poses],
        },
        "routes": [_route(name) for name in plan.routes],
        "origins": [_origin(plan, number, drawn) for number in sorted(drawn)],
        "skipped": [
            {"location": where, "reason": why}
            for where, why in [*plan.skipped, *(skip for part in units for skip in part.skipped)]
        ],
        "shards": shards,
    }


def _drawn(units: Iterable[Done]) -> dict[int, Counter[str]]:
    """Object's number -> route -> jobs."""
    drawn: dict[int, Counter[str]] = defaultdict(Counter)
    for part in units:
        for origin, route, jobs in part.drawn:
            drawn[origin][route] += jobs
    return drawn


def _rows(shards: Iterable[Mapping[str, Any]], subset: str) -> int:
    return sum(shard["rows"] for shard in shards if f"/{subset}/" in shard["path"])


def _origin(plan: Plan, number: int, drawn: Mapping[int, Counter[str]]) -> dict[str, Any]:
    origin = asdict(plan.origins[number])
    if origin["kind"] != "parametric":  # where a file lay on the builder's disk helps nobody
        origin["location"] = Path(origin["location"]).name
    images = {route: jobs * plan.pictures_a_job for route, jobs in sorted(drawn[number].items())}
    return origin | {"images": images}


def _route(name: str) -> dict[str, Any]:
    if name in (MESH, GCODE):
        return {"name": name, "slicer": None, "version": None, "profile": None}
    from dataset_builder.slicers.profiles import PROFILES, settings_digest, slicer_version

    profile = PROFILES[name]
    return {
        "name": name,
        "slicer": profile.slicer,
        "version": slicer_version(name),
        "profile": name.partition(":")[2],
        "settings_sha256": settings_digest(profile),
    }
