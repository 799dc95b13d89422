"""The largest rate at which a scheme is as good as asked for, by halving on the rate's logarithm.

Every probe trains anew with the same budget, and is a line of the journal; its network is kept.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from model_compression.bench.cells import Json
from model_compression.bench.journal import add_line
from model_compression.bench.protocol import epochs_within
from model_compression.errors import CompressionError
from model_compression.framework.recipe import Goal, Recipe
from model_compression.framework.running import Order, plain, run
from model_compression.framework.saved import load, save
from model_compression.framework.stage import Subject
from model_compression.framework.targets import Target
from model_compression.tasks.task import Task

LOWEST, HIGHEST = 2.0, 512.0  # rates between which the largest one is sought
OnWork = Callable[[str], None]
"""Told what is done after each piece of work."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One scheme that is tried. dense: its parent's validation figure. within: points that may be
    lost of it. budget: visits of a probe, in times of the training split. probes: how many.
    journal: where lines go; known: those that are there.
    """

    task: Task
    parent: nn.Module
    recipe: Recipe
    dense: float
    within: float
    budget: float
    probes: int
    journal: Path
    known: dict[str, Json]

    def goal(self, rate: float) -> Goal:
        """What a probe is asked for. Raises CompressionError when the recipe cannot do that."""
        goal = Goal(self.parent, self.task.name, Target(share=1 / rate))
        epochs = epochs_within(self.recipe, goal, self.budget, self.task.learning.epochs)
        return replace(goal, epochs=epochs)

    def key(self, what: str, rate: float | None, *decides: object) -> str:
        """Digest of all that decides the line that says *what* of *rate*."""
        words = [self.task.digest, self.recipe.name, torch.__version__, self.budget, what, rate]
        words += [*decides, self._planned(rate)]
        return hashlib.sha256(json.dumps(words).encode()).hexdigest()[:24]

    def enter(self, line: Json) -> Json:
        """Add *line* to the journal."""
        add_line(self.journal, line)
        self.known[line["key"]] = line
        return line

    def network_at(self, rate: float) -> tuple[Subject, float]:
        """The probe's network and the visits that it took, from its file or made now."""
        path = self.journal.parent / "probes" / f"{self.recipe.name}-{rate:g}x"
        key = self.key("probe", rate)
        if path.with_suffix(".json").is_file():
            subject, entry = load(path, self.task.build)
            if entry.get("decided_by") == key:
                return subject, float(entry["visits"])
        goal = self.goal(rate)
        order = Order(self.recipe, self.task, self.parent, 1, goal.target, goal.epochs)
        subject, journal = run(order)
        save(path, subject, visits=journal.visits, decided_by=key)
        return subject, journal.visits

    def _planned(self, rate: float | None) -> Any:
        if rate is None:
            return None
        try:
            return plain(self.recipe.planned(self.goal(rate)))
        except CompressionError as error:
            return str(error)


def largest_rate(trial: Trial, on_work: OnWork) -> float | None:
    """None when not even the lowest rate is good enough."""
    low, high, best = math.log(LOWEST), math.log(HIGHEST), None
    for probe in range(trial.probes):
        rate = round(math.exp((low + high) / 2), 2) if probe else LOWEST
        good = _is_good(trial, rate)
        on_work(f"{trial.recipe.name} {rate:g}x: {'good' if good else 'too small'}")
        if good:
            low, best = math.log(rate), rate
        elif probe:
            high = math.log(rate)
        else:
            return None
    return best


def _is_good(trial: Trial, rate: float) -> bool:
    key = trial.key("probe", rate)
    line = trial.known.get(key) or trial.enter({"key": key, "rate": rate, **_judged(trial, rate)})
    lost: float | None = line["lost"]
    return lost is not None and lost <= trial.within + 1e-9


def _judged(trial: Trial, rate: float) -> Json:
    """Points lost on validation examples; a rate that cannot be reached has none."""
    try:
        subject, _ = trial.network_at(rate)
    except CompressionError as error:
        return {"lost": None, "failed": str(error)}
    found = trial.task.evaluate(subject.network, trial.task.validation).accuracy
    return {"lost": 100 * (trial.dense - found)}
