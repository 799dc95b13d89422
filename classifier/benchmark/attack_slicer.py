"""Attacks through a slicer: what anybody can set in one, read back from its G-code.

CuraEngine, because its output repeats. A job is read as a guard reads it: brims, rafts and
supports are left out where the G-code says that they are that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from classifier.benchmark.attack_mesh import Draw
from classifier.benchmark.attacks import Attack
from dataset_builder.errors import CannotAnalyse
from dataset_builder.geometry.layers import Layers
from dataset_builder.geometry.mesh import Mesh
from dataset_builder.slicers.base import SlicerFailed
from dataset_builder.slicers.profiles import SLICERS, Profile, read_back, sliced

SLICER = "cura"
NOT_INSTALLED = "CuraEngine is not installed, so no job is attacked through a slicer"
LINE_MM = 0.4
LONGEST_MM = 60.0  # objects are scaled to this: the time of slicing grows with the cube of size
Settings = Mapping[str, str]

PLAIN: Settings = {
    "layer_height": "0.3", "layer_height_0": "0.3", "wall_line_count": "2", "top_layers": "3",
    "bottom_layers": "3", "adhesion_type": "none", "infill_pattern": "lines",
    "infill_line_distance": "4",
}  # fmt: skip
AROUND: tuple[tuple[str, Settings], ...] = (
    ("none", {}),
    ("brim", {"adhesion_type": "brim", "brim_line_count": "8"}),
    ("raft", {"adhesion_type": "raft"}),
    (
        "supports",
        {
            "support_enable": "true",
            "support_type": "everywhere",
            "support_angle": "50",
            "support_pattern": "lines",
            "support_line_distance": "4",
        },
    ),
)


@dataclass(frozen=True, slots=True)
class Sliced:
    """settings: level -> what differs from PLAIN. cache: the folder where G-code is kept."""

    settings: Mapping[float, Settings]
    cache: Path

    def __call__(self, _: Draw, mesh: Mesh, level: float) -> Layers:
        """What is printed at *level*. Raises CannotAnalyse when the slicer refuses the mesh."""
        longest = float(np.diff(mesh.bbox_mm, axis=0).max())
        mesh = replace(mesh, triangles=mesh.triangles * (LONGEST_MM / longest))
        settings = dict(PLAIN) | dict(self.settings[level])
        words = tuple(f"{name}={value}" for name, value in settings.items())
        try:
            gcode = sliced(mesh, Profile(f"{SLICER}:attack", SLICER, words), self.cache)
        except SlicerFailed as error:
            raise CannotAnalyse(str(error)) from error
        return read_back(gcode)


def slicer_attacks(cache: Path) -> tuple[Attack, ...]:
    """The rows of the table that need a slicer; none where it is not installed.

    In one pose each and 60 mm long: slicing is slower than everything else together.
    """
    if SLICERS[SLICER].version() is None:
        return ()
    around = {float(level): settings for level, (_, settings) in enumerate(AROUND)}
    words = {float(level): word for level, (word, _) in enumerate(AROUND)}
    # the plain job is a level of all three, and is sliced once
    return (
        _row("around", "Sliced at 60 mm, more printed around it", "", around, cache, words),
        _row("infill", "Sliced at 60 mm, by infill", "% infill", _infills(0, 10, 100), cache),
        _row("layers", "Sliced at 60 mm, by layers", "mm", _heights(0.15, 0.3, 0.4), cache),
    )


def _row(
    name: str,
    title: str,
    unit: str,
    settings: Mapping[float, Settings],
    cache: Path,
    words: Mapping[float, str] | None = None,
) -> Attack:
    return Attack(
        name, title, unit, tuple(settings), Sliced(settings, cache), None, words or {}, poses=1
    )


def _infills(*percents: float) -> dict[float, Settings]:
    """One direction of lines: their distance is their width / density; 0 is none at all."""
    return {
        percent: {"infill_line_distance": f"{100 * LINE_MM / percent:g}" if percent else "0"}
        for percent in percents
    }


def _heights(*heights_mm: float) -> dict[float, Settings]:
    return {
        height: {"layer_height": f"{height}", "layer_height_0": f"{height}"}
        for height in heights_mm
    }
