"""Which pictures may be trained on: five ways to part a dataset, from easy to honest.

Every rule looks at names and angles alone, so a picture's part does not depend on what else is in
the dataset, on its order or on the number of workers; folds do depend on which families there are.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence

from dataset_builder.output.partitions import TEST, TRAIN
from dataset_builder.sources.origin import Origin

TEST_EVERY = 5  # one picture in five
ROLL_SECTORS, HELD_OUT_SECTORS = 12, frozenset({0, 3, 6, 9})
"""Sectors of 30 degrees, the first about 0; 0, 90, 180 and 270 degrees are held out.

All four quarter turns or none: what one plane shows at a roll of r, another shows at r + 90, so any
other choice lets three test pictures in four have a twin among the training pictures.
"""
FOLDS = 3


def random_split(picture: str) -> str:
    """By the picture's name: its neighbours, half a turn of a screw away, are in the other part."""
    return TEST if zlib.crc32(picture.encode()) % TEST_EVERY == 0 else TRAIN


def orientation_split(roll_deg: float) -> str:
    """By whole roll angles."""
    width = 360.0 / ROLL_SECTORS
    sector = int((roll_deg % 360.0 + width / 2) // width) % ROLL_SECTORS
    return TEST if sector in HELD_OUT_SECTORS else TRAIN


def route_split(route: str, routes: Sequence[str]) -> str:
    """The last of several routes is held out."""
    return TEST if len(routes) > 1 and route == routes[-1] else TRAIN


def model_folds(origins: Iterable[Origin]) -> dict[str, int]:
    """Family -> the fold that holds it out; the families of a label are dealt round.

    Each label begins elsewhere, so that folds are of about equal size.
    """
    families: dict[str, list[str]] = defaultdict(list)
    for origin in origins:
        if origin.family not in families[origin.label]:
            families[origin.label].append(origin.family)
    return {
        family: (start + place) % FOLDS
        for start, label in enumerate(sorted(families))
        for place, family in enumerate(sorted(families[label]))
    }


def source_folds(origins: Sequence[Origin]) -> dict[str, int]:
    """Source -> the fold that holds it out: large ones first, each to the emptiest fold.

    Weapon-shaped and everyday objects are balanced apart, so that each fold can be judged on both.
    """
    sizes: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for origin in origins:
        sizes[origin.source][origin.weapon_shaped] += 1
    folds: dict[str, int] = {}
    filled = [[0, 0] for _ in range(FOLDS)]
    for source in sorted(sizes, key=lambda name: (-sum(sizes[name]), name)):
        kind = int(sizes[source][1] > 0)  # rare in everyday sources, so it decides
        fold = min(range(FOLDS), key=lambda number: (filled[number][kind], number))
        folds[source] = fold
        for group in (0, 1):
            filled[fold][group] += sizes[source][group]
    return folds
