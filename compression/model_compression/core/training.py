"""The one training loop. It owns data, budget, learning rate and order; all else are hooks.

A step's batch and dropout depend on (seed, step) alone, so the same seed gives the same weights to
the bit on one machine and thread count.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import count

import torch
from torch import Tensor, nn

from classifier.training.batches import generator_of
from model_compression.core.hooks import Hook, Moment
from model_compression.core.schedules import Schedule, cosine
from model_compression.tasks.pictures import rows_of
from model_compression.tasks.task import Batch, Task

STEEPEST = 5.0  # norm that a step's gradient is cut back to
OnStep = Callable[[int, int], None]
"""Told (steps done, steps in all)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One stretch of training. rate: Adam's highest; shape: its share at each progress.

    decay: of weights, apart from the gradient (AdamW). changed: examples are changed as the task
    changes them (shifts and the like); a network that is too small to learn even what it is tested
    with does better without.
    """

    epochs: float
    rate: float = 1e-3
    shape: Schedule = cosine
    decay: float = 0.0
    changed: bool = True

    def steps(self, task: Task) -> int:
        """Full batches in this stretch, at least one."""
        return max(1, round(self.epochs * steps_per_epoch(task)))

    def visits(self, task: Task) -> int:
        """Examples that are seen, each visit counted."""
        return self.steps(task) * task.learning.batch


def steps_per_epoch(task: Task) -> int:
    """Full batches that an epoch of *task* has."""
    return max(1, len(task.train) // task.learning.batch)


def train(
    network: nn.Module,
    task: Task,
    course: Course,
    seed: int,
    hooks: Sequence[Hook] = (),
    on_step: OnStep = lambda done, of: None,
) -> None:
    """Train *network* in place, where it lies, and leave it in evaluation mode."""
    steps = course.steps(task)
    network.train()
    # channels last makes a step on a CPU up to twice as fast
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    place = next(network.parameters()).device
    free = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(free, lr=course.rate, weight_decay=course.decay, fused=True)
    for hook in hooks:
        hook.begin(network)
    with closing(task.batches(seed, 0) if course.changed else unchanged(task, seed)) as coming:
        for step in range(steps):
            torch.manual_seed(generator_of(seed, step, "dropout").initial_seed())
            for group in optimizer.param_groups:
                group["lr"] = course.rate * course.shape(step / steps)
            batch = _there(next(coming), place)
            _descend(network, task, optimizer, hooks, _moment(network, batch, step, steps))
            on_step(step + 1, steps)
    for hook in hooks:
        hook.finish(network)
    network.eval()


def unchanged(task: Task, seed: int) -> Generator[Batch]:
    """Full batches of the training split as it is, in an order that the seed decides."""
    for step in count():
        rows = rows_of(len(task.train), task.learning.batch, seed, step)
        yield Batch(task.train.inputs(rows), task.train.target[rows], rows)


def _moment(network: nn.Module, batch: Batch, step: int, steps: int) -> Moment:
    return Moment(network, step, steps, batch, network(*batch.inputs))


def _descend(
    network: nn.Module,
    task: Task,
    optimizer: torch.optim.Optimizer,
    hooks: Sequence[Hook],
    moment: Moment,
) -> None:
    loss: Tensor = task.loss(moment.logits, moment.batch.target)
    for hook in hooks:
        added = hook.loss(moment)
        loss = loss if added is None else loss + added
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    for hook in hooks:
        hook.after_backward(moment)
    nn.utils.clip_grad_norm_(network.parameters(), STEEPEST)
    optimizer.step()
    for hook in hooks:
        hook.after_step(moment)


def _there(batch: Batch, place: torch.device) -> Batch:
    """*batch* on the network's device."""
    there = tuple(one.to(place) for one in batch.inputs)
    return batch._replace(inputs=there, target=batch.target.to(place))
