"""The weapon-shaped models: every outline a person should look at before it is printed."""

from __future__ import annotations

from dataset_builder.sources import blade_shaped as blade
from dataset_builder.sources import gun_shaped as gun
from dataset_builder.sources import other_weapon_shaped as other_weapon
from dataset_builder.sources.model import Rows

MODELS: Rows = (
    (
        "handgun-shaped",
        (gun.pistol, gun.compact_pistol, gun.revolver, gun.derringer, gun.blaster),
    ),
    ("long-gun-shaped", (gun.rifle, gun.submachine_gun, gun.shotgun, gun.bullpup)),
    ("blade-shaped", (blade.knife, blade.dagger, blade.sword, blade.sabre)),
    ("grenade-shaped", (blade.round_grenade, blade.ribbed_grenade, blade.stick_grenade)),
    (
        "other-weapon-shaped",
        (other_weapon.axe, other_weapon.bow, other_weapon.mace, other_weapon.launcher),
    ),
)
