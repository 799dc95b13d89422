"""PrusaSlicer from the command line, as its `--help-fff` says (2.5 and later).

Its output differs a little from run to run: seams start elsewhere, and a header has the time.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from dataset_builder.geometry.mesh import Mesh
from dataset_builder.slicers.base import MESH_NAME, installed, run_slicer, write_stl

PRUSASLICER = PACKAGE = "prusa-slicer"
BED_CENTRE = (200.0, 200.0)
"""Where a part's bounding box is put, mm."""
BASE_OPTIONS = (
    "--layer-height=0.2",
    "--first-layer-height=0.2",
    "--nozzle-diameter=0.4",
    "--bed-shape=0x0,400x0,400x400,0x400",
    "--max-print-height=500",
    "--center=200,200",
    "--dont-arrange",
    "--gcode-flavor=marlin2",
)
"""A large plain Marlin printer; later options win over earlier ones.

One part needs no arranging, and PrusaSlicer's overflows on large beds: with one of 2 m it refuses
a part of 0.2 m as too large.
"""
ENDING = b"prusaslicer_config = end"


@cache
def prusaslicer_version() -> str | None:
    """What PrusaSlicer calls itself, or None where it is not installed."""
    if shutil.which(PRUSASLICER) is None:
        return None
    done = subprocess.run([PRUSASLICER, "--help"], capture_output=True, text=True, check=False)
    return next(iter(done.stdout.splitlines()), "PrusaSlicer").split(" based on")[0]


def slice_with_prusaslicer(mesh: Mesh | Path, output: Path, options: Sequence[str] = ()) -> None:
    """Slice *mesh* (mm) into *output*. Raises SlicerFailed.

    options: any of `prusa-slicer --help-fff`, such as "--fill-density=15%", "--support-material".
    """
    program = installed(PRUSASLICER, PACKAGE)
    with tempfile.TemporaryDirectory() as scratch:
        path = mesh.absolute() if isinstance(mesh, Path) else Path(scratch) / MESH_NAME
        if isinstance(mesh, Mesh):
            write_stl(mesh, path)
        call = [program, "--loglevel=1", f"--datadir={scratch}", *BASE_OPTIONS, *options]
        call += ["--export-gcode", f"--output={output.absolute()}", str(path)]
        run_slicer(call, output.absolute(), ENDING, cwd=Path(scratch))
