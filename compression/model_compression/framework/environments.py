"""What an agent that walks the layers sees, may answer and is paid for: channels, or bits.

Answers are cut to what later layers can still give back, so that no walk exceeds its budget.
Source: Zhan et al., 2019, arXiv 1912.02254; what is seen of a layer is ours.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from model_compression.framework.channels import lengths_of
from model_compression.framework.ddpg import Answers
from model_compression.framework.granularity import largest
from model_compression.framework.layers import layers_of
from model_compression.framework.levels import project
from model_compression.framework.mixing import recalibrate
from model_compression.framework.sites import Site, close
from model_compression.framework.stage import Lab
from model_compression.framework.widths import Budget

CALIBRATED_BY = 256
FEWEST_BITS, MOST_BITS = 2, 8


@dataclass(frozen=True, slots=True)
class ChannelShares:
    """An answer is the share of a unit's channels that stay, in whole channels."""

    network: nn.Module
    sites: Sequence[Site]
    budget: Budget
    lab: Lab

    def floor(self) -> dict[str, float]:
        """Unit -> the share that one channel is."""
        return {site.root: 1 / site.unit.size for site in self.sites}

    def state(self, before: Answers) -> list[float]:
        """Place, channels, cost, what is cut, what is left, the last answer."""
        site, size = self.sites[len(before)], self.budget.size
        shares, whole = self._shares(before), float(size({}))
        now = float(size(shares))
        cost = now - float(size({**shares, site.root: 0.0}))
        last = before[-1] if before else 1.0
        place = len(before) / len(self.sites)
        return [place, math.log2(site.unit.size) / 10, cost / whole, 1 - now / whole, last]

    def allowed(self, before: Answers, answer: float) -> float:
        """*answer* of the unit after *before*, or the largest with which later ones can have a
        channel each.
        """
        site, floor = self.sites[len(before)], self.floor()
        room = self.budget.room(site.root, floor | self._shares(before))
        share = max(floor[site.root], min(answer, room))
        return max(1, int(share * site.unit.size + 1e-6)) / site.unit.size

    def reward(self, answers: Answers) -> float:
        """-error * log(size) of a copy that is cut, without training."""
        right = self.lab.tried(self.network, lambda trial: self.cut(trial, answers))
        left = float(self.budget.size(self._shares(answers)))
        return -(1.0 - right) * math.log(max(left, math.e))

    def cut(self, network: nn.Module, answers: Answers) -> None:
        """Close the channels of smallest norm and give batch norms what they now see."""
        lengths, train = lengths_of(network, self.sites), self.lab.task.train
        for site, share in zip(self.sites, answers, strict=True):
            kept = max(1, round(share * site.unit.size))
            close(network, site, largest(lengths[site.root], kept))
        recalibrate(network, train.inputs(torch.arange(min(CALIBRATED_BY, len(train)))))

    def _shares(self, answers: Answers) -> dict[str, float]:
        return {one.root: share for one, share in zip(self.sites, answers, strict=False)}


@dataclass(frozen=True, slots=True)
class LayerBits:
    """An answer is a layer's bits, of which a weight has *mean* on the mean at most."""

    network: nn.Module
    mean: int
    lab: Lab

    def state(self, before: Answers) -> list[float]:
        """Place, size, the last answer."""
        sizes = self._sizes()
        size = sizes[len(before)] / max(sizes)
        return [len(before) / len(sizes), size, before[-1] if before else 1.0]

    def allowed(self, before: Answers, answer: float) -> float:
        """*answer* of the layer after *before*, lowered to the mean."""
        return within_bits(self._sizes(), before, answer, self.mean)

    def reward(self, answers: Answers) -> float:
        """Validation accuracy of a copy on equal steps, without training."""
        bits = self.bits(answers)

        def put(trial: nn.Module) -> None:
            with torch.no_grad():
                for name, layer in layers_of(trial).items():
                    layer.weight.copy_(_stepped(layer.weight, bits[name]))

        return self.lab.tried(self.network, put)

    def bits(self, answers: Answers) -> dict[str, int]:
        """Layer -> its bits."""
        return dict(zip(layers_of(self.network), map(bits_of, answers), strict=True))

    def _sizes(self) -> list[int]:
        return [layer.weight.numel() for layer in layers_of(self.network).values()]


def _stepped(weight: Tensor, bits: int) -> Tensor:
    return project(weight, "uniform", bits, zero=False)[0]


def bits_of(answer: float) -> int:
    """2 to 8."""
    span = MOST_BITS - FEWEST_BITS + 1
    return min(MOST_BITS, max(FEWEST_BITS, round(FEWEST_BITS - 0.5 + answer * span)))


def within_bits(sizes: Sequence[int], before: Answers, answer: float, mean: int) -> float:
    """*answer*, lowered until the mean is met with the fewest bits for all later layers."""
    spent = sum(bits_of(a) * n for a, n in zip(before, sizes, strict=False))
    later = FEWEST_BITS * sum(sizes[len(before) + 1 :])
    room = (max(mean, FEWEST_BITS) * sum(sizes) - spent - later) // sizes[len(before)]
    while bits_of(answer) > room and bits_of(answer) > FEWEST_BITS:
        answer = max(0.0, answer - 0.05)
    return answer
