"""CuraEngine from the command line, as its `help` says (4.13 and later).

The same mesh and settings give the same bytes on every run. The engine alone works out no setting
from another (a density is no line distance), so every setting that matters is given as a number.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from dataset_builder.geometry.mesh import Mesh
from dataset_builder.slicers.base import (
    MESH_NAME,
    SlicerFailed,
    installed,
    run_slicer,
    write_stl,
)

CURA = "CuraEngine"
PACKAGE = "cura-engine cura"
RESOURCES = Path("/usr/share/cura/resources")
"""Where Debian's package `cura` keeps its definitions of printers."""
SEARCH_PATH = "CURA_ENGINE_SEARCH_PATH"
"""The engine's own variable: folders of definitions, set by whoever installed them elsewhere."""
DEFINITION = "creality_ender3.def.json"
BED_CENTRE = (1500.0, 1500.0)
"""Where a part's bounding box is put, mm."""
ENDING = b";End of Gcode"
BASE_SETTINGS = (
    "machine_width=3000",
    "machine_depth=3000",
    "machine_height=3000",
    "center_object=true",
    "material_diameter=1.75",
    "machine_start_gcode=G28",  # no purge line: its place is the printer's, not the part's
    "machine_end_gcode=M104 S0\nM140 S0",
    "roofing_layer_count=0",  # its default asks for an extruder that is not there
)
"""A plain Marlin printer with room for everything; later settings win over earlier ones."""


@cache
def cura_version() -> str | None:
    """What CuraEngine calls itself, or None where it or its definitions are not installed."""
    if shutil.which(CURA) is None or _definition() is None:
        return None
    done = subprocess.run([CURA, "help"], capture_output=True, text=True, check=False)
    found = re.search(r"version (\S+)", done.stderr + done.stdout)
    return f"CuraEngine {found[1]}" if found else CURA


def slice_with_cura(mesh: Mesh, output: Path, settings: Sequence[str] = ()) -> None:
    """Slice *mesh* (mm) into *output*. Raises SlicerFailed.

    settings: "key=value" of fdmprinter.def.json, such as "layer_height=0.2". A mesh without volume
    is not refused: it gives a job that prints nothing.
    """
    program, definition = installed(CURA, PACKAGE), _definition()
    if definition is None:
        raise SlicerFailed(f"CuraEngine finds no {DEFINITION} (apt install cura)")
    with tempfile.TemporaryDirectory() as scratch:
        write_stl(mesh, Path(scratch) / MESH_NAME)
        call = [program, "slice", "-m1", "-j", str(definition)]
        for setting in (*BASE_SETTINGS, *settings):
            call += ["-s", setting]
        # the mesh's path is written into the job: a relative one is the same on every run
        call += ["-o", str(output.absolute()), "-l", MESH_NAME]
        folders = os.pathsep.join(map(str, _folders()))
        run_slicer(
            call,
            output.absolute(),
            ENDING,
            cwd=Path(scratch),
            environment={SEARCH_PATH: folders},
        )


def _definition() -> Path | None:
    paths = (folder / DEFINITION for folder in _folders())
    return next((path for path in paths if path.is_file()), None)


def _folders() -> list[Path]:
    stated = [
        Path(folder) for folder in os.environ.get(SEARCH_PATH, "").split(os.pathsep) if folder
    ]
    return [*stated, RESOURCES / "definitions", RESOURCES / "extruders"]
