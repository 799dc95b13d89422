"""Every entrant through every lesson, in this process or in several, resumable.

Each (entrant, lesson) is one file below *folder*/answers, named by all that decides it. Whoever
starts the same run again finds those files and goes on.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from classifier.benchmark.answers import Answers, Exam, load_answers, save_answers
from classifier.benchmark.attacked import load_attacked, plate_scores
from classifier.benchmark.entrants import Entrant
from classifier.benchmark.prints import Contender, Prints
from classifier.benchmark.protocols import Lesson
from dataset_builder.terminal import Progress
from dataset_builder.workers import end_with_parent

if TYPE_CHECKING:
    from numpy.typing import NDArray

GROWN = 200  # prints of an exam shown as they grow: K pictures each
ATTACKED_PROTOCOL = "unseen-model"  # whose networks never saw the family that is attacked
FORMAT = 1  # of the answers; a change makes all of them anew


@dataclass(frozen=True, slots=True)
class Budget:
    """steps and seed of each training; data: what decides the prints, in words."""

    steps: int
    seed: int
    data: str


@dataclass(frozen=True, slots=True)
class Stage:
    """All that lessons share. attacked: family -> files of `attacked.render_attacked`."""

    prints: Prints
    budget: Budget
    attacked: Mapping[str, Sequence[Path]] = field(default_factory=dict)


Run = dict[tuple[str, str], Answers]
"""(entrant, lesson) -> what was said."""


def run_lessons(
    entrants: Sequence[Entrant],
    lessons: Sequence[Lesson],
    stage: Stage,
    *,
    folder: Path,
    workers: int,
    progress: Progress,
) -> Run:
    """Answers of all *entrants* in all *lessons*; those in *folder* are not made again."""
    pairs = [(entrant, lesson) for entrant in entrants for lesson in lessons]
    paths = [folder / "answers" / f"{_key(*pair, stage)}.npz" for pair in pairs]
    found = [load_answers(path) for path in paths]
    tasks = [
        _Task(entrant, lesson, path)
        for (entrant, lesson), path, known in zip(pairs, paths, found, strict=True)
        if known is None
    ]
    steps = stage.budget.steps
    advance = progress("Training and judging", steps * len(tasks))
    made = _in_processes if workers > 1 and len(tasks) > 1 else _in_this_process
    fresh = dict(made(tasks, stage, workers, advance))
    return {
        (entrant.name, lesson.name): known or fresh[path]
        for (entrant, lesson), path, known in zip(pairs, paths, found, strict=True)
    }


@dataclass(frozen=True, slots=True)
class _Task:
    entrant: Entrant
    lesson: Lesson
    path: Path


def _key(entrant: Entrant, lesson: Lesson, stage: Stage) -> str:
    """SHA-256 of what decides an answer."""
    masks = {"learn": lesson.learn, **lesson.exams}
    decides = {
        "format": FORMAT,
        "entrant": entrant.identity,
        "lesson": lesson.name,
        "masks": {name: sha256(mask.tobytes()).hexdigest() for name, mask in masks.items()},
        "steps": stage.budget.steps,
        "seed": stage.budget.seed,
        "data": stage.budget.data,
        "attacked": [path.name for path in _attacked_in(lesson, stage)],
    }
    return sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()[:32]


def _attacked_in(lesson: Lesson, stage: Stage) -> list[Path]:
    if ATTACKED_PROTOCOL not in lesson.exams:
        return []
    return [path for family in sorted(lesson.holds_out) for path in stage.attacked.get(family, ())]


def _in_this_process(
    tasks: Sequence[_Task], stage: Stage, _: int, advance: Callable[[int], None]
) -> Iterator[tuple[Path, Answers]]:
    _one_thread()
    for task in tasks:
        told = 0

        def on_step() -> None:
            nonlocal told
            told += 1
            advance(1)

        yield task.path, _answer(task, stage, on_step)
        advance(stage.budget.steps - told)


def _in_processes(
    tasks: Sequence[_Task], stage: Stage, workers: int, advance: Callable[[int], None]
) -> Iterator[tuple[Path, Answers]]:
    # spawn: forking a process that has loaded torch can deadlock in its thread pool
    pool = ProcessPoolExecutor(
        min(workers, len(tasks)), get_context("spawn"), _prepare_worker, (stage,)
    )
    try:
        paths = {pool.submit(_answer_in_worker, task): task.path for task in tasks}
        for future in as_completed(paths):
            yield paths[future], future.result()
            advance(stage.budget.steps)
    finally:
        pool.shutdown(cancel_futures=True)  # after Ctrl-C, what has not begun never does


_stages: list[Stage] = []
"""The one that a worker process was started with."""


def _prepare_worker(stage: Stage) -> None:
    end_with_parent()
    _one_thread()
    _stages[:] = [stage]


def _one_thread() -> None:
    """Sums in another order are other sums: one thread gives the same with any number of workers.

    torch reads the variable when it is loaded; it may have been.
    """
    os.environ["OMP_NUM_THREADS"] = "1"
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


def _answer_in_worker(task: _Task) -> Answers:
    return _answer(task, _stages[0], lambda: None)


def _answer(task: _Task, stage: Stage, on_step: Callable[[], None]) -> Answers:
    """Train, judge, keep."""
    lesson, budget, prints = task.lesson, stage.budget, stage.prints
    contender, start = task.entrant.make(), time.perf_counter()
    if not task.entrant.trained_elsewhere:
        taught = np.flatnonzero(lesson.learn.any(axis=1))
        contender.fit(
            prints.subset(taught),
            lesson.learn[taught],
            seed=budget.seed,
            steps=budget.steps,
            on_step=on_step,
        )
    fit_s = time.perf_counter() - start
    answers = Answers(
        title=contender.name,
        exams={name: _exam(contender, prints, mask) for name, mask in lesson.exams.items()},
        attacked={
            path.stem: plate_scores(contender, load_attacked(path))
            for path in _attacked_in(lesson, stage)
        },
        parameters=int(contender.parameters()),
        fit_s=round(fit_s, 1),
    )
    save_answers(answers, task.path)
    return answers


def _exam(contender: Contender, prints: Prints, planes: NDArray[np.bool_]) -> Exam:
    rows = np.flatnonzero(planes.any(axis=1))
    grown_rows = rows[np.unique(np.linspace(0, len(rows) - 1, GROWN).astype(np.int64))]
    return Exam(
        rows=rows,
        said=contender.probabilities(prints.subset(rows), planes[rows]),
        grown_rows=grown_rows,
        grown=contender.as_it_grows(prints.subset(grown_rows)),
    )
