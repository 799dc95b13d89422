"""A dataset and a budget -> results, saved as JSON and as a page."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from classifier.benchmark.attacked import Drawing
from classifier.benchmark.attacks import Attack
from classifier.benchmark.entrants import Entrant
from classifier.benchmark.marks import Json
from classifier.benchmark.page import page
from classifier.benchmark.prints import Prints
from classifier.benchmark.protocols import Curriculum, Folds, curriculum
from classifier.benchmark.results import Asked, assemble, dataset_digest
from classifier.benchmark.runner import Budget, Stage, run_lessons
from classifier.benchmark.siege import Siege, lay_siege, victims
from dataset_builder.output.dataset import Dataset, open_dataset
from dataset_builder.output.files import file_sha256
from dataset_builder.sources.origin import Origin
from dataset_builder.terminal import Progress

RESULTS, PAGE = "results.json", "benchmark.html"


@dataclass(frozen=True, slots=True)
class Study:
    """What decides a benchmark beside the entrants; most: None for all jobs of the dataset.

    sources: folders where the files of objects lie that are not parametric, to attack them.
    """

    data: Path
    most: int | None
    steps: int
    seed: int
    folds: Folds
    attacks: Sequence[Attack] = ()
    sources: Sequence[Path] = ()

    def options(self) -> dict[str, Any]:
        """As results state them."""
        return {"prints": self.most, "steps": self.steps, "seed": self.seed, "folds": self.folds}


def benchmark(
    study: Study,
    entrants: Sequence[Entrant],
    *,
    folder: Path,
    workers: int,
    commands: Sequence[str],
    progress: Progress,
) -> Json:
    """Measure *entrants*, write results.json and benchmark.html into *folder*, return the results.

    commands: that make these results again. Raises DatasetError for an unusable dataset.
    """
    from classifier.load_prints import load_prints

    dataset = open_dataset(study.data)
    prints = load_prints(study.data, most=study.most, seed=study.seed)
    lessons = curriculum(prints, folds=study.folds)
    siege = _besieged(study, dataset, prints, lessons, folder, workers, progress)
    data = f"{dataset_digest(study.data)} {study.most} {study.seed}"
    stage = Stage(prints, Budget(study.steps, study.seed, data), siege.files)
    run = run_lessons(
        entrants, lessons.lessons, stage, folder=folder, workers=workers, progress=progress
    )
    asked = Asked(
        prints=prints,
        curriculum=lessons,
        entrants=entrants,
        attacks=study.attacks if siege.files else (),
        siege=siege,
        no_attacks=_why_none(study, siege),
        options=study.options() | {"commands": list(commands)},
    )
    results = assemble(asked, run, dataset)
    write_results(results, folder)
    return results


def write_results(results: Mapping[str, Any], folder: Path) -> None:
    """results.json and benchmark.html in *folder*."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(results, indent=1, allow_nan=False)
    (folder / RESULTS).write_text(text + "\n", encoding="utf-8", newline="\n")
    (folder / PAGE).write_text(page(dict(results)), encoding="utf-8", newline="\n")


def _besieged(
    study: Study,
    dataset: Dataset,
    prints: Prints,
    lessons: Curriculum,
    folder: Path,
    workers: int,
    progress: Progress,
) -> Siege:
    """The drawings of all attacks; none where no network holds a family out."""
    if not study.attacks or "unseen-model" in lessons.unavailable:
        return Siege({}, {})
    said = dataset.manifest
    return lay_siege(
        victims(_origins(said["origins"], study.sources), prints, study.seed),
        Drawing(said["frames"], said["size_px"], said["kind"]),
        seed=study.seed,
        folder=folder,
        workers=workers,
        progress=progress,
        attacks=study.attacks,
    )


def _origins(rows: Sequence[Mapping[str, Any]], sources: Sequence[Path]) -> Iterator[Origin]:
    """Origins that can be loaded again; a file is known by its name, and proven by its digest."""
    named: dict[str, list[Path]] = defaultdict(list)
    for source in sources:
        for path in sorted(source.rglob("*")):
            named[path.name].append(path)
    for row in rows:
        origin = Origin(**{name: row[name] for name in Origin.__slots__ if name in row})
        if origin.kind == "parametric":
            yield origin
        for path in named[origin.location]:
            if file_sha256(path) == origin.sha256:
                yield replace(origin, location=str(path))
                break


def _why_none(study: Study, siege: Siege) -> str:
    if not study.attacks:
        return "they were not asked for (--no-attacks)"
    return "" if siege.files else "no object of the dataset could be drawn again from its origin"
