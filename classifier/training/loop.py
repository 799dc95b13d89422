"""One plain training loop: AdamW, a cosine, averaged weights, checkpoints."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from classifier.models.multiview import MultiView
from classifier.training import checkpoints
from classifier.training.batches import Batch, Batches, generator_of
from classifier.training.config import TrainingConfig
from classifier.training.examples import Examples
from classifier.training.live import Unwatched, Watch
from classifier.training.loss import loss_of
from classifier.training.machine import Machine
from classifier.training.schedule import Schedule, descend
from dataset_builder.sources.labels import LABELS

Measure = Callable[[MultiView], Mapping[str, float]]
CPU = Machine(torch.device("cpu"))
MEANT_LATER = ("name", "version", "folds", "exams", "rates")
"""Parts of a configuration that say what a trained network's numbers mean: no step learns them.
What a fold holds out, and for how long its network learns, is in the task's own rows and steps.
"""


@dataclass(frozen=True, slots=True)
class Task:
    """One network to train: *steps* of the configuration's schedule, by *seed*.

    folder: of its checkpoints; None keeps none. resume: go on from the newest of them. measure:
    what to say of the averaged network at each checkpoint.
    """

    config: TrainingConfig
    steps: int
    seed: int
    folder: Path | None = None
    resume: bool = False
    measure: Measure = lambda _: {}

    def schedule(self) -> Schedule:
        """Rates and batches."""
        own = self.config.schedule
        return Schedule(self.steps, own.batch, own.rate, own.weight_decay, own.smoothing)

    def decided_by(self, examples: Examples) -> str:
        """Digest of what decides the network, so that a checkpoint of another is refused."""
        rows = sha256(examples.rows.tobytes()).hexdigest()
        own = replace(self.config, schedule=replace(self.config.schedule, steps=self.steps))
        learned = own.digest(without=MEANT_LATER)
        words = (learned, str(self.seed), examples.digest, rows)
        return sha256(" ".join(words).encode()).hexdigest()


def fit(
    examples: Examples, task: Task, *, on: Machine = CPU, watch: Watch | None = None
) -> MultiView:
    """Train a network and return its averaged weights, on the CPU and ready to judge.

    The same task and examples give the same network on one machine, however often it was
    interrupted. Raises CheckpointError when the checkpoints are of another task.
    """
    watch = watch or Unwatched()
    network = _fresh(task, on)
    average = copy.deepcopy(network).eval()
    optimizer = torch.optim.AdamW(
        network.parameters(), weight_decay=task.config.schedule.weight_decay, fused=True
    )
    run = _Run(task, on, network, average, optimizer, task.decided_by(examples))
    start = run.begin()
    watch.skipped(start)
    _learn(run, examples, start, watch)
    on.agree(network, average)
    return average.cpu().eval()


@dataclass(frozen=True, slots=True)
class _Run:
    """What changes while a network learns."""

    task: Task
    on: Machine
    network: MultiView
    average: MultiView
    optimizer: torch.optim.Optimizer
    decided_by: str

    def parts(self) -> dict[str, nn.Module]:
        return {"network": self.network, "average": self.average}

    def begin(self) -> int:
        """The step to go on from."""
        folder = self.task.folder
        if folder is None:
            return 0
        if self.task.resume:
            return checkpoints.restore(folder, self.decided_by, self.parts(), self.optimizer)
        if self.on.first:
            checkpoints.clear(folder)
        return 0

    def due(self, done: int) -> bool:
        return done % self.task.config.schedule.checkpoint_every == 0 or done == self.task.steps

    def keep(self, done: int) -> None:
        if self.task.folder is not None and self.on.first:
            folder, key = self.task.folder, self.decided_by
            checkpoints.save(folder, done, key, self.parts(), self.optimizer)

    def follow(self, step: int) -> None:
        """Let the average follow the network, at first quickly."""
        weight = 1 - min(self.task.config.schedule.ema, (1 + step) / (10 + step))
        with torch.no_grad():
            pairs = zip(
                self.average.state_dict().values(), self.network.state_dict().values(), strict=True
            )
            for mean, now in pairs:
                if mean.is_floating_point():
                    mean.lerp_(now, weight)
                else:
                    mean.copy_(now)


def _learn(run: _Run, examples: Examples, start: int, watch: Watch) -> None:
    task, on, schedule = run.task, run.on, run.task.schedule()
    if start >= task.steps:
        return
    spread = task.config.data.size_spread
    batches = Batches(examples, task.config.schedule, spread, task.seed, on.rank, on.world)
    shared = on.shared(run.network)
    with closing(batches.from_step(start)) as coming:
        for step in range(start, task.steps):
            _dropout_from(task.seed, step, on)
            loss = _loss(shared, next(coming), schedule.smoothing, on)
            rate = schedule.rate_at(step)
            descend(run.network, run.optimizer, loss, rate)
            run.follow(step)
            watch.step(step, loss.item(), rate, schedule.batch)
            if run.due(step + 1):
                run.keep(step + 1)
                watch.measured(step + 1, task.measure(run.average) if on.first else {})


def _loss(network: nn.Module, batch: Batch, smoothing: float, on: Machine) -> Tensor:
    views, extent_mm, label = (on.here(tensor) for tensor in batch)
    with on.cast():
        logits = network(views, extent_mm)
    return loss_of(logits.float(), label, smoothing)


def _fresh(task: Task, on: Machine) -> MultiView:
    torch.manual_seed(task.seed)
    network = MultiView(len(LABELS), task.config.network).train().to(on.device)
    # channels last makes a step on a CPU a fifth faster
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


def _dropout_from(seed: int, step: int, on: Machine) -> None:
    """Dropout draws from torch's own generator; it too must depend on the step alone."""
    torch.manual_seed(generator_of(seed, step, "dropout", on.rank).initial_seed())


def logits_of(network: nn.Module, examples: Examples, on: Machine = CPU) -> NDArray[np.float32]:
    """(N, labels) without augmentation."""
    return _in_batches(network, examples, on)


def embeddings_of(network: MultiView, examples: Examples) -> NDArray[np.float32]:
    """(N, E) of length 1, without augmentation."""
    return _in_batches(
        lambda views, extent_mm: functional.normalize(network.embed(views, extent_mm), dim=1),
        examples,
        CPU,
    )


def _in_batches(
    function: Callable[[Tensor, Tensor], Tensor], examples: Examples, on: Machine, batch: int = 256
) -> NDArray[np.float32]:
    rows = []
    with torch.inference_mode():
        for start in range(0, len(examples), batch):
            part = slice(start, start + batch)
            views = on.here(torch.from_numpy(examples.views(part)))
            extent_mm = on.here(torch.from_numpy(examples.extent_mm[part]))
            rows.append(function(views, extent_mm).float().cpu().numpy())
    return np.concatenate(rows)
