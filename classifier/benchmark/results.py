"""Everything a benchmark found, as one document: what results.json holds and the page shows."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from classifier.benchmark.attack_slicer import NOT_INSTALLED, Sliced
from classifier.benchmark.attacks import UNTOUCHED, Attack
from classifier.benchmark.entrants import Entrant
from classifier.benchmark.marks import Json, Judged, marks
from classifier.benchmark.prints import Prints
from classifier.benchmark.protocols import PROTOCOLS, Curriculum
from classifier.benchmark.runner import ATTACKED_PROTOCOL, Run
from classifier.benchmark.siege import POSES, Siege
from classifier.metrics import Rate
from dataset_builder.output.dataset import MANIFEST, Dataset

if TYPE_CHECKING:
    from numpy.typing import NDArray

VERSION = 1  # of the document
DECIDING = ("printwarden", "numpy", "torch", "torchvision", "scikit-learn", "onnxruntime")
"""Packages whose versions may change a figure."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of whom: all that results are assembled from.

    options: of the command, as given. no_attacks: why there are none; "" when there are.
    """

    prints: Prints
    curriculum: Curriculum
    entrants: Sequence[Entrant]
    attacks: Sequence[Attack]
    siege: Siege
    no_attacks: str
    options: Mapping[str, Any]


def assemble(asked: Asked, run: Run, dataset: Dataset) -> Json:
    """The document. A protocol without prints of both kinds has no stops."""
    return {
        "version": VERSION,
        "created_with": _versions(),
        "dataset": _described(dataset),
        "budget": dict(asked.options) | {"prints_used": len(asked.prints)},
        "protocols": [
            asdict(protocol)
            | {
                "unavailable": asked.curriculum.unavailable.get(name),
                "networks": sum(name in lesson.exams for lesson in asked.curriculum.lessons),
            }
            for name, protocol in PROTOCOLS.items()
        ],
        "attacks": _attacks(asked),
        "contenders": [_contender(entrant, asked, run) for entrant in asked.entrants],
    }


def dataset_digest(folder: Path) -> str:
    """SHA-256 of the manifest, which holds those of all shards."""
    return sha256((folder / MANIFEST).read_bytes()).hexdigest()


def _described(dataset: Dataset) -> Json:
    said = ("name", "preset", "seed", "size_px", "frames", "kind", "counts")
    routes = [row["name"] for row in dataset.manifest["routes"]]
    digest = {"manifest_sha256": dataset_digest(dataset.folder)}
    return {key: dataset.manifest[key] for key in said} | {"routes": routes} | digest


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in DECIDING:
        try:
            found[package] = version(package)
        except PackageNotFoundError:  # an extra that is not installed decides nothing
            continue
    return found


def _contender(entrant: Entrant, asked: Asked, run: Run) -> Json:
    """One row: its marks by protocol, and its curves by attack."""
    lessons = asked.curriculum.lessons
    answers = [run[entrant.name, lesson.name] for lesson in lessons]
    exams = {
        name: [answer.exams[name] for answer in answers if name in answer.exams]
        for name in PROTOCOLS
        if name not in asked.curriculum.unavailable
    }
    found = {
        name: marks(Judged.pooled(said, asked.prints), int(asked.options["seed"]))
        for name, said in exams.items()
    }
    return {
        "name": entrant.name,
        "title": answers[0].title,
        "trained_elsewhere": entrant.trained_elsewhere,
        "parameters": max(answer.parameters for answer in answers),
        "fit_s": round(sum(answer.fit_s for answer in answers), 1),
        "marks": found,
        "attacks": _curves(
            {name: scores for answer in answers for name, scores in answer.attacked.items()},
            asked,
            found.get(ATTACKED_PROTOCOL, {}),
        ),
    }


def _attacks(asked: Asked) -> Json:
    plates = [plates_of(path) for paths in asked.siege.files.values() for path in paths]
    return {
        "none_because": asked.no_attacks or None,
        "threshold_from": ATTACKED_PROTOCOL,
        "poses": POSES,
        "without_slicer": None if _through_a_slicer(asked.attacks) else NOT_INSTALLED,
        "weapon_shaped": sum(found.weapon for found in plates),
        "everyday": sum(not found.weapon for found in plates),
        "left_out": dict(asked.siege.left_out),
        "rows": [
            {key: getattr(attack, key) for key in ("name", "title", "unit", "neutral")}
            for attack in asked.attacks
        ],
    }


def _through_a_slicer(attacks: Sequence[Attack]) -> bool:
    return any(isinstance(attack.plate, Sliced) for attack in attacks)


@dataclass(frozen=True, slots=True)
class Plates:
    """(P,) attack and level of the plates in one drawing, and whether its object is a weapon's."""

    attack: NDArray[np.str_]
    level: NDArray[np.float64]
    weapon: bool


def plates_of(path: Path) -> Plates:
    """Without reading the pictures."""
    from dataset_builder.sources.labels import LABELS

    with np.load(path, allow_pickle=False) as drawing:
        label = str(drawing["label"])
        weapon = next(row.weapon_shaped for row in LABELS if row.name == label)
        return Plates(drawing["attack"], drawing["level"], weapon)


def _curves(scores: Mapping[str, NDArray[np.float64]], asked: Asked, unattacked: Json) -> Json:
    """Attack -> points by level, at the 1 % threshold set on unattacked prints."""
    if not scores or "stops" not in unattacked:
        return {}
    threshold = unattacked["stops"][0]["threshold"]
    paths = [path for paths in asked.siege.files.values() for path in paths]
    drawn = [
        (plates_of(path), scores[path.stem] > threshold) for path in paths if path.stem in scores
    ]
    untouched = _point(drawn, UNTOUCHED.name, UNTOUCHED.levels[0])
    curves = {}
    for attack in asked.attacks:
        points = [
            _point(drawn, attack.name, level) | _named(attack, level) for level in attack.levels
        ]
        if attack.neutral is not None:
            points.append(untouched | _named(attack, attack.neutral))
        curves[attack.name] = sorted(points, key=lambda point: float(point["level"]))
    return curves


def _named(attack: Attack, level: float) -> Json:
    return {"level": level, "word": attack.words.get(level, f"{level:g}")}


def _point(drawn: Sequence[tuple[Plates, NDArray[np.bool_]]], attack: str, level: float) -> Json:
    """Recall and false stops over all plates of one level."""
    stopped: dict[bool, list[NDArray[np.bool_]]] = {
        True: [np.empty(0, bool)],
        False: [np.empty(0, bool)],
    }
    for plates, stops in drawn:
        stopped[plates.weapon].append(stops[(plates.attack == attack) & (plates.level == level)])
    return {
        "recall": Rate.among(np.concatenate(stopped[True])).to_json(),
        "false_stops": Rate.among(np.concatenate(stopped[False])).to_json(),
    }
