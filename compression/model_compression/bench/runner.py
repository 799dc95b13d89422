"""All cells of a study, in this process or in several; what the journal has is not done again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import lru_cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import torch

from dataset_builder.terminal import Advance, Bars
from dataset_builder.workers import end_with_parent
from model_compression.bench.cells import Cell, Json, measure
from model_compression.bench.journal import add_line, read_journal
from model_compression.bench.protocol import AIMS, budget_of, pairs
from model_compression.errors import CompressionError
from model_compression.recipes.registry import RECIPES, find
from model_compression.tasks.registry import TASKS, load_task
from model_compression.tasks.task import Task

JOURNAL = "journal.jsonl"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Study:
    """What is compared. data, trained: as `load_task` takes them. recipes, aims: by name."""

    network: str
    data: Path | None = None
    trained: Path | None = None
    budget: str = "small"
    seeds: int = 3
    recipes: tuple[str, ...] = tuple(RECIPES)
    aims: tuple[str, ...] = tuple(AIMS)

    def task(self, seed: int) -> Task:
        """What networks of *seed* learn from and are judged on."""
        by_seed = self.network in TASKS and TASKS[self.network].by_seed
        return _task(self.network, self.data, self.trained, seed if by_seed else 1)

    def cells(self) -> list[Cell]:
        """The dense parents, then every recipe at every aim that it takes part in, by seed.

        Raises CompressionError for a name that is not known.
        """
        seeds = range(1, self.seeds + 1)
        budget = budget_of(self.budget)
        aims = [_known(name, AIMS, "aim") for name in self.aims]
        rows = list(pairs([find(name) for name in self.recipes], aims))
        parents = [Cell(self.task(seed), seed, budget) for seed in seeds]
        return parents + [
            Cell(self.task(seed), seed, budget, recipe, aim)
            for recipe, aim in rows
            for seed in seeds
        ]


@lru_cache(maxsize=4)
def _task(network: str, data: Path | None, trained: Path | None, seed: int) -> Task:
    return load_task(network, data, run=trained, seed=seed)


def _known(name: str, table: Mapping[str, T], what: str) -> T:
    if name not in table:
        raise CompressionError(f"no {what} {name!r}; there are: {', '.join(table)}")
    return table[name]


def measure_all(study: Study, folder: Path, workers: int, progress: Bars) -> list[Json]:
    """A line a cell, in the order of the study. Finished ones come from *folder*'s journal."""
    cells = study.cells()
    known = read_journal(folder / JOURNAL)
    advance = progress(f"Measuring {study.network}", len(cells))
    advance(sum(cell.key in known for cell in cells))
    parents = [cell for cell in cells if cell.recipe is None]
    others = [cell for cell in cells if cell.recipe is not None]
    for part in (parents, others):  # who trains a parent must not meet another who does
        absent = [cell for cell in part if cell.key not in known]
        for line in _measured(study, absent, folder, workers, advance):
            add_line(folder / JOURNAL, line)
            known[line["key"]] = line
            advance(1)
    return [known[cell.key] for cell in cells]


def _measured(
    study: Study, cells: Sequence[Cell], folder: Path, workers: int, advance: Advance
) -> Iterator[Json]:
    if workers == 1 or len(cells) <= 1:
        yield from (measure(cell, folder, partial(_note, advance, cell)) for cell in cells)
        return
    # spawn: forking a process that has loaded torch can deadlock in its thread pool
    context = get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_begin) as pool:
        tasks = [pool.submit(_by_name, study, cell.name, folder) for cell in cells]
        try:
            for task in as_completed(tasks):
                yield task.result()
        finally:  # an interrupted run ends after the cells in hand
            pool.shutdown(wait=True, cancel_futures=True)


def _note(advance: Advance, cell: Cell, what: str) -> None:
    advance(0, f"{cell.name} {what}")


def _begin() -> None:
    torch.set_num_threads(1)
    end_with_parent()


def _by_name(study: Study, name: str, folder: Path) -> Json:
    """In another process, where the study is opened again."""
    cells = {cell.name: cell for cell in study.cells()}
    return measure(cells[name], folder)
