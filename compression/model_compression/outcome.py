"""What came of a recipe on a task with one seed, measured: the one time that test data is read."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from classifier.metrics import Rate
from model_compression.framework.running import OnStage, Order, run
from model_compression.framework.saved import save, write_whole
from model_compression.framework.stage import Subject
from model_compression.framework.training import OnStep
from model_compression.ledger.row import row_of
from model_compression.ledger.storage import storage_of
from model_compression.tasks.task import Scores, Task, logits_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """Two networks on the same test examples. measure: what dense and compressed count
    ("accuracy"). also: further figures, dense and compressed. lost, won: examples that only the
    dense parent, and only the compressed network, has right.
    """

    measure: str
    dense: Rate
    compressed: Rate
    also: Mapping[str, tuple[float, float]]
    lost: int
    won: int

    @property
    def points(self) -> float:
        """What compression changed, in points of the measure; below 0 it lost."""
        return 100.0 * (self.compressed.share - self.dense.share)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome(Paired):
    """kept: layer -> weights, or numbers where weights are tied."""

    recipe: str
    task: str
    seed: int
    weights: int
    kept: Mapping[str, int]
    stored_bits: int
    stored_as: str
    macs_share: float
    visits: int
    seconds: float

    @property
    def kept_in_all(self) -> int:
        """Of all layers."""
        return sum(self.kept.values())

    def to_json(self) -> dict[str, Any]:
        """As `result.json` holds it."""
        rates = {"dense": self.dense.to_json(), "compressed": self.compressed.to_json()}
        return {**asdict(self), **rates, "kept_in_all": self.kept_in_all, "points": self.points}


def compress(
    order: Order,
    folder: Path | None,
    on_stage: OnStage = lambda number, of, what: None,
    on_step: OnStep = lambda done, of: None,
) -> tuple[Subject, Outcome]:
    """Run *order* and judge what comes of it.

    folder: where to write network.safetensors, result.json and, while it runs, checkpoints.
    """
    began = time.monotonic()
    stages = folder / "stages" if folder else None
    subject, journal = run(replace(order, folder=stages), on_stage, on_step)
    outcome = judged(order, subject, journal.visits, time.monotonic() - began)
    if folder is not None:
        save(folder / "network", subject, recipe=order.recipe.name, task=order.task.name)
        told = {**outcome.to_json(), "journal": journal.entries}
        write_whole(folder / "result.json", json.dumps(told, indent=1).encode())
    return subject, outcome


def judged(order: Order, subject: Subject, visits: float, seconds: float) -> Outcome:
    """Dense parent and compressed network on the test split."""
    task = order.task
    scores = [task.evaluate(one, task.test) for one in (order.parent, subject.network)]
    row = row_of(subject.network, subject.marks, task.example_input, sample_visits=round(visits))
    whole = row_of(order.parent, type(subject.marks)(), task.example_input)
    return Outcome(
        **_paired(*scores),
        recipe=order.recipe.name,
        task=task.name,
        seed=order.seed,
        weights=whole.weights,
        kept={one.name: one.kept for one in storage_of(subject.network, subject.marks).layers},
        stored_bits=row.stored_bits,
        stored_as=row.stored_as,
        macs_share=row.macs / whole.macs,
        visits=round(visits),
        seconds=round(seconds, 1),
    )


def as_one(made: Sequence[tuple[Task, nn.Module, nn.Module]]) -> Paired | None:
    """Dense and compressed networks of several seeds on all their test data, judged together; None
    where seeds share their test data, or some of them do. made: (task, dense, compressed) of each.
    """
    tasks = [task for task, *_ in made]
    together = tasks[0].together
    if together is None or len({task.digest for task in tasks}) < len(tasks):
        return None
    logits = [[logits_of(one, task.test) for one in networks] for task, *networks in made]
    dense, small = (together(tasks, list(side)) for side in zip(*logits, strict=True))
    return Paired(**_paired(dense, small))


def _paired(dense: Scores, small: Scores) -> dict[str, Any]:
    """The fields of a Paired."""
    return {
        "measure": dense.measure,
        "dense": dense.rate,
        "compressed": small.rate,
        "also": {name: (share, small.also[name]) for name, share in dense.also.items()},
        "lost": int(np.sum(dense.right & ~small.right)),
        "won": int(np.sum(small.right & ~dense.right)),
    }
