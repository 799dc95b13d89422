"""Make the sample jobs that `printwarden demo` judges: `python -m classifier.make_samples`.

Solids of our own generator, sliced by PrusaSlicer as a user would. Every row has a seed, so anyone
can make them again (PrusaSlicer's own output differs a little from run to run).
"""

from __future__ import annotations

import gzip
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from classifier.demo import SAMPLES
from dataset_builder.geometry.mesh import Mesh
from dataset_builder.slicers.prusaslicer import slice_with_prusaslicer
from dataset_builder.sources.solids import SOLIDS, draw_solid


@dataclass(frozen=True)
class Sample:
    """One job: its file name, the solids on the plate, and how they are sliced."""

    name: str
    solids: tuple[tuple[str, int], ...]  # model and seed
    options: tuple[str, ...]


SMALL = (
    "--layer-height=0.3", "--first-layer-height=0.3", "--fill-density=5%", "--skirts=1",
    "--resolution=0.05", "--gcode-resolution=0.05",
)  # fmt: skip
"""A coarse, quick print: these files travel with every install."""
TABLE = (
    Sample("1-mug", (("mug", 3),), (*SMALL, "--scale=0.6")),
    Sample(
        "2-gear-hook-and-knob",
        (("spur_gear", 3), ("hook", 2), ("knob", 3)),
        (*SMALL, "--scale=0.4"),
    ),
    Sample("3-handgun-shaped-envelope", (("pistol", 7),), SMALL),
)
GAP_MM = 8.0


def plate(solids: tuple[tuple[str, int], ...]) -> Mesh:
    """The solids side by side, standing on z = 0."""
    parts, x = [], 0.0
    for model, seed in solids:
        triangles = draw_solid(SOLIDS[model], np.random.default_rng(seed)).triangles
        low, high = triangles.reshape(-1, 3).min(axis=0), triangles.reshape(-1, 3).max(axis=0)
        middle = (low[1] + high[1]) / 2
        parts.append(triangles - low * (1, 0, 1) - (0, middle, 0) + (x, 0, 0))
        x += high[0] - low[0] + GAP_MM
    return Mesh(np.concatenate(parts), watertight=True)


def make(sample: Sample, folder: Path = SAMPLES) -> Path:
    """Slice one sample into *folder*. Raises SlicerFailed."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        text = Path(scratch) / "sample.gcode"
        slice_with_prusaslicer(plate(sample.solids), text, sample.options)
        packed = folder / f"{sample.name}.gcode.gz"
        packed.write_bytes(gzip.compress(text.read_bytes(), mtime=0))
    return packed


if __name__ == "__main__":
    for row in TABLE:
        make(row)
