"""Every parametric model in one table, and the one function that draws from it.

`draw_solid(SOLIDS["mug"], rng)` gives a closed mesh in mm that stands for one of endless mugs. The
models are this project's own; none is a copy of a real object and none has an inside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from dataset_builder.geometry.mesh import Mesh
from dataset_builder.sources import blade_shaped as blade
from dataset_builder.sources import everyday, figures
from dataset_builder.sources import gun_shaped as gun
from dataset_builder.sources import hand_held as hand
from dataset_builder.sources import mechanical as machine
from dataset_builder.sources import other_weapon_shaped as other_weapon
from dataset_builder.sources.labels import LABELS, Label
from dataset_builder.sources.primitives import Draw, Shells, joined

Model = Callable[[Draw], Shells]
SCALE_SPREAD = 0.18
"""Standard deviation of the logarithm of a draw's size: things are printed larger and smaller."""
STRETCH = 0.12
"""A draw is stretched along each axis by up to this share."""


@dataclass(frozen=True, slots=True)
class Solid:
    """One model: its name, what its outline is called, and how to draw one."""

    name: str
    label: Label
    model: Model


def draw_solid(solid: Solid, rng: Draw) -> Mesh:
    """One random member of *solid*'s family; the same generator state gives the same mesh.

    Overlapping shells are not united: fill by winding number, as slicers do. Half of all draws
    are mirrored.
    """
    corners = joined(solid.model(rng))
    size = np.exp(rng.normal(0.0, SCALE_SPREAD)) * rng.uniform(1 - STRETCH, 1 + STRETCH, 3)
    if rng.random() < 0.5:
        corners = (corners * (1.0, -1.0, 1.0))[:, ::-1]  # the order of corners keeps it outwards
    return Mesh(corners * size, watertight=True)


def _table(rows: Iterable[tuple[str, Iterable[Model]]]) -> dict[str, Solid]:
    labels = {label.name: label for label in LABELS}
    solids: dict[str, Solid] = {}
    for label, models in rows:
        for model in models:
            name = model.__name__
            if name in solids:
                raise ValueError(f"two models are called {name!r}")
            solids[name] = Solid(name, labels[label], model)
    return solids


SOLIDS: dict[str, Solid] = _table(
    [
        (
            "handgun-shaped",
            [gun.pistol, gun.compact_pistol, gun.revolver, gun.derringer, gun.blaster],
        ),
        ("long-gun-shaped", [gun.rifle, gun.submachine_gun, gun.shotgun, gun.bullpup]),
        ("blade-shaped", [blade.knife, blade.dagger, blade.sword, blade.sabre]),
        ("grenade-shaped", [blade.round_grenade, blade.ribbed_grenade, blade.stick_grenade]),
        (
            "gripped-tool",
            [
                hand.drill,
                hand.glue_gun,
                hand.hair_dryer,
                hand.spray_head,
                hand.barcode_scanner,
                hand.hose_nozzle,
            ],
        ),
        (
            "hand-tool",
            [
                hand.hammer,
                hand.wrench,
                hand.screwdriver,
                hand.spatula,
                hand.scoop,
                hand.pliers,
                hand.torch_light,
            ],
        ),
        (
            "bracket",
            [everyday.angle_bracket, everyday.shelf_bracket, everyday.clamp, everyday.mount_plate],
        ),
        ("container", [everyday.mug, everyday.vase, everyday.bin_box, everyday.bottle]),
        ("gear", [machine.spur_gear, machine.pulley, machine.rack]),
        (
            "household",
            [
                everyday.hook,
                everyday.knob,
                everyday.handle,
                everyday.hinge,
                everyday.phone_stand,
                everyday.key_tag,
                everyday.clip,
            ],
        ),
        ("enclosure", [machine.case, machine.lid, machine.closed_case]),
        ("fitting", [machine.elbow, machine.tee, machine.duct, machine.flange]),
        (
            "figure",
            [
                figures.humanoid,
                figures.animal,
                figures.chess_piece,
                figures.tree,
                figures.blob,
                figures.boat,
            ],
        ),
        (
            "other",
            [
                figures.assembly,
                figures.cut_plate,
                figures.letters,
                figures.bent_bar,
                figures.long_part,
                figures.wheel_toy,
            ],
        ),
        (
            "other-weapon-shaped",
            [other_weapon.axe, other_weapon.bow, other_weapon.mace, other_weapon.launcher],
        ),
    ]
)
"""Name -> model. The names of a label's models are what splits hold out."""
