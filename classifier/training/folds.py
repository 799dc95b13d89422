"""What is held out together, so that a network is judged on what it has seen nothing of.

Mesh files are held out by source, and sources that have a family in common (the same shape in two
repositories) or a maker of weapon-shaped things (an artist's style) go together. Parametric models
are held out one family at a time, those of a label dealt round.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from classifier.training.examples import PARAMETRIC
from dataset_builder.sources.folder import UNKNOWN
from dataset_builder.sources.labels import LABEL_NAMES
from dataset_builder.sources.origin import Origin


def folds_of(origins: Sequence[Origin], folds: int) -> NDArray[np.int64]:
    """(origins,) the fold that holds each of them out."""
    by_family, by_group = _parametric(origins, folds), _meshes(origins, folds)
    return np.array([
        by_family[origin.family] if origin.kind == PARAMETRIC else by_group[origin.source]
        for origin in origins
    ])  # fmt: skip


def source_groups(origins: Sequence[Origin]) -> dict[str, str]:
    """Source -> the first source of its group, for the mesh files among *origins*."""
    leader: dict[str, str] = {}

    def led(source: str) -> str:
        while (above := leader.get(source, source)) != source:
            source = above
        return source

    first: dict[tuple[str, str], str] = {}
    meshes = [origin for origin in origins if origin.kind != PARAMETRIC]
    for origin in meshes:
        for tie in _ties(origin):
            one, other = led(first.setdefault(tie, origin.source)), led(origin.source)
            if one != other:
                leader[max(one, other)] = min(one, other)
    return {origin.source: led(origin.source) for origin in meshes}


def _ties(origin: Origin) -> Iterator[tuple[str, str]]:
    """What binds the origin's source to every other source that has the same."""
    yield ("family", origin.family)
    if origin.weapon_shaped and origin.credit != UNKNOWN:
        yield ("maker", origin.credit)


def _parametric(origins: Sequence[Origin], folds: int) -> dict[str, int]:
    dealt: dict[str, int] = defaultdict(int)
    found: dict[str, int] = {}
    for origin in origins:
        if origin.kind == PARAMETRIC and origin.family not in found:
            # start each label elsewhere, so that folds get models of about equal number
            start = LABEL_NAMES.index(origin.label)
            found[origin.family] = (start + dealt[origin.label]) % folds
            dealt[origin.label] += 1
    return found


def _meshes(origins: Sequence[Origin], folds: int) -> dict[str, int]:
    """Source -> fold: large groups first, each to the fold that has least of their kind."""
    group_of = source_groups(origins)
    sizes: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for origin in origins:
        if origin.kind != PARAMETRIC:
            sizes[group_of[origin.source]][origin.weapon_shaped] += 1
    filled = [[0, 0] for _ in range(folds)]
    fold_of: dict[str, int] = {}
    # groups with weapon-shaped things come first: they are few and decide most
    for group in sorted(sizes, key=lambda name: (-sizes[name][1], -sizes[name][0], name)):
        kind = int(sizes[group][1] > 0)
        fold = min(range(folds), key=lambda number: (filled[number][kind], number))
        fold_of[group] = fold
        for side in (0, 1):
            filled[fold][side] += sizes[group][side]
    return {source: fold_of[group] for source, group in group_of.items()}
