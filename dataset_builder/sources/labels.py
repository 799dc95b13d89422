"""The closed list of what a shape may be called: outlines that are seen, never a purpose."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Label:
    """A row of the list. weapon_shaped: a person should look before it is printed."""

    name: str
    weapon_shaped: bool
    meaning: str


LABELS: tuple[Label, ...] = (
    Label("handgun-shaped", True, "outline of a pistol, revolver or pocket gun"),
    Label("long-gun-shaped", True, "outline of a rifle, shotgun or submachine gun"),
    Label("blade-shaped", True, "outline of a knife, dagger, sword or sabre"),
    Label("grenade-shaped", True, "outline of a hand or stick grenade"),
    Label("gripped-tool", False, "a body on a raked grip: drill, glue gun, hair dryer, spray head"),
    Label("hand-tool", False, "hammer, wrench, screwdriver, spatula, scoop, pliers, torch"),
    Label("bracket", False, "angle, shelf bracket, clamp, mounting plate"),
    Label("container", False, "mug, vase, box, bottle"),
    Label("gear", False, "gear, pulley, rack"),
    Label("household", False, "hook, knob, handle, hinge, stand, key, clip"),
    Label("enclosure", False, "case, lid, closed housing"),
    Label("fitting", False, "elbow, tee, duct, flange"),
    Label("figure", False, "person, animal, game piece, tree, rock, vehicle"),
    Label("other", False, "none of these: assemblies, plates, frames, profiles, rings"),
    Label("other-weapon-shaped", True, "outline of an axe, bow, crossbow, mace or launcher"),
)
"""Order is the order of a network's outputs: append, never insert."""

LABEL_NAMES: tuple[str, ...] = tuple(label.name for label in LABELS)
