"""The one training loop. It owns data, budget, learning rate and order; all else are hooks.

A step's batch and dropout depend on (seed, step) alone, so the same seed gives the same weights to
the bit on one machine and thread count.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from classifier.training.batches import generator_of
from model_compression.errors import CompressionError
from model_compression.framework.hooks import Hook, Moment
from model_compression.framework.schedules import Schedule, cosine
from model_compression.tasks.task import Batch, Task

STEEPEST = 5.0  # norm that a step's gradient is cut back to
OnStep = Callable[[int, int], None]
"""Told (steps done, steps in all)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One stretch of training. rate: Adam's highest; shape: its share at each progress.

    decay: of weights, apart from the gradient (AdamW). changed: share of examples that are changed
    as the task changes them (shifts and the like); a network too small to learn them all learns
    more from fewer.
    """

    epochs: float
    rate: float = 1e-3
    shape: Schedule = cosine
    decay: float = 0.0
    changed: float = 1.0

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
    """Train *network* in place, where it lies, and leave it in evaluation mode.

    Raises CompressionError when its weights end as no numbers.
    """
    steps = course.steps(task)
    network.train()
    # channels last makes a step on a CPU up to twice as fast
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    place = next(network.parameters()).device
    free = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(free, lr=course.rate, weight_decay=course.decay, fused=True)
    for hook in hooks:
        hook.begin(network)
    with closing(batches_of(task, course.changed, seed)) as coming:
        for step in range(steps):
            torch.manual_seed(generator_of(seed, step, "dropout").initial_seed())
            for group in optimizer.param_groups:
                group["lr"] = course.rate * course.shape(step / steps)
            batch = _there(next(coming), place)
            _descend(network, task, optimizer, hooks, _moment(network, batch, step, steps))
            on_step(step + 1, steps)
    for hook in reversed(hooks):  # the first put the network right, so they have the last word
        hook.finish(network)
    network.eval()
    if not all(bool(parameter.isfinite().all()) for parameter in network.parameters()):
        raise CompressionError(
            f"training diverged (in {steps:,} steps): the weights are no numbers any more. Train "
            "longer (--epochs, --budget), or ask for less."
        )


def batches_of(task: Task, changed: float, seed: int) -> Generator[Batch]:
    """Full batches of which the share *changed* is as the task changes it and the rest as it is.

    A task whose batches do not say which examples they show changes all of them.
    """
    for step, batch in enumerate(task.batches(seed, 0)):
        if batch.rows is None or changed == 1.0:
            yield batch
            continue
        chances = torch.rand(len(batch.rows), generator=generator_of(seed, step, "augment"))
        plain = task.train.inputs(batch.rows)
        mixed = [
            torch.where((chances < changed).reshape(-1, *[1] * (new.dim() - 1)), new, old)
            for new, old in zip(batch.inputs, plain, strict=True)
        ]
        yield batch._replace(inputs=tuple(mixed))


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
