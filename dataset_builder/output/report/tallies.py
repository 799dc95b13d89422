"""How many pictures of what: by label, by model, by route, on each side of each split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dataset_builder.output.partitions import SPLITS, TEST, TRAIN, Split
from dataset_builder.output.report.gathered import Gathered

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Bar(NamedTuple):
    """Pictures of one label or model; share: of the longest bar beside it, 0..1."""

    name: str
    pictures: int
    share: float
    weapon_shaped: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Cross:
    """counts: one row a label of *rows*, one column a route of *columns*."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Side:
    """One part of a split. labels: pictures of each label that occurs in the dataset."""

    part: str
    pictures: int
    models: int
    families: int
    sources: int
    routes: tuple[str, ...]
    labels: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Division:
    """A split and what lies on its sides."""

    split: Split
    sides: tuple[Side, Side]


def used_labels(gathered: Gathered) -> NDArray[np.int64]:
    """Numbers of the labels that occur, ascending."""
    return np.unique(gathered.label)


def by_label(gathered: Gathered, labels: Sequence[Mapping[str, Any]]) -> tuple[Bar, ...]:
    """Pictures of each label that occurs, with its models; *labels* as in the manifest."""
    bars = []
    counts = np.bincount(gathered.label, minlength=len(labels))
    for number in used_labels(gathered).tolist():
        models = len(np.unique(gathered.names["model"].code[gathered.label == number]))
        note = f"{models:,} model{'s' if models > 1 else ''}"
        bars.append(_bar(labels[number], labels[number]["name"], counts, number, note))
    return tuple(bars)


def by_model(gathered: Gathered, labels: Sequence[Mapping[str, Any]]) -> tuple[Bar, ...]:
    """Pictures of each model, label by label."""
    model = gathered.names["model"]
    counts = np.bincount(model.code, minlength=len(model.values))
    label_of = np.zeros(len(model.values), np.int64)
    label_of[model.code] = gathered.label
    return tuple(
        _bar(labels[label_of[number]], model.values[number], counts, number)
        for number in np.lexsort((np.arange(len(counts)), label_of)).tolist()
    )


def _bar(
    label: Mapping[str, Any], name: str, counts: NDArray[np.int64], number: int, note: str = ""
) -> Bar:
    count = int(counts[number])
    share = count / max(int(counts.max()), 1)
    return Bar(name, count, share, label["weapon_shaped"], note or label["name"])


def by_route(gathered: Gathered, labels: Sequence[str]) -> Cross:
    """Pictures of each label by each route."""
    route, used = gathered.names["route"], used_labels(gathered)
    counts = np.zeros((len(labels), len(route.values)), np.int64)
    np.add.at(counts, (gathered.label, route.code), 1)
    return Cross(
        tuple(labels[number] for number in used),
        route.values,
        tuple(tuple(counts[number].tolist()) for number in used),
    )


def divisions(gathered: Gathered) -> tuple[Division, ...]:
    """What each split puts where; of folds, the first is shown."""
    return tuple(
        Division(
            split,
            (
                _side(gathered, TRAIN, ~gathered.test[split.column]),
                _side(gathered, TEST, gathered.test[split.column]),
            ),
        )
        for split in SPLITS
    )


def _side(gathered: Gathered, part: str, mask: NDArray[np.bool_]) -> Side:
    def distinct(name: str) -> NDArray[np.int64]:
        return np.unique(gathered.names[name].code[mask])

    counts = np.bincount(gathered.label[mask], minlength=int(gathered.label.max()) + 1)
    routes = gathered.names["route"].values
    return Side(
        part,
        int(mask.sum()),
        len(distinct("model")),
        len(distinct("family")),
        len(distinct("source")),
        tuple(routes[code] for code in distinct("route")),
        tuple(counts[used_labels(gathered)].tolist()),
    )
