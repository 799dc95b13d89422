"""The weapon-shaped models: every outline a person should look at before it is printed.

Each is drawn as props are printed: at many sizes, cut flat, on stands (`props.forms`).
"""

from __future__ import annotations

from dataset_builder.sources import blade_shaped as blade
from dataset_builder.sources import gun_shaped as gun
from dataset_builder.sources import other_weapon_shaped as other_weapon
from dataset_builder.sources.model import Model, Rows
from dataset_builder.sources.props import (
    blades,
    blasters,
    bludgeons,
    bows,
    handguns,
    long_guns,
    polearms,
    space_rifles,
    throwables,
)
from dataset_builder.sources.props.forms import as_printed

_MODELS: dict[str, tuple[Model, ...]] = {
    "handgun-shaped": (
        *(gun.pistol, gun.compact_pistol, gun.revolver, gun.derringer, gun.blaster),
        *handguns.MODELS,
        *blasters.MODELS,
    ),
    "long-gun-shaped": (
        *(gun.rifle, gun.submachine_gun, gun.shotgun, gun.bullpup),
        *long_guns.MODELS,
        *space_rifles.MODELS,
    ),
    "blade-shaped": (blade.knife, blade.dagger, blade.sword, blade.sabre, *blades.MODELS),
    "grenade-shaped": (
        *(blade.round_grenade, blade.ribbed_grenade, blade.stick_grenade),
        *throwables.MODELS,
    ),
    "other-weapon-shaped": (
        *(other_weapon.axe, other_weapon.bow, other_weapon.mace, other_weapon.launcher),
        *polearms.MODELS,
        *bludgeons.MODELS,
        *bows.MODELS,
        throwables.stick_bundle,
    ),
}
MODELS: Rows = tuple((label, tuple(map(as_printed, models))) for label, models in _MODELS.items())
