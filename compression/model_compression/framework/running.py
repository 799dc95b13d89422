"""A recipe on a task, stage by stage, with a checkpoint after each.

    OUT/stage-00.safetensors, .json   the subject after the first stage, and the journal so far

An interrupted run goes on after the last finished stage and comes to the same result to the bit,
for a stage depends on the subject it is given and on its own seed alone.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from model_compression.errors import CompressionError
from model_compression.framework.hooks import Teacher
from model_compression.framework.recipe import Goal, Recipe
from model_compression.framework.saved import load, save
from model_compression.framework.stage import Journal, Lab, Stage, Subject, device
from model_compression.framework.targets import Target
from model_compression.framework.training import OnStep
from model_compression.tasks.task import Task

OnStage = Callable[[int, int, str], None]
"""Told (number of the stage that begins, stages in all, what it does)."""


@dataclass(frozen=True, slots=True)
class Order:
    """One run. parent: the trained dense network. target, epochs: the recipe's own when None.
    folder: of checkpoints; None keeps none. resume: go on from them.
    """

    recipe: Recipe
    task: Task
    parent: nn.Module
    seed: int = 1
    target: Target | None = None
    epochs: float | None = None
    folder: Path | None = None
    resume: bool = False

    def goal(self) -> Goal:
        """What the recipe is asked for."""
        target = self.target or self.recipe.target
        return Goal(self.parent, self.task.name, target, self.epochs)

    def decided_by(self, stages: Sequence[Stage]) -> str:
        """Digest of all that decides the result, so that another run's checkpoint is refused."""
        weights = hashlib.sha256()
        for tensor in self.parent.state_dict().values():
            weights.update(tensor.cpu().contiguous().numpy().tobytes())
        told = [self.task.digest, self.seed, torch.__version__, weights.hexdigest(), plain(stages)]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def run(
    order: Order,
    on_stage: OnStage = lambda number, of, what: None,
    on_step: OnStep = lambda done, of: None,
) -> tuple[Subject, Journal]:
    """The compressed network, on the CPU, and what happened on the way.

    Raises CompressionError when a stage cannot do its work, or a checkpoint is of another run.
    """
    stages = order.recipe.planned(order.goal())
    key = order.decided_by(stages)
    subject, journal, start = _begin(order, key, len(stages))
    teacher = Teacher(copy.deepcopy(order.parent).to(device()), order.task)
    lab = Lab(order.task, teacher, order.seed, journal, on_step)
    for number in range(start, len(stages)):
        on_stage(number, len(stages), stages[number].describe())
        subject.network.to(device())
        subject = stages[number].run(subject, lab.for_stage(number))
        if order.folder is not None:
            path = order.folder / f"stage-{number:02d}"
            save(path, subject, decided_by=key, visits=journal.visits, journal=journal.entries)
    subject.network.cpu().eval()
    return replace(subject, marks=subject.marks.on(torch.device("cpu"))), journal


def _begin(order: Order, key: str, stages: int) -> tuple[Subject, Journal, int]:
    """Where to go on: subject, journal, number of the next stage."""
    if order.folder is not None and order.resume:
        for number in reversed(range(stages)):
            path = order.folder / f"stage-{number:02d}"
            if path.with_suffix(".json").is_file():
                subject, entry = load(path, lambda: copy.deepcopy(order.parent))
                if entry["decided_by"] != key:
                    raise CompressionError(
                        f"{path}.json: is of a run with other settings or data. Give another "
                        "--out, or leave out --resume to begin anew."
                    )
                return subject, Journal(entry["visits"], list(entry["journal"])), number + 1
    if order.folder is not None:
        for old in order.folder.glob("stage-*"):
            old.unlink()
    return Subject(copy.deepcopy(order.parent)), Journal(), 0


def plain(value: Any) -> Any:
    """*value* as JSON can hold it: a dataclass by its fields, a function by its name."""
    if is_dataclass(value) and not isinstance(value, type):
        own = {field.name: plain(getattr(value, field.name)) for field in fields(value)}
        return {"kind": type(value).__name__, **own}
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    return getattr(value, "__qualname__", value)
