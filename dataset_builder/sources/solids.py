"""Every parametric model in one table, and the one function that draws from it.

`draw_solid(SOLIDS["mug"], rng)` gives a closed mesh in mm that stands for one of endless mugs. The
models are this project's own; none is a copy of a real object and none has an inside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from dataset_builder.geometry.mesh import Mesh
from dataset_builder.sources import (
    blade_shaped,
    everyday,
    figures,
    gun_shaped,
    hand_held,
    mechanical,
)
from dataset_builder.sources.labels import LABELS, Label
from dataset_builder.sources.primitives import Triangles, joined

Model = Callable[[np.random.Generator], list[Triangles]]
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


def draw_solid(solid: Solid, rng: np.random.Generator) -> Mesh:
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


g, b, h = gun_shaped, blade_shaped, hand_held
e, m, f = everyday, mechanical, figures
SOLIDS: dict[str, Solid] = _table([
    ("handgun-shaped", [g.pistol, g.compact_pistol, g.revolver, g.derringer, g.blaster]),
    ("long-gun-shaped", [g.rifle, g.submachine_gun, g.shotgun, g.bullpup]),
    ("blade-shaped", [b.knife, b.dagger, b.sword, b.sabre]),
    ("grenade-shaped", [b.round_grenade, b.ribbed_grenade, b.stick_grenade]),
    ("gripped-tool", [h.drill, h.glue_gun, h.hair_dryer, h.spray_head, h.barcode_scanner,
                      h.hose_nozzle]),
    ("hand-tool", [h.hammer, h.wrench, h.screwdriver, h.spatula, h.scoop, h.pliers,
                   h.torch_light]),
    ("bracket", [e.angle_bracket, e.shelf_bracket, e.clamp, e.mount_plate]),
    ("container", [e.mug, e.vase, e.bin_box, e.bottle]),
    ("gear", [m.spur_gear, m.pulley, m.rack]),
    ("household", [e.hook, e.knob, e.handle, e.hinge, e.phone_stand, e.key_tag, e.clip]),
    ("enclosure", [m.case, m.lid, m.closed_case]),
    ("fitting", [m.elbow, m.tee, m.duct, m.flange]),
    ("figure", [f.humanoid, f.animal, f.chess_piece, f.tree, f.blob, f.boat]),
    ("other", [f.assembly, f.cut_plate, f.letters, f.bent_bar, f.long_part, f.wheel_toy]),
])  # fmt: skip
"""Name -> model. The names of a label's models are what splits hold out."""
