"""Widths as Markov chains: a layer's channels stand in order, and a chain says where they end.

A layer's channels stand in groups; group g stays with probability sigmoid(alpha_g) if the one
before stays, so its own is the product so far. `Sandwich` trains a network that works at any width,
`LearnChains` the alphas, against what the expected widths weigh.
Source: Guo et al., 2020, arXiv 2005.03354.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from classifier.training.batches import generator_of
from model_compression.framework.bisection import largest
from model_compression.framework.gates import Writer
from model_compression.framework.hooks import Hook, Moment
from model_compression.framework.widths import Budget
from model_compression.tasks.task import Task

GROUPS, ALWAYS, SURE = 10, 0.02, 3.0
"""Of a layer; the share of channels before them; the alpha that chains start with."""
RATE, PRICE, WITHIN = 0.1, 0.1, 0.95
FARTHEST, HALVINGS = 40.0, 50
"""Of a shift of all alphas, where a sigmoid is 0 or 1 to a float; and of the way to it."""


class Chain(nn.Module):
    """A gate of the first channels. width: how many are open; None: all, or by chance when soft."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.channels = channels
        self.always = max(1, round(ALWAYS * channels))
        groups = max(1, min(GROUPS, channels - self.always))
        at = torch.arange(max(1, channels - self.always)) * groups
        self.group = nn.Buffer(at // max(1, channels - self.always), persistent=False)
        self.alpha = nn.Parameter(torch.full((groups,), SURE), requires_grad=False)
        self.width: int | None = None
        self.soft = False

    def stays(self, shift: float = 0.0) -> Tensor:
        """(channels,): the probability of each, never rising. shift: of all alphas."""
        later = torch.sigmoid(self.alpha + shift).cumprod(dim=0)[self.group]
        sure = torch.ones(self.always, device=later.device)
        return torch.cat([sure, later])[: self.channels]

    def drawn(self, chance: Tensor) -> int:
        """A width by the chain. chance: (groups,) uniform numbers."""
        on = (chance.to(self.alpha) < torch.sigmoid(self.alpha)).long().cumprod(dim=0)
        return self.always + int((self.group < on.sum()).sum())

    def narrowed(self, random: torch.Generator, *, by_chain: bool) -> int:
        """A width by chance: as the chain says, or any."""
        chance = torch.rand(len(self.alpha) + 1, generator=random)
        if by_chain:
            return self.drawn(chance[:-1])
        return self.always + int(float(chance[-1]) * (self.channels - self.always + 1))

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, ...) -> the same shape."""
        if self.width is None and not self.soft:
            return x
        open_ = self.stays() if self.soft else torch.arange(self.channels, device=x.device)
        factor = open_ if self.soft else (open_ < (self.width or 0)).to(x.dtype)
        return x * factor.reshape(-1, *[1] * (x.dim() - 2))

    def fold(self, writer: Writer) -> None:
        """All are open by now."""


@dataclass(frozen=True, slots=True)
class Chains:
    """gates: unit -> its chain. budget: what the network that they leave may weigh."""

    gates: Mapping[str, Chain]
    budget: Budget

    def expected(self) -> Tensor:
        """The size that they leave on average, differentiable."""
        shares = {root: chain.stays().mean() for root, chain in self.gates.items()}
        return torch.as_tensor(self.budget.size(shares))

    def widths(self) -> dict[str, int]:
        """Unit -> channels: the expected ones, all alphas shifted alike so that they fit.

        Raises CompressionError when the narrowest do not.
        """
        shift = largest(
            lambda shift: self.budget.fits(self._shares(shift)),
            -FARTHEST,
            FARTHEST,
            halvings=HALVINGS,
        )
        self.budget.check(self._shares(shift))
        return self._whole(shift)

    def open(self) -> None:
        """Let all channels through."""
        for chain in self.gates.values():
            chain.width, chain.soft = None, False

    def _whole(self, shift: float) -> dict[str, int]:
        return {r: int(float(c.stays(shift).sum()) + 1e-4) for r, c in self.gates.items()}

    def _shares(self, shift: float) -> dict[str, float]:
        return {r: width / self.gates[r].channels for r, width in self._whole(shift).items()}


def overspent(expected: Tensor, most: float) -> Tensor:
    """The price of an *expected* size: nothing within 5 % below *most*."""
    if WITHIN * most <= float(expected.detach()) <= most:
        return 0.0 * expected
    return PRICE * ((expected - most).abs() / most).clamp(min=1e-6).log()


class Sandwich(Hook):
    """Trains other widths beside the widest: the narrowest, and two by chance, ever more as the
    chains say. They learn the widest's answers.
    """

    def __init__(self, chains: Chains, seed: int) -> None:
        self.chains, self.seed = chains, seed

    def loss(self, moment: Moment) -> Tensor:
        """How far the three are from the widest."""
        told = functional.softmax(moment.logits.detach(), dim=1)
        parts = []
        for number in range(3):
            self._narrow(number, moment)
            said = functional.log_softmax(moment.network(*moment.batch.inputs), dim=1)
            parts.append(functional.kl_div(said, told, reduction="batchmean"))
        self.chains.open()
        return torch.stack(parts).sum()

    def _narrow(self, number: int, moment: Moment) -> None:
        random = generator_of(self.seed, 3 * moment.step + number, "choose")
        by_chain = float(torch.rand(1, generator=random)) < moment.progress
        for chain in self.chains.gates.values():
            by_chance = chain.narrowed(random, by_chain=by_chain)
            chain.width = by_chance if number else chain.always


class LearnChains(Hook):
    """From halfway on, a step of the alphas alone after each of the weights."""

    def __init__(self, chains: Chains, task: Task) -> None:
        self.chains, self.task = chains, task
        alphas = [chain.alpha for chain in chains.gates.values()]
        self.optimizer = torch.optim.Adam(alphas, lr=RATE)

    def after_step(self, moment: Moment) -> None:
        """By the loss of the network whose groups are scaled by their chances, and the price."""
        if moment.progress < 0.5:
            return
        alphas = [chain.alpha.requires_grad_(True) for chain in self.chains.gates.values()]
        for chain in self.chains.gates.values():
            chain.soft = True
        logits = moment.network(*moment.batch.inputs)
        price = overspent(self.chains.expected(), self.chains.budget.most)
        loss = self.task.loss(logits, moment.batch.target) + price
        gradients = torch.autograd.grad(loss, alphas, allow_unused=True)
        for alpha, gradient in zip(alphas, gradients, strict=True):
            alpha.grad = gradient
            alpha.requires_grad_(False)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.chains.open()
