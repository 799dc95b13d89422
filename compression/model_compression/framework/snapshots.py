"""Networks that a network was on its way teach it together: their mean answer beside the labels.

The mean over teachers of KL(teacher || student) is KL(mean of teachers || student) and a number
that the student cannot change, so that several teachers are one, which answers with the mean of
their softened probabilities. Source: Le, Hua et al., arXiv 2006.11487.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from model_compression.framework.hooks import Teacher
from model_compression.framework.stage import Aids, Coursed, Lab, Subject, Untrained
from model_compression.framework.training import Course
from model_compression.tasks.task import Batch


class Ensemble(Teacher):
    """Several teachers, first the dense parent. temperature: that of the student's loss."""

    def __init__(self, members: Sequence[Teacher], temperature: float) -> None:
        super().__init__(members[0].parent, members[0].task)
        self.members = members
        self.temperature = temperature

    def answers(self, batch: Batch) -> Tensor:
        """(B, classes) logits whose softened softmax is the mean of the members'."""
        if batch.rows is None:
            self.asked += len(self.members) * len(batch.target)
        told = torch.stack([one.answers(batch) for one in self.members]) / self.temperature
        return self.temperature * mean_answer(told)


def mean_answer(logits: Tensor) -> Tensor:
    """(members, B, classes) -> (B, classes) logarithm of the mean of their probabilities."""
    return torch.logsumexp(logits.log_softmax(dim=-1), dim=0) - torch.tensor(len(logits)).log()


@dataclass(frozen=True, slots=True)
class Remember(Untrained):
    """Keep the network as it is now."""

    def describe(self) -> str:
        """That."""
        return "keep a snapshot"

    def run(self, subject: Subject, lab: Lab) -> Subject:
        """The same with a snapshot more."""
        snapshot = copy.deepcopy(subject.network).eval()
        return replace(subject, snapshots=(*subject.snapshots, snapshot))


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnFromSnapshots(Coursed):
    """Train with the dense parent and all snapshots as teachers, which are then let go."""

    course: Course
    aids: Aids

    def describe(self) -> str:
        """Course and teachers."""
        return (
            f"learn {self.course.epochs:g} epochs from all snapshots and the dense parent "
            f"together (weight {self.aids.distil:g}, temperature {self.aids.temperature:g})"
        )

    def run(self, subject: Subject, lab: Lab) -> Subject:
        """The network, taught."""
        place = next(subject.network.parameters()).device
        there = [copy.deepcopy(one).to(place) for one in subject.snapshots]
        members = [lab.teacher, *(Teacher(one, lab.task) for one in there)]
        together = replace(lab, teacher=Ensemble(members, self.aids.temperature))
        before = lab.validated(subject.network)
        together.train(subject, self.course, self.aids)
        after = lab.validated(subject.network)
        lab.journal.note("taught by snapshots", validation_before=before, validation=after)
        return replace(subject, snapshots=())
