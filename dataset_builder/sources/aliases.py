"""What other people call the folders that they sort their meshes into, in words of our list.

A folder called as a label, or as a row below, needs no labels file. Case, spaces and hyphens do
not count. A name that two collections use for two things ("other") is settled by a labels file.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from dataset_builder.sources.errors import UnknownLabel
from dataset_builder.sources.labels import LABEL_NAMES

_NAMES: Mapping[str, tuple[str, ...]] = {
    "handgun-shaped": ("handgun", "pistol", "revolver"),
    "long-gun-shaped": ("long_gun", "rifle", "shotgun", "submachine_gun"),
    "blade-shaped": ("blade", "knife", "dagger", "sword", "sabre"),
    "grenade-shaped": ("grenade",),
    "gripped-tool": ("hardneg_handheld_tool", "power_tool"),
    "hand-tool": ("tool",),
    "bracket": ("bracket_mount", "mount"),
    "container": ("vase_decor", "vase", "storage_bin", "box"),
    "gear": ("gears",),
    "household": ("handle_grip",),
    "enclosure": ("case_enclosure", "case"),
    "fitting": ("nozzle_duct", "adapter"),
    "figure": ("game_prop_nonweapon", "toy_game", "toy"),
    "other": ("calibration", "medical", "printer_part", "robot"),
    "other-weapon-shaped": ("axe", "bow", "crossbow", "mace", "launcher"),
}


def _plain(name: str) -> str:
    return name.strip().lower().replace("-", "_").replace(" ", "_")


ALIASES: Mapping[str, str] = {
    **{_plain(alias): label for label, aliases in _NAMES.items() for alias in aliases},
    **{_plain(label): label for label in LABEL_NAMES},
}
"""Plain name -> label; a label is its own alias."""


def label_of(
    names: Iterable[str], known: Collection[str], aliases: Mapping[str, str], where: str
) -> str:
    """The label that the first of *names* to mean anything stands for.

    aliases: the user's own, which win over ours. Raises UnknownLabel, saying *where*, when none of
    the names means one of the *known* labels.
    """
    names = list(names)
    own = {_plain(name): label for name, label in aliases.items()}
    for table in (own, ALIASES):
        for name in names:
            label = table.get(_plain(name))
            if label is not None and label in known:
                return label
            if label is not None and table is own:
                raise UnknownLabel(where, label, known)
    raise UnknownLabel(where, names[-1], known)
