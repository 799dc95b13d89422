"""Channels that are pushed to 0 by a penalty that grows, instead of being cut at once.

Each filter g that shall go gets lambda * w added to its gradient, the gradient of lambda/2 |w_g|^2,
and lambda rises. What stays has time to take over, and at the end there is nothing left to cut.
Pushed are a channel's filters, biases and batch norms: whatever closing it would make 0.
The penalty is in the gradient: a weight decay of Adam's would be another method.
Source: Wang et al., ICLR 2021, arXiv 2012.09243.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from model_compression.framework.channels import ChannelScore, Chosen, chosen, closed
from model_compression.framework.hooks import Hook, Moment
from model_compression.framework.layers import layers_of
from model_compression.framework.schedules import Ramp, Schedule
from model_compression.framework.stage import UNAIDED, Aids, Coursed, Lab, Subject
from model_compression.framework.training import Course
from model_compression.framework.widths import Limit

TOP, ENDS = 10.0, 0.6
"""Where lambda stops rising and when. The paper stops at 1, or when what goes is a thousandth of
what stays; in a short run on a narrow network the task held out against 1, at a seventh."""
PICKING = 1e-2
"""Where lambda stops on all weights, when those that go are not chosen yet."""
RECOVERY = -1e-4
"""What pulls those that stay away from 0 again after that."""


class Growing(Hook):
    """Push the channels that do not stay. push: their lambda; kept: that of the others."""

    def __init__(self, choice: Sequence[Chosen], push: Schedule, kept: float = 0.0) -> None:
        self.choice = choice
        self.push = push
        self.kept = kept

    def after_backward(self, moment: Moment) -> None:
        """Add the penalty's gradient."""
        pushed = self.push(moment.progress)
        with torch.no_grad():
            for values, goes in _rows(moment.network, self.choice):
                if values.grad is not None:
                    pull = torch.where(goes.to(values.device), pushed, self.kept)
                    values.grad.add_(values * pull.reshape(-1, *[1] * (values.dim() - 1)))


def _rows(network: nn.Module, choice: Sequence[Chosen]) -> Iterator[tuple[nn.Parameter, Tensor]]:
    """Every parameter with a row a channel, and (rows,) bool, which of them shall go."""
    for one in choice:
        for layer, norm, rows in one.site.places:
            goes = torch.empty_like(one.stays)
            goes[rows] = ~one.stays
            for name in (layer, norm) if norm else (layer,):
                yield from ((values, goes) for values in network.get_submodule(name).parameters())


class Separating(Hook):
    """Push all weights alike and little by little: along flat directions they give in first."""

    def __init__(self, push: Schedule) -> None:
        self.push = push

    def after_backward(self, moment: Moment) -> None:
        """Add the penalty's gradient."""
        with torch.no_grad():
            for layer in layers_of(moment.network).values():
                if layer.weight.grad is not None:
                    layer.weight.grad.add_(layer.weight, alpha=self.push(moment.progress))


@dataclass(frozen=True, slots=True, kw_only=True)
class Separate(Coursed):
    """Let curvature show in the weights' size, before any is chosen."""

    course: Course
    aids: Aids = UNAIDED
    push: Schedule = field(default_factory=lambda: Ramp(PICKING, 1.0))

    def describe(self) -> str:
        """Course and penalty."""
        return f"push all weights alike, {self.push}, {self.course.epochs:g} epochs"

    def run(self, subject: Subject, lab: Lab) -> Subject:
        """The network with smaller weights."""
        lab.train(subject, self.course, self.aids, [Separating(self.push)])
        lab.journal.note("separated", validation=lab.validated(subject.network))
        return subject


@dataclass(frozen=True, slots=True, kw_only=True)
class PushOut(Coursed):
    """Choose the channels that go, push them to 0, close them. kept: lambda of those that stay."""

    score: ChannelScore
    limit: Limit
    course: Course
    kept: float = 0.0
    aids: Aids = UNAIDED
    push: Schedule = field(default_factory=lambda: Ramp(TOP, ENDS))

    def describe(self) -> str:
        """Score, limit, penalty."""
        name = self.score.__name__.replace("_", " ")
        return (
            f"push channels out, chosen by {name}, to {self.limit.describe()}, {self.push}, "
            f"{self.course.epochs:g} epochs"
        )

    def run(self, subject: Subject, lab: Lab) -> Subject:
        """The network with closed channels, which carried next to nothing before."""
        choice = chosen(self.score, self.limit, subject, lab)
        lab.train(subject, self.course, self.aids, [Growing(choice, self.push, self.kept)])
        return closed(choice, subject, lab, lab.validated(subject.network))
