"""What pulls channels to 0 while a network trains: penalties on their gates or their filters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import Tensor

from model_compression.framework.channels import Chosen
from model_compression.framework.gates import Dual, Scale
from model_compression.framework.hooks import Hook, Moment
from model_compression.framework.layers import layers_of
from model_compression.framework.whitening import Whitened
from model_compression.tasks.task import Task

SMOOTH = 0.9  # of a loss over steps


class SmallFactors(Hook):
    """An L1 penalty on all factors. Source: Liu et al., ICCV 2017, arXiv 1708.06519."""

    def __init__(self, gates: Iterable[Scale], weight: float) -> None:
        self.gates, self.weight = list(gates), weight

    def loss(self, moment: Moment) -> Tensor:
        """The weight times the sum of their sizes."""
        return self.weight * torch.stack([one.factor.abs().sum() for one in self.gates]).sum()


class SmallFilters(Hook):
    """An L1 penalty on the filters that do not stay, and on no others.

    Source: Singh et al., IJCAI 2019, arXiv 1905.04446.
    """

    def __init__(self, choice: Sequence[Chosen], weight: float) -> None:
        self.choice, self.weight = choice, weight

    def loss(self, moment: Moment) -> Tensor | None:
        """The weight times the sum of |w|."""
        layers = layers_of(moment.network)
        parts = [
            layers[place.layer].weight[place.rows[~one.stays]].abs().sum()
            for one in self.choice
            for place in one.site.places
        ]
        return self.weight * torch.stack(parts).sum() if parts and self.weight else None


class Priced(Hook):
    """Scales cost what their channels cost, more with every step, and never fall below 0."""

    def __init__(
        self, scales: Mapping[str, Scale], costs: Mapping[str, float], price: float
    ) -> None:
        """costs: place -> of one channel, all channels together 1. price: of all in the end."""
        self.scales, self.costs, self.price = scales, costs, price

    def loss(self, moment: Moment) -> Tensor:
        """The price so far, times what is open."""
        parts = [cost * self.scales[name].factor.sum() for name, cost in self.costs.items()]
        return self.price * moment.progress * torch.stack(parts).sum()

    def after_step(self, moment: Moment) -> None:
        """A scale below 0 would turn its channel round."""
        with torch.no_grad():
            for scale in self.scales.values():
                scale.factor.clamp_(min=0.0)


class CostAware(Hook):
    """Pulls a gate to 0, the less the more the loss has risen; factors stay within [0, 1].

    allowance: how far it may rise. Source: Chu et al., 2019, arXiv 1904.03508.
    """

    def __init__(self, gate: Dual, task: Task, allowance: float) -> None:
        self.gate, self.task, self.allowance = gate, task, allowance
        self.first: float | None = None
        self.last = 0.0

    @property
    def risen(self) -> float:
        """By how much of the allowance."""
        return (self.last - (self.first or 0.0)) / self.allowance

    def loss(self, moment: Moment) -> Tensor:
        """The mean factor, times what is left of the allowance."""
        now = float(self.task.loss(moment.logits.detach(), moment.batch.target))
        self.last = now if self.first is None else SMOOTH * self.last + (1 - SMOOTH) * now
        self.first = now if self.first is None else self.first
        return max(0.0, 1.0 - self.risen) * self.gate.factor.mean()

    def after_step(self, moment: Moment) -> None:
        """Back into the range."""
        with torch.no_grad():
            self.gate.factor.clamp_(0.0, 1.0)


class Quiet(Hook):
    """Factors are pulled to 0 and shifts below it, so that channels become inactive.

    Source: Shao et al., 2021, arXiv 2105.06423.
    """

    def __init__(self, gates: Mapping[str, Whitened], on_factors: float, on_shifts: float) -> None:
        self.gates, self.on_factors, self.on_shifts = gates, on_factors, on_shifts

    def loss(self, moment: Moment) -> Tensor:
        """Over all gates."""
        parts = [
            self.on_factors * gate.factor.abs().sum() + self.on_shifts * gate.shift.sum()
            for gate in self.gates.values()
        ]
        return torch.stack(parts).sum()
