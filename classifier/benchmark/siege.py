"""Which objects are attacked, and all plates of each, drawn once for all contenders.

A plate is decided by (seed, object, attack, level, number) alone; the count of workers changes
nothing, and what an interrupted run has drawn is found again.
"""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from classifier.benchmark.answers import load_arrays
from classifier.benchmark.attacked import Drawing, save_plates
from classifier.benchmark.attacks import ATTACKS, UNTOUCHED, Attack
from classifier.benchmark.prints import Prints
from dataset_builder.errors import ReadError
from dataset_builder.geometry.layers import Layers
from dataset_builder.geometry.mesh import Mesh
from dataset_builder.render.rotations import rotated
from dataset_builder.sources.loading import load_mesh
from dataset_builder.sources.origin import Origin
from dataset_builder.terminal import Progress
from dataset_builder.workers import end_with_parent

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_OBJECTS = 24  # attacked, about half of them weapon-shaped
POSES = 4  # of each object, out of those that the dataset shows it in
FORMAT = 1  # of the drawings; a change makes all of them anew


@dataclass(frozen=True, slots=True)
class Victim:
    """An object to be attacked, and (POSES, 3, 3) the poses that it is attacked in."""

    origin: Origin
    rotations: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Siege:
    """files: family -> drawings. left_out: objects that could not be attacked, with reasons."""

    files: Mapping[str, tuple[Path, ...]]
    left_out: Mapping[str, str]


def victims(origins: Iterable[Origin], prints: Prints, seed: int) -> list[Victim]:
    """At most MOST_OBJECTS of the *origins* whose family is printed, spread over families.

    Both kinds get half of the places; families take turns.
    """
    rng = np.random.default_rng(seed)
    queues: dict[bool, dict[str, list[Origin]]] = {
        True: defaultdict(list),
        False: defaultdict(list),
    }
    for origin in origins:
        queues[origin.weapon_shaped][origin.family].append(origin)
    chosen: list[Victim] = []
    for families in queues.values():
        taken = [origin for origin in _in_turns(families) if (prints.family == origin.family).any()]
        for origin in taken[: MOST_OBJECTS // 2]:
            rows = np.flatnonzero(prints.family == origin.family)
            chosen.append(Victim(origin, prints.rotation[rng.choice(rows, POSES)]))
    return chosen


def _in_turns(families: Mapping[str, Sequence[Origin]]) -> Iterator[Origin]:
    longest = max((len(members) for members in families.values()), default=0)
    for turn in range(longest):
        for members in families.values():
            if turn < len(members):
                yield members[turn]


def lay_siege(
    chosen: Sequence[Victim],
    drawing: Drawing,
    *,
    seed: int,
    folder: Path,
    workers: int,
    progress: Progress,
    attacks: Sequence[Attack] = ATTACKS,
) -> Siege:
    """Draw all *attacks* on all objects into *folder*/attacked."""
    tasks = [
        _Task(victim, drawing, seed, tuple(attacks), _path(victim, drawing, seed, attacks, folder))
        for victim in chosen
    ]
    advance = progress("Attacking", len(tasks))
    files: dict[str, list[Path]] = defaultdict(list)
    left_out = {}
    for task, reason in zip(tasks, _drawn(tasks, workers), strict=True):
        if reason:
            left_out[task.victim.origin.name] = reason
        else:
            files[task.victim.origin.family].append(task.path)
        advance(1)
    return Siege({family: tuple(paths) for family, paths in files.items()}, left_out)


@dataclass(frozen=True, slots=True)
class _Task:
    victim: Victim
    drawing: Drawing
    seed: int
    attacks: tuple[Attack, ...]
    path: Path


def _path(
    victim: Victim, drawing: Drawing, seed: int, attacks: Sequence[Attack], folder: Path
) -> Path:
    """Named by all that decides the drawing."""
    decides = {
        "format": FORMAT,
        "origin": victim.origin.sha256,
        "rotations": victim.rotations.tolist(),
        "drawing": asdict(drawing),
        "seed": seed,
        "attacks": [[attack.name, *attack.levels] for attack in attacks],
    }
    digest = sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()[:16]
    return folder / "attacked" / f"{victim.origin.name.replace('/', '-')}-{digest}.npz"


def _drawn(tasks: Sequence[_Task], workers: int) -> Iterator[str]:
    if workers <= 1:
        yield from map(_draw, tasks)
        return
    with ProcessPoolExecutor(workers, get_context("spawn"), end_with_parent) as pool:
        yield from pool.map(_draw, tasks)


def _draw(task: _Task) -> str:
    """Why nothing could be drawn; "" when the file is there."""
    if load_arrays(task.path) is not None:
        return ""
    origin = task.victim.origin
    try:
        mesh = load_mesh(origin)
    except (ReadError, OSError, ValueError) as error:
        return str(error)
    plates = list(_plates(mesh, task))
    if not plates:
        return "no attack left anything to print"
    save_plates(task.path, origin, plates, task.drawing)
    return ""


def _plates(mesh: Mesh, task: _Task) -> Iterator[tuple[str, float, Layers]]:
    """A plate that cannot be made, as one of nothing, is left out: its level has one less."""
    name = zlib.crc32(task.victim.origin.name.encode())
    for number, rotation in enumerate(task.victim.rotations):
        posed = rotated(mesh, rotation)
        for attack in (UNTOUCHED, *task.attacks):
            if number >= attack.poses:
                continue
            for step, level in enumerate(attack.levels):
                words = [task.seed, name, number, zlib.crc32(attack.name.encode()), step]
                try:
                    yield (
                        attack.name,
                        level,
                        attack.plate(np.random.default_rng(words), posed, level),
                    )
                except ReadError:
                    continue
