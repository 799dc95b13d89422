"""One cell of the leaderboard: a recipe, an aim and a seed -> what was measured, as a journal line.

Test data are read here and nowhere else, when the network is as it will be.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from model_compression.bench.files import Files, files_of
from model_compression.bench.protocol import Aim, epochs_within, target_of
from model_compression.errors import CompressionError
from model_compression.framework.recipe import Goal, Recipe
from model_compression.framework.running import Order, plain, run
from model_compression.framework.stage import Subject
from model_compression.ledger.row import row_of
from model_compression.tasks.baseline import baseline
from model_compression.tasks.task import Outcomes, Scores, Task

FORMAT = 1  # of a line; a change measures all anew
PARENT = "dense"
"""Entry of the dense parent itself, at no aim."""
Json = dict[str, Any]
OnStage = Callable[[str], None]


@dataclass(frozen=True)
class Cell:
    """recipe, aim: None for the dense parent. budget: visits in times of the training split."""

    task: Task
    seed: int
    budget: float
    recipe: Recipe | None = None
    aim: Aim | None = None

    @property
    def entry(self) -> str:
        """The recipe's name, or that of the dense parent."""
        return self.recipe.name if self.recipe else PARENT

    @property
    def name(self) -> str:
        """Of its folder."""
        aim = f"-{self.aim.name}" if self.aim else ""
        return f"{self.entry}{aim}-seed{self.seed}"

    @cached_property
    def goal(self) -> Goal:
        """What the recipe is asked for. Raises CompressionError when it cannot do that."""
        recipe, aim = self._chosen()
        network = self.task.build()
        goal = Goal(network, self.task.name, target_of(recipe, aim, network))
        epochs = epochs_within(recipe, goal, self.budget, self.task.learning.epochs)
        return replace(goal, epochs=epochs)

    @cached_property
    def key(self) -> str:
        """Digest of all that decides the line; of the names where the recipe cannot take part."""
        decides = [FORMAT, self.task.digest, self.task.name, self.name, self.budget]
        decides += [asdict(self.task.learning), torch.__version__]
        if self.recipe:
            try:
                decides.append(plain(self.recipe.planned(self.goal)))
            except CompressionError as error:
                decides.append(str(error))
        return hashlib.sha256(json.dumps(decides).encode()).hexdigest()[:24]

    def _chosen(self) -> tuple[Recipe, Aim]:
        if self.recipe is None or self.aim is None:
            raise TypeError("the dense parent has no goal")
        return self.recipe, self.aim

    def order(self, parent: nn.Module, folder: Path) -> Order:
        """For `framework.running`; it goes on after the last stage that *folder* has."""
        recipe, _ = self._chosen()
        return Order(
            recipe, self.task, parent, self.seed, self.goal.target, self.goal.epochs,
            folder=folder, resume=True,
        )  # fmt: skip


def measure(cell: Cell, folder: Path, on_stage: OnStage = lambda what: None) -> Json:
    """The journal line of *cell*; its ONNX files lie in *folder*/cells/NAME afterwards.

    What cannot be done is a line too: "failed", with the reason.
    """
    began = time.monotonic()
    line: Json = {"key": cell.key, "entry": cell.entry, "seed": cell.seed}
    line |= {"aim": cell.aim.name if cell.aim else None, "failed": None}
    own = folder / "cells" / cell.name
    try:
        parent = baseline(cell.task, cell.seed, folder / "parents")
        subject, visits = _made(cell, parent, own, on_stage)
        line |= measured(cell.task, subject, visits, own)
    except CompressionError as error:
        line["failed"] = str(error)
    shutil.rmtree(own / "stages", ignore_errors=True)
    return line | {"seconds": round(time.monotonic() - began, 1)}


def _made(cell: Cell, parent: nn.Module, own: Path, on_stage: OnStage) -> tuple[Subject, float]:
    """The compressed network and the visits that it took beyond its parent's."""
    if cell.recipe is None:
        return Subject(parent), 0.0
    stages = own / "stages"
    subject, journal = run(
        cell.order(parent, stages), lambda number, of, what: on_stage(f"{number + 1}/{of} {what}")
    )
    return subject, journal.visits


def measured(task: Task, subject: Subject, visits: float, own: Path) -> Json:
    """What a line says of *subject*; its files go to *own*. Raises CompressionError."""
    network, marks = subject.network, subject.marks
    scores = task.evaluate(network, task.test)
    validation = task.evaluate(network, task.validation)
    row = row_of(network, marks, task.example_input, sample_visits=round(visits))
    found = _judgement(scores) | {"validation": validation.accuracy, "row": row.to_json()}
    files = files_of(task, subject, row)
    return found | _kept(files, own)


def _judgement(scores: Scores) -> Json:
    return {"measure": scores.measure, "right": packed_outcomes(scores), "of": len(scores.right)}


def _kept(files: Files, own: Path) -> Json:
    """The files on disk, for latencies that are measured side by side; and what was seen."""
    own.mkdir(parents=True, exist_ok=True)
    for name, model in files.models.items():
        (own / f"{name}.onnx").write_bytes(model)
    int8 = _judgement(files.int8) if files.int8 else None
    return {
        "row": files.row.to_json(),
        "int8": int8,
        "int8_failed": files.int8_failed,
        "int8_bytes": len(files.models["int8"]) if "int8" in files.models else None,
        "same": files.same,
    }


def packed_outcomes(scores: Scores) -> str:
    """Outcomes as hexadecimal digits, four a digit."""
    return bytes(np.packbits(scores.right)).hex()


def outcomes_of(line: Json) -> Outcomes:
    """What `packed_outcomes` packed."""
    bits = np.unpackbits(np.frombuffer(bytes.fromhex(line["right"]), np.uint8), count=line["of"])
    return np.asarray(bits, bool)
