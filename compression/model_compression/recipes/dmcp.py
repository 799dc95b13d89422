"""DMCP: how many channels a layer keeps is a Markov chain that learns, the channels being in order.

Source: Guo et al., 2020, arXiv 2005.03354. A layer's channels stand in groups; group g stays with
probability sigmoid(alpha_g) if the one before stays, so its own is the product so far. First a
network learns to work at any width (the widest by labels, the narrowest and two random ones by the
widest's answers); in the second half the chain learns too: the loss with every group scaled by its
probability, and 0.1 log|expected size - target|. The expected widths are then trained from scratch.
Ours: the start from the dense parent's weights, ten equal groups behind 2 % of channels that always
stay (the paper: 10 %), and one shift of all alphas in the end that meets the target exactly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from classifier.training.batches import generator_of
from model_compression.errors import CompressionError
from model_compression.framework.gates import Writer
from model_compression.framework.hooks import Hook, Moment
from model_compression.framework.purify import RemoveUnused
from model_compression.framework.recipe import Goal, Recipe
from model_compression.framework.sites import close, gated, sites_of
from model_compression.framework.stage import Coursed, Lab, Stage, Subject, Untrained
from model_compression.framework.targets import Target
from model_compression.framework.training import Course
from model_compression.framework.widths import Limit, Size, sized
from model_compression.recipes.settings import finish
from model_compression.tasks.task import Task

GROUPS, ALWAYS, SURE = 10, 0.02, 3.0
"""Of a layer; the share of channels before them; the alpha that chains start with."""
RATE, PRICE, WITHIN = 0.1, 0.1, 0.95
PASSES = 5  # through the network a step: four widths and the chain's


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
        """(channels,): the probability of each, never rising."""
        later = torch.sigmoid(self.alpha + shift).cumprod(dim=0)[self.group]
        sure = torch.ones(self.always, device=later.device)
        return torch.cat([sure, later])[: self.channels]

    def drawn(self, chance: Tensor) -> int:
        """A width by the chain. chance: (groups,) uniform numbers."""
        on = (chance.to(self.alpha) < torch.sigmoid(self.alpha)).long().cumprod(dim=0)
        return self.always + int((self.group < on.sum()).sum())

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, ...) -> the same shape."""
        if self.width is None and not self.soft:
            return x
        open_ = self.stays() if self.soft else torch.arange(self.channels, device=x.device)
        factor = open_ if self.soft else (open_ < (self.width or 0)).to(x.dtype)
        return x * factor.reshape(-1, *[1] * (x.dim() - 2))

    def fold(self, writer: Writer) -> None:
        """All are open by now."""


def overspent(expected: Tensor, most: float) -> Tensor:
    """The price of an *expected* size: nothing within 5 % below *most*."""
    if WITHIN * most <= float(expected.detach()) <= most:
        return 0.0 * expected
    return PRICE * ((expected - most).abs() / most).clamp(min=1e-6).log()


