"""What a recipe is made of: a stage takes a network that is being compressed a step further.

A stage is data that says what it does (`describe`) and does it (`run`), with nothing kept between
runs: all that later stages need is in the `Subject`, which is what a checkpoint holds.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, Self

import torch
from torch import nn

from model_compression.framework.circulant import Tied
from model_compression.framework.hooks import FORWARD_COST, Averaged, Distil, Held, Hook, Teacher
from model_compression.framework.marks import DENSE, Marks
from model_compression.framework.sites import Site, sites_of
from model_compression.framework.training import Course, OnStep, train
from model_compression.tasks.task import Inputs, Task


@dataclass(frozen=True, slots=True)
class Subject:
    """The network as far as it has come; stages may change it in place. snapshots: networks that it
    was on the way and that a later stage learns from; nothing changes them.
    """

    network: nn.Module
    marks: Marks = DENSE
    snapshots: tuple[nn.Module, ...] = ()


@dataclass(slots=True)
class Journal:
    """What happened: visits of examples so far, and what each stage had to say."""

    visits: float = 0.0
    entries: list[Mapping[str, Any]] = field(default_factory=list)

    def note(self, what: str, **figures: Any) -> None:
        """Add one entry."""
        self.entries.append({"what": what, **figures})


@dataclass(frozen=True, slots=True)
class Aids:
    """What helps a small network to learn. distil: weight of the dense parent's answers beside the
    labels (0: none), softened by *temperature*. average: decay of averaged weights (0: none).
    """

    distil: float = 0.0
    temperature: float = 4.0
    average: float = 0.0

    def describe(self) -> str:
        """For `explain`; empty without any."""
        words = []
        if self.distil:
            words.append(f"taught by the dense parent (weight {self.distil:g})")
        if self.average:
            words.append(f"weights averaged (decay {self.average:g})")
        return ", ".join(words)


UNAIDED = Aids()


@dataclass(frozen=True, slots=True)
class Lab:
    """Where stages work. teacher: the dense parent. seed: of this stage."""

    task: Task
    teacher: Teacher
    seed: int
    journal: Journal
    on_step: OnStep = lambda done, of: None

    def for_stage(self, number: int) -> Lab:
        """The same with a seed of its own, so that no stage sees another's order of examples."""
        return replace(self, seed=self.seed * 1000 + number)

    def train(
        self, subject: Subject, course: Course, aids: Aids = UNAIDED, hooks: Sequence[Hook] = ()
    ) -> None:
        """Train in place; pruned weights stay pruned, and circulant blocks circulant."""
        masks = subject.marks.masks
        # what marks say is put right first: the others see the network as it is meant
        all_hooks = [Held.masks(masks), *hooks] if masks else [*hooks]
        if subject.marks.tied:
            all_hooks.insert(0, Tied(subject.marks.tied))
        if aids.distil:
            all_hooks.append(Distil(self.teacher, weight=aids.distil, temperature=aids.temperature))
        if aids.average:
            all_hooks.append(Averaged(aids.average))
        asked = self.teacher.asked
        train(subject.network, self.task, course, self.seed, all_hooks, self.on_step)
        asked = self.teacher.asked - asked
        self.journal.visits += course.visits(self.task) + FORWARD_COST * asked

    def example(self, network: nn.Module) -> Inputs:
        """One input, where *network* lies."""
        place = next(network.parameters()).device
        return tuple(one[:1].to(place) for one in self.task.example_input)

    def sites(self, network: nn.Module) -> list[Site]:
        """Where channels of *network* may be closed. Raises CompressionError."""
        return sites_of(network, self.example(network))

    def validated(self, network: nn.Module) -> float:
        """Accuracy on the validation split; never on the test split."""
        return self.task.evaluate(network, self.task.validation).accuracy

    def tried(self, network: nn.Module, change: Callable[[nn.Module], object]) -> float:
        """The same of a copy of *network* after *change*."""
        trial = copy.deepcopy(network)
        change(trial)
        return self.validated(trial)

    def count_trials(self, trials: int) -> None:
        """Enter what so many validations cost in the journal."""
        self.journal.visits += trials * len(self.task.validation) * FORWARD_COST


class Stage(Protocol):
    """One step of a recipe."""

    @property
    def epochs(self) -> float:
        """How long it trains in all."""

    def scaled(self, factor: float) -> Stage:
        """The same, training *factor* times as long."""

    def describe(self) -> str:
        """One line for `compress explain`."""

    def run(self, subject: Subject, lab: Lab) -> Subject:
        """*subject* one step further. Raises CompressionError when that cannot be done."""


class Untrained:
    """A stage that trains nothing."""

    __slots__ = ()

    @property
    def epochs(self) -> float:
        """None."""
        return 0.0

    def scaled(self, factor: float) -> Self:
        """The same."""
        return self


class Coursed:
    """A stage, a dataclass with the field *course*, that trains once."""

    __slots__ = ()
    course: Course

    @property
    def epochs(self) -> float:
        """Those of the course."""
        return self.course.epochs

    def scaled(self, factor: float) -> Self:
        """Another course."""
        course = replace(self.course, epochs=factor * self.course.epochs)
        return replace(self, course=course)  # type: ignore[type-var]


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrain(Coursed):
    """Train what is left; masks hold."""

    course: Course
    aids: Aids = UNAIDED

    def describe(self) -> str:
        """How long, how fast, with what help."""
        with_aids = f", {self.aids.describe()}" if self.aids.describe() else ""
        return f"retrain {self.course.epochs:g} epochs at rate {self.course.rate:g}{with_aids}"

    def run(self, subject: Subject, lab: Lab) -> Subject:
        """The same network, trained."""
        lab.train(subject, self.course, self.aids)
        lab.journal.note("retrained", validation=lab.validated(subject.network))
        return subject


def device() -> torch.device:
    """A GPU where there is one; nothing needs it."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
