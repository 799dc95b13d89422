"""External slicers: a mesh in, the G-code they would print out.

Only makers of data and tests need one; judging a job does not. Command lines as in PrusaSlicer's
`--help-fff` (2.5 and later) and CuraEngine's `slice` (4.13 and later).
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from dataset_builder.geometry.mesh import Mesh

TIME_LIMIT_S = 300
PRUSASLICER = "prusa-slicer"
BASE_OPTIONS = (
    "--layer-height=0.2",
    "--first-layer-height=0.2",
    "--nozzle-diameter=0.4",
    "--bed-shape=0x0,400x0,400x400,0x400",
    "--max-print-height=500",
    "--center=200,200",
    "--gcode-flavor=marlin2",
)
"""A large plain Marlin printer; later options win over earlier ones."""

_FACET = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])


class SlicerFailed(Exception):
    """A slicer is missing, refused the mesh or took too long; the message says which."""


def prusaslicer_version() -> str | None:
    """What PrusaSlicer calls itself, or None where it is not installed."""
    if shutil.which(PRUSASLICER) is None:
        return None
    done = subprocess.run([PRUSASLICER, "--help"], capture_output=True, text=True, check=False)
    return next(iter(done.stdout.splitlines()), "PrusaSlicer")


def slice_with_prusaslicer(mesh: Mesh | Path, output: Path, options: Sequence[str] = ()) -> None:
    """Slice *mesh* (mm) into *output*. Raises SlicerFailed.

    options: any of `prusa-slicer --help-fff`, such as "--fill-density=15%", "--support-material".
    """
    if shutil.which(PRUSASLICER) is None:
        raise SlicerFailed(f"{PRUSASLICER} is not installed (apt install prusa-slicer)")
    with tempfile.TemporaryDirectory() as scratch:
        path = mesh if isinstance(mesh, Path) else Path(scratch) / "mesh.stl"
        if isinstance(mesh, Mesh):
            write_stl(mesh, path)
        call = [PRUSASLICER, "--loglevel=1", f"--datadir={scratch}", *BASE_OPTIONS, *options]
        call += ["--export-gcode", f"--output={output}", str(path)]
        try:
            done = subprocess.run(
                call, capture_output=True, text=True, timeout=TIME_LIMIT_S, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise SlicerFailed(f"{path.name}: not sliced within {TIME_LIMIT_S} s") from error
    if done.returncode != 0 or not output.exists():
        words = (done.stderr or done.stdout).strip().splitlines()
        raise SlicerFailed(f"{path.name}: {words[-1] if words else 'PrusaSlicer gave nothing'}")


def write_stl(mesh: Mesh, path: Path) -> None:
    """Write *mesh* as binary STL; normals are left to whoever reads it."""
    facets = np.zeros(len(mesh.triangles), _FACET)
    facets["corners"] = mesh.triangles
    header = b"binary STL, millimetres".ljust(80)
    path.write_bytes(header + np.uint32(len(facets)).tobytes() + facets.tobytes())