class Sandwich(Hook):
    """Trains other widths beside the widest, and in the second half the chains."""

    def __init__(
        self, chains: Mapping[str, Chain], size: Size, most: float, task: Task, seed: int
    ) -> None:
        """chains: unit -> its gate. most: the size that is wanted."""
        self.chains, self.size, self.most = chains, size, most
        self.task, self.seed = task, seed
        self.optimizer = torch.optim.Adam([one.alpha for one in chains.values()], lr=RATE)

    def loss(self, moment: Moment) -> Tensor:
        """How far the narrowest and two random widths are from the widest's answers."""
        told = functional.softmax(moment.logits.detach(), dim=1)
        parts = []
        for number in range(3):
            self._narrow(number, moment)
            said = functional.log_softmax(moment.network(*moment.batch.inputs), dim=1)
            parts.append(functional.kl_div(said, told, reduction="batchmean"))
        self._open()
        return torch.stack(parts).sum()

    def after_step(self, moment: Moment) -> None:
        """A step of the chains alone."""
        if moment.progress < 0.5:
            return
        alphas = [chain.alpha.requires_grad_(True) for chain in self.chains.values()]
        for chain in self.chains.values():
            chain.soft = True
        logits = moment.network(*moment.batch.inputs)
        price = overspent(self.expected(), self.most)
        loss = self.task.loss(logits, moment.batch.target) + price
        gradients = torch.autograd.grad(loss, alphas, allow_unused=True)
        for alpha, gradient in zip(alphas, gradients, strict=True):
            alpha.grad = gradient
            alpha.requires_grad_(False)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self._open()

    def expected(self, shift: float = 0.0) -> Tensor:
        """The size that the chains have on average, differentiable."""
        return torch.as_tensor(
            self.size({r: c.stays(shift).mean() for r, c in self.chains.items()})
        )

    def widths(self) -> dict[str, int]:
        """Unit -> channels: the expected ones, all alphas shifted alike so that they fit.

        Raises CompressionError when the narrowest do not.
        """
        low, high = -40.0, 40.0
        for _ in range(50):
            middle = (low + high) / 2
            fits = float(self.size(self._shares(middle))) <= self.most
            low, high = (middle, high) if fits else (low, middle)
        if float(self.size(self._shares(low))) > self.most:
            raise CompressionError(
                f"layer {max(self.chains, key=lambda r: self.chains[r].channels)} stops it: the "
                f"narrowest network has more than {self.most:,.0f}. Ask for more."
            )
        return {r: int(float(c.stays(low).sum()) + 1e-4) for r, c in self.chains.items()}

    def _shares(self, shift: float) -> dict[str, float | Tensor]:
        return {
            root: int(float(chain.stays(shift).sum()) + 1e-4) / chain.channels
            for root, chain in self.chains.items()
        }

    def _narrow(self, number: int, moment: Moment) -> None:
        """The narrowest first; then at random, ever more as the chains say."""
        random = generator_of(self.seed, 3 * moment.step + number, "choose")
        by_chain = float(torch.rand(1, generator=random)) < moment.progress
        for chain in self.chains.values():
            chance = torch.rand(len(chain.alpha) + 1, generator=random)
            spare = chain.channels - chain.always
            anywhere = chain.always + int(float(chance[-1]) * (spare + 1))
            drawn = chain.drawn(chance[:-1]) if by_chain else anywhere
            chain.width = drawn if number else chain.always

    def _open(self) -> None:
        for chain in self.chains.values():
            chain.width, chain.soft = None, False


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnWidths(Coursed):
    """A network of all widths, and chains that say which; then the expected one, cut out."""

    limit: Limit
    course: Course

    @property
    def epochs(self) -> float:
        """Every step goes through the network several times."""
        return PASSES * self.course.epochs

    def describe(self) -> str:
        """Limit and course."""
        return (
            f"train all widths and Markov chains over them for {self.course.epochs:g} epochs, "
            f"{PASSES} passes a step, to {self.limit.describe()}"
        )

    def run(self, subject: Subject, lab: Lab) -> Subject:
        """The network, its channels behind the expected widths closed."""
        network, example = subject.network, lab.example(subject.network)
        sites = sites_of(network, example)
        chains = {site.root: Chain(site.unit.size).to(example[0].device) for site in sites}
        size = sized(network, [site.unit for site in sites], example, of_macs=self.limit.of_macs)
        hook = Sandwich(chains, size, self.limit.within(lab), lab.task, lab.seed)
        with gated(network, {p.name: chains[s.root] for s in sites for p in s.places}):
            lab.train(subject, self.course, hooks=[hook])
        lab.journal.visits += (PASSES - 1) * self.course.visits(lab.task)
        widths, expected = hook.widths(), float(hook.expected())
        for site in sites:
            close(network, site, torch.arange(site.unit.size) < widths[site.root])
        lab.journal.note("widths", widths=widths, expected=expected, wanted=hook.most)
        return subject


@dataclass(frozen=True, slots=True)
class Forgotten(Untrained):
    """All weights drawn anew: only the shape stays."""

    def describe(self) -> str:
        """What it is."""
        return "draw all weights anew"

    def run(self, subject: Subject, lab: Lab) -> Subject:
        """The same shape."""
        torch.manual_seed(lab.seed)
        for module in subject.network.modules():
            if isinstance(module, (nn.Conv2d, nn.Linear, nn.BatchNorm2d)):
                module.reset_parameters()
        return subject


def _stages(goal: Goal) -> list[Stage]:
    limit = Limit.of(goal)
    learn = LearnWidths(limit=limit, course=Course(epochs=3.0, rate=1e-3))
    return [learn, RemoveUnused(), Forgotten(), finish(limit.share, epochs=25.0)]


DMCP = Recipe(
    name="dmcp",
    title="Widths by a Markov chain over ordered channels, trained from scratch",
    paper="Guo et al., 2020, arXiv 2005.03354",
    stages=_stages,
    target=Target(share=1 / 20),
    groups="channel",
    departs=(
        "Starts from the dense parent; 2 % of channels always stay; a last shift of all alphas "
        "meets the target; expected widths only, no sampling of several networks."
    ),
)
