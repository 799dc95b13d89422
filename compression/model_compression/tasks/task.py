"""What a method is given: a network to build, examples in memory, a loss, a judgement.

A method learns from `train`, chooses by `validation` and never sees `test`, which is read once when
all is decided. Which examples a step sees depends on (seed, step) alone, so that a run that was
interrupted goes on with the very batches it would have seen.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from classifier.metrics import Rate

Inputs = tuple[Tensor, ...]
"""What a network's forward takes, each (B, ...)."""
Outcomes = NDArray[np.bool_]
JUDGED_AT_ONCE = 500  # examples


class Batch(NamedTuple):
    """target: (B,) int64 labels. rows: (B,) int64, where the training split has these examples."""

    inputs: Inputs
    target: Tensor
    rows: Tensor | None = None


Together = Callable[[Sequence["Task"], Sequence[Tensor]], "Scores"]
"""(tasks, (N, classes) logits of each one's test split) -> scores."""


class Split(Protocol):
    """Examples that belong together."""

    @property
    def target(self) -> Tensor:
        """(N,) int64 labels."""

    def inputs(self, rows: Tensor) -> Inputs:
        """What a network is told of the (B,) int64 *rows*."""

    def __len__(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Scores:
    """How a network did on a split. right: (n,) outcome of each judged example, in one order for
    all networks, so that two can be paired. measure: what the share of right ones is called. also:
    further figures by name.
    """

    right: Outcomes
    measure: str = "accuracy"
    also: Mapping[str, float] = field(default_factory=dict)

    @property
    def accuracy(self) -> float:
        """The main figure, whatever `measure` calls it: the share of right outcomes."""
        return self.rate.share

    @property
    def rate(self) -> Rate:
        """The main figure with its interval."""
        return Rate.among(self.right)


@dataclass(frozen=True, slots=True)
class Learning:
    """How the dense parent learns: Adam at *rate*, falling as a cosine over *epochs*."""

    batch: int = 128
    rate: float = 1e-3
    epochs: float = 12


@dataclass(frozen=True, slots=True)
class Task:
    """A network on its data. data: name of the data. digest: SHA-256 of all that decides them.

    build: a fresh network, by torch's own generator. batches: (seed, step) -> that step's batch and
    all that follow, `learning.batch` examples each, changed as training changes them. loss: (logits
    (B, classes), target (B,)) -> scalar. judge: ((N, classes) logits of a whole split, the split)
    -> scores. example_input: one row. parent: the dense network where it has been trained before.
    together: judges tasks of several seeds as one, where each has a part of the test data.
    """

    name: str
    data: str
    digest: str
    build: Callable[[], nn.Module]
    train: Split
    validation: Split
    test: Split
    batches: Callable[[int, int], Generator[Batch]]
    loss: Callable[[Tensor, Tensor], Tensor]
    judge: Callable[[Tensor, Split], Scores]
    example_input: Inputs
    learning: Learning = Learning()
    parent: nn.Module | None = None
    together: Together | None = None

    @property
    def sample_visits(self) -> int:
        """How many examples the dense parent sees, each visit counted."""
        return round(self.learning.epochs * len(self.train))

    def evaluate(self, network: nn.Module, split: Split) -> Scores:
        """Judge *network*, which keeps the mode that it is in."""
        return self.judge(logits_of(network, split), split)

    def blind(self, split: Split, classes: int) -> float:
        """The main figure of the best of *classes* answers, given to all of *split*."""
        answers = torch.eye(classes).unsqueeze(1).expand(-1, len(split), -1)
        return max(self.judge(answer, split).accuracy for answer in answers)


def logits_of(network: nn.Module, split: Split) -> Tensor:
    """(N, classes) on the CPU, by the network in evaluation mode."""
    was_training = network.training
    place = next(network.parameters()).device
    network.eval()
    with torch.inference_mode():
        starts = range(0, len(split), JUDGED_AT_ONCE)
        rows = [torch.arange(at, min(at + JUDGED_AT_ONCE, len(split))) for at in starts]
        parts = [network(*(one.to(place) for one in split.inputs(some))).cpu() for some in rows]
    network.train(was_training)
    return torch.cat(parts)


def by_largest(logits: Tensor, split: Split) -> Scores:
    """Right is whose largest logit is the target's; of equal ones the first counts."""
    return Scores((logits.argmax(dim=1) == split.target).numpy())
