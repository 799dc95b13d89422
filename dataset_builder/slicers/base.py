"""What every slicer needs: a mesh on disk, a time limit, and an end that proves a whole file."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from dataset_builder.geometry.mesh import Mesh

TIME_LIMIT_S = 300
MESH_NAME = "mesh.stl"
LEAST_FREE_BYTES = 1 << 20  # with less left on the disk, that is why a slicer failed
TAIL_BYTES = 4096

_FACET = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])


class SlicerFailed(Exception):
    """A slicer is missing, refused the mesh or took too long; the message says which."""


def run_slicer(
    call: Sequence[str],
    output: Path,
    ending: bytes,
    *,
    cwd: Path,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Run *call* in *cwd*, which must leave *output* with *ending* among its last lines.

    Raises SlicerFailed with the slicer's own last words; OSError when the disk is full.
    """
    program, mesh = call[0], Path(call[-1]).name
    try:
        done = subprocess.run(
            call,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TIME_LIMIT_S,
            check=False,
            cwd=cwd,
            env={**os.environ, **(environment or {})},
        )
    except subprocess.TimeoutExpired as error:
        raise SlicerFailed(f"{mesh}: not sliced within {TIME_LIMIT_S} s") from error
    if done.returncode == 0 and output.exists() and ending in _tail(output):
        return
    if shutil.disk_usage(output.parent).free < LEAST_FREE_BYTES:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(output))
    words = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
    # PrusaSlicer says what is wrong, then whose fault it is
    last = " ".join(line.strip() for line in words[-2:])[:200] or f"{program} gave nothing"
    raise SlicerFailed(f"{mesh}: {last}")


def write_stl(mesh: Mesh, path: Path) -> None:
    """Write *mesh* as binary STL; normals are left to whoever reads it."""
    facets = np.zeros(len(mesh.triangles), _FACET)
    facets["corners"] = mesh.triangles
    header = b"binary STL, millimetres".ljust(80)
    path.write_bytes(header + np.uint32(len(facets)).tobytes() + facets.tobytes())


def installed(program: str, package: str) -> str:
    """Where *program* is. Raises SlicerFailed naming the Debian *package* that brings it."""
    path = shutil.which(program)
    if path is None:
        raise SlicerFailed(f"{program} is not installed (apt install {package})")
    return path


def _tail(path: Path) -> bytes:
    with path.open("rb") as data:
        data.seek(max(path.stat().st_size - TAIL_BYTES, 0))
        return data.read()
