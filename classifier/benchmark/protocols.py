"""What a contender may learn from and what it is asked then: five protocols, honest ones first.

A lesson is one training; its exams may serve several protocols, and a protocol pools the exams of
all its lessons. The networks that hold models out are trained without the slicer profile held out
either, so that one set of networks answers for both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from classifier.benchmark.prints import Prints
from classifier.benchmark.stops import WEAPON_LABELS

if TYPE_CHECKING:
    from numpy.typing import NDArray

Folds = Literal["stored", "families"]
"""Hold models out by the folds that a dataset carries, or one family at a time."""


class NotAvailable(Exception):
    """A dataset cannot answer a protocol; the message says why."""


@dataclass(frozen=True, slots=True)
class Protocol:
    """A column of the table. memorising: what is asked was all but seen in training."""

    name: str
    title: str
    meaning: str
    memorising: bool = False


PROTOCOLS: Mapping[str, Protocol] = {
    row.name: row
    for row in (
        Protocol(
            "unseen-route",
            "Unseen model, unseen slicer profile",
            "No training print shows the design, nor the slicer profile of what is judged.",
        ),
        Protocol(
            "unseen-model",
            "Unseen model",
            "No training print shows the design that is judged; slicer profiles are known ones.",
        ),
        Protocol(
            "unseen-source",
            "Unseen source",
            "No training print comes from the repository that is judged.",
        ),
        Protocol(
            "unseen-orientation",
            "Unseen orientation",
            "The same models as in training, at roll angles that no training print has.",
        ),
        Protocol(
            "random",
            "Random pictures",
            "Pictures dealt at random: the same models in all but the same poses as in training. "
            "This is what is usually published, and it measures memory.",
            memorising=True,
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Lesson:
    """learn: (N, 3) bool, the planes to learn from. exams: by protocol, (N, 3) bool, the planes to
    judge by; a print without any is not asked. holds_out: families that no plane of *learn* shows.
    """

    name: str
    learn: NDArray[np.bool_]
    exams: Mapping[str, NDArray[np.bool_]]
    holds_out: frozenset[str]


@dataclass(frozen=True, slots=True)
class Curriculum:
    """All lessons of a benchmark, and for protocols without one, why: name -> reason."""

    lessons: tuple[Lesson, ...]
    unavailable: Mapping[str, str]


def curriculum(prints: Prints, *, folds: Folds = "stored") -> Curriculum:
    """The lessons that *prints* have an answer for."""
    lessons: list[Lesson] = []
    unavailable: dict[str, str] = {}
    for name, plan in _PLANS.items():
        try:
            lessons += plan(prints, folds)
        except NotAvailable as reason:
            unavailable[name] = str(reason)
    asked = {name for lesson in lessons for name in lesson.exams}
    if "unseen-route" not in asked and "unseen-route" not in unavailable:
        unavailable["unseen-route"] = unavailable.get(
            "unseen-model", "no slicer profile is held out, or none of its prints is in the sample"
        )
    return Curriculum(tuple(lessons), unavailable)


def _models(prints: Prints, folds: Folds) -> list[Lesson]:
    if folds == "families":
        fold = np.unique(prints.family, return_inverse=True)[1]
    else:
        fold = prints.fold["model"]
    route = prints.test["route"].any(axis=1)
    return [
        _lesson(
            prints,
            f"model-{index}",
            _all_planes((fold != index) & ~route),
            {
                "unseen-model": _all_planes((fold == index) & ~route),
                "unseen-route": _all_planes((fold == index) & route),
            },
        )
        for index in _several(fold, "models")
    ]


def _sources(prints: Prints, _: Folds) -> list[Lesson]:
    weapon = WEAPON_LABELS[prints.label]
    both = set(prints.source[weapon]) & set(prints.source[~weapon])
    if len(both) < 2:
        raise NotAvailable(
            f"needs two sources with weapon-shaped and everyday prints each, and has {len(both)}"
        )
    fold = prints.fold["source"]
    return [
        _lesson(
            prints,
            f"source-{index}",
            _all_planes(fold != index),
            {"unseen-source": _all_planes(fold == index)},
        )
        for index in _several(fold, "sources")
    ]


def _split(split: str, protocol: str) -> Callable[[Prints, Folds], list[Lesson]]:
    """One lesson, from a split that the dataset carries for each plane of each print."""

    def plan(prints: Prints, _: Folds) -> list[Lesson]:
        test = prints.test[split]
        lesson = _lesson(prints, split, ~test, {protocol: test})
        if not lesson.exams:
            raise NotAvailable(f"the dataset's {split} split holds nothing out")
        return [lesson]

    return plan


_PLANS: Mapping[str, Callable[[Prints, Folds], list[Lesson]]] = {
    "unseen-model": _models,
    "unseen-source": _sources,
    "unseen-orientation": _split("orientation", "unseen-orientation"),
    "random": _split("random", "random"),
}


def _lesson(
    prints: Prints,
    name: str,
    learn: NDArray[np.bool_],
    exams: Mapping[str, NDArray[np.bool_]],
) -> Lesson:
    """Exams that ask nothing are left out. Raises NotAvailable when there is one kind to learn."""
    taught = learn.any(axis=1)
    if len(np.unique(WEAPON_LABELS[prints.label[taught]])) < 2:
        raise NotAvailable(f"{name} would leave only one kind of print to learn from")
    return Lesson(
        name=name,
        learn=learn,
        exams={protocol: planes for protocol, planes in exams.items() if planes.any()},
        holds_out=frozenset(np.setdiff1d(prints.family, prints.family[taught]).tolist()),
    )


def _several(fold: NDArray[np.int64], what: str) -> list[int]:
    indices: list[int] = np.unique(fold).tolist()
    if len(indices) < 2:
        raise NotAvailable(f"all {what} are in one fold, so that none can be held out")
    return indices


def _all_planes(rows: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.repeat(rows[:, None], 3, axis=1)
