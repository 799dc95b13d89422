"""ADMM-NN-S's comparison: every scheme at the same accuracy, the same bits, positions counted.

For each scheme the largest rate is sought at which the validation figure stays near the dense
parent's. That network is put on levels of the same number of bits and measured like a row of the
leaderboard. Source: Ma et al., 2019, arXiv 1907.02124.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from model_compression.bench.cells import Cell, Json, measure, measured
from model_compression.bench.halving import LOWEST, OnWork, Trial, largest_rate
from model_compression.bench.journal import add_line, read_journal
from model_compression.bench.protocol import SAME_ACCURACY, budget_of
from model_compression.bench.runner import JOURNAL, Study
from model_compression.errors import CompressionError
from model_compression.framework.hooks import Teacher
from model_compression.framework.stage import Journal, Lab, Subject
from model_compression.recipes.quantizing import onto
from model_compression.recipes.registry import find
from model_compression.tasks.baseline import baseline

SCHEMES = ("admm-progressive", "admm-column", "admm-filter", "admm-channel", "p-rm")
"""Single weights, columns, filters, channels, filters and columns."""
RESULTS, PAGE = "compare.json", "compare.html"
QUANTIZING = 0.5  # of the budget, once more, for putting weights on levels
LEVELS_SEED = 99  # no stage of a probe has it


@dataclass(frozen=True, slots=True)
class Comparison:
    """study: network, data, budget, and the schemes as its recipes; one seed. within: points that
    may be lost on validation examples. bits: of every weight. probes: rates tried a scheme.
    """

    study: Study
    within: float = 0.3
    bits: int = 4
    probes: int = 6

    @property
    def work(self) -> int:
        """Pieces of work, at most: the dense parent, probes, measurements."""
        return 1 + len(self.study.recipes) * (self.probes + 1)


def compare(asked: Comparison, folder: Path, on_work: OnWork) -> list[Json]:
    """The dense parent's line, then one a scheme; finished ones come from *folder*'s journal.

    Raises CompressionError when the dense parent cannot be measured or a name is not known.
    """
    task, journal = asked.study.task(1), folder / JOURNAL
    known, budget = read_journal(journal), budget_of(asked.study.budget)
    recipes = [find(name) for name in asked.study.recipes]
    cell = Cell(task, 1, budget)
    if cell.key not in known:
        known[cell.key] = measure(cell, folder)
        add_line(journal, known[cell.key])
    on_work("dense")
    parent = baseline(task, 1, folder / "parents")
    dense = task.evaluate(parent, task.validation).accuracy
    trials = [
        Trial(task, parent, recipe, dense, asked.within, budget, asked.probes, journal, known)
        for recipe in recipes
    ]
    return [known[cell.key], *(_scheme(trial, asked.bits, on_work) for trial in trials)]


def _scheme(trial: Trial, bits: int, on_work: OnWork) -> Json:
    rate = largest_rate(trial, on_work)
    key = trial.key("scheme", rate, bits, trial.within)
    line = trial.known.get(key)
    if line is None:
        began = time.monotonic()
        found = _line(trial, bits, rate)
        took = {"seconds": round(time.monotonic() - began, 1)}
        line = trial.enter({"key": key, "rate": rate, **found, **took})
    on_work(f"{trial.recipe.name} measured")
    return line


def _line(trial: Trial, bits: int, rate: float | None) -> Json:
    """The network at *rate*, on levels, as a line of the leaderboard."""
    line: Json = {"entry": trial.recipe.name, "seed": 1, "aim": SAME_ACCURACY.name, "failed": None}
    if rate is None:
        reason = f"already {LOWEST:g}x loses more than {trial.within:g} points"
        return line | {"failed": f"{reason} with this budget"}
    own = trial.journal.parent / "cells" / f"{trial.recipe.name}-{SAME_ACCURACY.name}-seed1"
    try:
        subject, visits = _on_levels(trial, bits, rate)
        return line | measured(trial.task, subject, visits, own)
    except CompressionError as error:
        return line | {"failed": str(error)}


def _on_levels(trial: Trial, bits: int, rate: float) -> tuple[Subject, float]:
    """Each scheme by the same short training; and the visits of it and of the probe."""
    subject, visits = trial.network_at(rate)
    stages = onto("uniform", bits)
    factor = QUANTIZING * trial.budget / sum(stage.epochs for stage in stages)
    journal = Journal(visits)
    lab = Lab(trial.task, Teacher(trial.parent, trial.task), LEVELS_SEED, journal)
    for number, stage in enumerate(stages):
        subject = stage.scaled(factor).run(subject, lab.for_stage(number))
    subject.network.eval()
    return subject, journal.visits


def tolerance_of(lines: Sequence[Json], within: float) -> float:
    """Points within which all measured schemes lie, now that they are on levels."""
    dense = lines[0]["validation"]
    lost = [100 * (dense - line["validation"]) for line in lines[1:] if not line["failed"]]
    most: float = max([within, *lost])
    return math.ceil(100 * most) / 100
