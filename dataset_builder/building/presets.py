"""What `printwarden dataset build --preset` offers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from dataset_builder.building.poses import PoseGrid, RandomPoses

MESH = "mesh"
"""The route that cuts a mesh into layers itself."""
GCODE = "gcode"
"""The route of a job that was G-code when it was given."""
CURA = ("cura:draft", "cura:standard", "cura:solid")
"""CuraEngine repeats its output to the last byte, PrusaSlicer does not."""

C3PO_MODELS: Mapping[str, tuple[str, ...]] = {
    "handgun-shaped": ("pistol", "revolver", "blaster"),
    "long-gun-shaped": ("rifle", "shotgun", "bullpup"),
    "blade-shaped": ("knife", "sword"),
    "grenade-shaped": ("round_grenade", "stick_grenade"),
    "gripped-tool": ("drill", "glue_gun"),
    "hand-tool": ("hammer", "wrench"),
    "bracket": ("angle_bracket", "clamp"),
    "container": ("mug", "vase"),
    "gear": ("spur_gear", "pulley"),
    "figure": ("humanoid", "chess_piece"),
}
"""22 models in 10 labels, as many as the published set has."""


@dataclass(frozen=True, slots=True)
class Preset:
    """models: by name, or () for every parametric model. draws: members of each model's family.

    deal "pose": every object goes by every route, each of its poses by one of them. deal "origin":
    an object goes by one route. frames: of each sequence. jobs_a_shard: some seconds
    of work, which is what a kill may cost. labels: those allowed, or () for all.
    """

    help: str
    models: tuple[str, ...]
    draws: int
    poses: PoseGrid | RandomPoses
    routes: tuple[str, ...] = (MESH,)
    deal: Literal["pose", "origin"] = "pose"
    frames: int = 11
    size_px: int = 28
    jobs_a_shard: int = 252
    labels: tuple[str, ...] = ()


PRESETS: Mapping[str, Preset] = {
    "smoke": Preset(
        "a few seconds: 6 models, 24 poses",
        models=("pistol", "rifle", "knife", "drill", "mug", "spur_gear"),
        draws=1,
        poses=PoseGrid(4, 3, 2),
        frames=5,
        jobs_a_shard=36,
    ),
    "c3po": Preset(
        "both published subsets at their size: 22 models, 10 labels, 1,008 poses",
        models=tuple(model for models in C3PO_MODELS.values() for model in models),
        draws=1,
        poses=PoseGrid(12, 7, 12),
        routes=(MESH, *CURA),
        labels=tuple(C3PO_MODELS),
    ),
    "detector": Preset(
        "many members of every family in few poses, larger pictures: to train on",
        models=(),
        draws=40,
        poses=RandomPoses(8),
        deal="origin",
        frames=5,
        size_px=64,
    ),
}
"""Name -> what it builds. 12 x 7 x 12 poses: at least six steps an axis, as the original had."""
