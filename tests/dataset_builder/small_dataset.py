"""A dataset of the published layout, made by hand in a moment: 3 models, 24 jobs, 28 pixels."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from dataset_builder.output.columns import PICTURE_COLUMNS, SOLID_COLUMNS, arrow_schema
from dataset_builder.sources.labels import LABEL_NAMES, LABELS
from dataset_builder.sources.origin import Origin

SIZE_PX, FRAMES = 28, 3
PLANES = ("xy", "xz", "yz")
ROLLS, YAWS, ROUTES = (0, 90), (0, 90), ("mesh", "cura:solid")
SIZES_MM: Mapping[str, tuple[float, float, float]] = {
    "pistol": (120.0, 30.0, 80.0),
    "mug": (80.0, 80.0, 90.0),
    "gear": (60.0, 60.0, 12.0),
}
ORIGINS = tuple(
    Origin(name, name, label, source, licence, "somebody", f"{name:0<64}", "mesh", f"{name}.stl")
    for name, label, source, licence in (
        ("pistol", "handgun-shaped", "parametric", "Apache-2.0"),
        ("mug", "container", "https://example.org/mugs", "CC0-1.0"),
        ("gear", "gear", "<script>alert(1)</script>", "CC-BY-4.0"),
    )
)


@dataclass(frozen=True)
class Job:
    origin: Origin
    route: str
    roll: int
    yaw: int

    @property
    def name(self) -> str:
        return f"{self.origin.name}/{self.route}/r{self.roll:03d}-p000-y{self.yaw:03d}"


JOBS = tuple(
    Job(origin, route, roll, yaw)
    for origin, route, roll, yaw in product(ORIGINS, ROUTES, ROLLS, YAWS)
)


def write_small_dataset(folder: Path) -> Path:
    """Fill *folder* as a build does; the pictures of a job do not depend on its yaw."""
    tables = {
        "projections": (PICTURE_COLUMNS, list(_projections()), 40),
        "sequences": (PICTURE_COLUMNS, list(_sequences()), 120),
        "solids": (SOLID_COLUMNS, list(_solids()), 10),
    }
    shards = [
        shard
        for subset, (columns, rows, size) in tables.items()
        for shard in _write(folder, subset, columns, rows, size)
    ]
    counts = {"models": 3, "families": 3, "sources": 3, "jobs": len(JOBS), "solids": 6}
    counts |= {"projections": len(JOBS) * 3, "sequence_frames": len(JOBS) * 3 * FRAMES}
    manifest = {
        "name": "small", "version": 1, "created_with": {"printwarden": "0"}, "preset": "smoke",
        "seed": 7, "size_px": SIZE_PX, "frames": FRAMES, "kind": "xray", "counts": counts,
        "labels": [
            {"name": row.name, "weapon_shaped": row.weapon_shaped, "meaning": row.meaning}
            for row in LABELS
        ],
        "origins": [_origin(origin) for origin in ORIGINS],
        "routes": [
            {"name": "mesh", "slicer": None, "version": None, "profile": None},
            {"name": "cura:solid", "slicer": "CuraEngine", "version": "4.13", "profile": "solid",
             "settings_sha256": "5" * 64},
        ],
        "skipped": [{"location": "<b>broken</b>.stl", "reason": "no triangles"}],
        "poses": {"roll_deg": list(ROLLS), "pitch_deg": [0], "yaw_deg": list(YAWS)},
        "shards": shards,
    }  # fmt: skip
    text = json.dumps(manifest, indent=1, sort_keys=True) + "\n"
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    return folder


def picture(job: Job, plane: int, frame: int) -> np.ndarray:
    """(S, S) uint8: a bar; its height tells the frame, its grey level model, route and roll."""
    pixels = np.zeros((SIZE_PX, SIZE_PX), np.uint8)
    rows = 8 * (frame + 1)
    grey = 40 + 60 * ORIGINS.index(job.origin) + 5 * (job.roll > 0) + ROUTES.index(job.route)
    pixels[-rows:, 4 + 2 * plane : 24] = grey
    return pixels


def _origin(origin: Origin) -> dict[str, Any]:
    images = dict.fromkeys(ROUTES, 4 * 3 * (1 + FRAMES))
    fields = ("name", "family", "label", "source", "licence", "credit", "sha256", "kind")
    return {field: getattr(origin, field) for field in fields} | {"images": images}


def _projections() -> Iterator[dict[str, Any]]:
    for number, (job, plane) in enumerate(product(JOBS, range(3))):
        yield _row(job, plane, FRAMES - 1, number)


def _sequences() -> Iterator[dict[str, Any]]:
    for number, (job, plane, frame) in enumerate(product(JOBS, range(3), range(FRAMES))):
        yield _row(job, plane, frame, number // FRAMES)


def _row(job: Job, plane: int, frame: int, number: int) -> dict[str, Any]:
    x, y, z = SIZES_MM[job.origin.name]
    fold = ORIGINS.index(job.origin)
    return _common(job.origin, job.route) | {
        "image": {"bytes": _png(picture(job, plane, frame)), "path": None},
        "job": job.name, "plane": PLANES[plane],
        "roll_deg": job.roll, "pitch_deg": 0, "yaw_deg": job.yaw,
        "layer": 10 * (frame + 1), "layers": 10 * FRAMES, "z_mm": z * (frame + 1) / FRAMES,
        "mm_per_px": max(x, y, z) / SIZE_PX,
        "extent_x_mm": x, "extent_y_mm": y, "extent_z_mm": z,
        "random_split": "test" if number % 4 == 0 else "train",
        "orientation_split": "test" if job.roll == 90 else "train",
        "route_split": "test" if job.route == "cura:solid" else "train",
        "model_fold": fold, "source_fold": fold,
    }  # fmt: skip


def _solids() -> Iterator[dict[str, Any]]:
    for origin, route in product(ORIGINS, ROUTES):
        grid = np.full((2, 3, 4), 255, np.uint8)
        cells = {"cells_x": 4, "cells_y": 3, "cells_z": 2, "cell_mm": 1.5}
        solid = {"solid": f"{origin.name}/{route}", "grid": grid.tobytes()}
        yield _common(origin, route) | solid | cells


def _common(origin: Origin, route: str) -> dict[str, Any]:
    return {
        "label": LABEL_NAMES.index(origin.label), "weapon_shaped": origin.weapon_shaped,
        "model": origin.name, "family": origin.family, "source": origin.source, "route": route,
    }  # fmt: skip


def _png(pixels: np.ndarray) -> bytes:
    import cv2

    return cv2.imencode(".png", pixels)[1].tobytes()


def _write(
    folder: Path, subset: str, columns: Mapping[str, tuple[str, str]], rows: list[Any], size: int
) -> Iterator[dict[str, Any]]:
    """Write *rows* as shards of *size* rows; yields what the manifest says of each."""
    import pyarrow as pa
    from pyarrow import parquet

    for number, start in enumerate(range(0, len(rows), size)):
        table = pa.Table.from_pylist(rows[start : start + size], schema=arrow_schema(columns))
        path = folder / "data" / subset / f"{subset}-{number:05d}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        parquet.write_table(table, path, compression="zstd", write_page_checksum=True)
        data = path.read_bytes()
        yield {
            "path": path.relative_to(folder).as_posix(), "rows": table.num_rows,
            "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest(),
        }  # fmt: skip
