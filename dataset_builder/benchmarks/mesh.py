"""`printwarden bench mesh FILE`: mesh to contours, beside trimesh's `section_multiplane`.

Both cut at the same heights; the total contour length of every layer is compared as well.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
import numpy as np

from dataset_builder.geometry.mesh import Mesh
from dataset_builder.readers.open_job import open_job
from dataset_builder.render.contours import contours

if TYPE_CHECKING:
    from numpy.typing import NDArray

T = TypeVar("T")


def run(file: Path, layer_mm: float, rounds: int, *, as_json: bool) -> None:
    """Cut *file* into layers of *layer_mm* both ways and print the ratio."""
    import trimesh

    with open_job(file) as job:
        mesh = job.mesh()
    heights = _heights(mesh, layer_mm)
    corners = mesh.triangles.reshape(-1, 3)
    solid = trimesh.Trimesh(corners, np.arange(len(corners)).reshape(-1, 3), process=True)
    ours, theirs, pairs = [], [], []
    for _ in range(rounds):
        a, mine = _timed(lambda: contours(mesh, heights).length_mm)
        b, sections = _timed(lambda: _multiplane(solid, heights))
        ours.append(a)
        theirs.append(b)
        pairs.append(b / a)
    lengths = np.array([0.0 if s is None else s.length for s in sections])
    off = np.abs(mine - lengths) / np.maximum(lengths, 1e-9)
    row = {
        "file": file.name,
        "triangles": len(mesh.triangles),
        "layers": len(heights),
        "printwarden_s": statistics.median(ours),
        "trimesh_s": statistics.median(theirs),
        "times": statistics.median(pairs),
        "median_length_difference": float(np.median(off)),
        "layers_within_1e-4": int((off < 1e-4).sum()),
    }
    click.echo(json.dumps(row) if as_json else "\n".join(f"{k:<26} {v}" for k, v in row.items()))


def _heights(mesh: Mesh, layer_mm: float) -> NDArray[np.float64]:
    low, high = mesh.bbox_mm[:, 2]
    return np.arange(low + layer_mm / 2, high, layer_mm)


def _multiplane(solid: Any, heights: NDArray[np.float64]) -> Any:
    return solid.section_multiplane(
        plane_origin=[0, 0, 0], plane_normal=[0, 0, 1], heights=list(heights)
    )


def _timed(call: Callable[[], T]) -> tuple[float, T]:
    start = time.process_time()
    result = call()
    return time.process_time() - start, result
