"""Deep reinforcement learning: one agent finds each layer's channels, then another its bits.

Source: Zhan et al., 2019, arXiv 1912.02254. Each agent walks the layers once an episode. The first
answers with the share of channels that stay; a copy that is cut so by norm, its batch norms
recalibrated, is judged on the validation split, and the reward is -error * log(size). The second
answers with 2 to 8 bits a layer; weights are put on equal steps, and the mean may not exceed what
the target says. Answers are cut to what later layers can still give back. Left out: the variational
dropout of single weights inside of layers, whose constants are not in the abstract.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from model_compression.errors import CompressionError
from model_compression.framework.ddpg import Answers, Walks, search
from model_compression.framework.granularity import largest
from model_compression.framework.hooks import FORWARD_COST
from model_compression.framework.layers import layers_of
from model_compression.framework.levels import project
from model_compression.framework.mixing import recalibrate
from model_compression.framework.purify import RemoveUnused
from model_compression.framework.quantizing import Freeze
from model_compression.framework.recipe import Goal, Recipe
from model_compression.framework.sites import Site, close, sites_of
from model_compression.framework.stage import Lab, Stage, Subject, Untrained
from model_compression.framework.targets import Target
from model_compression.framework.training import Course
from model_compression.framework.widths import Limit, Size, sized
from model_compression.recipes.settings import TAUGHT, changed_for, finish

CALIBRATED_BY = 256
FEWEST_BITS, MOST_BITS = 2, 8
WALKS = Walks(episodes=60)
BIT_WALKS = Walks(episodes=40, warm=10)


@dataclass(frozen=True, slots=True)
class Clip:
    """How an answer is cut: with later units at their *floor* the size is *most* at most. It is
    linear in one unit's share, so the largest allowed one is a quotient.
    """

    size: Size
    roots: Sequence[str]
    floor: Mapping[str, float]
    most: float

    def __call__(self, before: Answers, answer: float) -> float:
        """*answer* of the unit after *before*, or the largest that is allowed."""
        shares = dict(self.floor) | dict(zip(self.roots, before, strict=False))
        root = self.roots[len(before)]
        none, all_ = (float(self.size({**shares, root: share})) for share in (0.0, 1.0))
        room = (self.most - none) / max(all_ - none, 1e-9)
        return max(self.floor[root], min(answer, room))


@dataclass(frozen=True, slots=True)
class SearchWidths(Untrained):
    """An agent's shares of channels; the best walk is cut."""

    limit: Limit
    walks: Walks = WALKS

    def describe(self) -> str:
        """Episodes and limit."""
        return f"an agent walks {self.walks.episodes} times: widths to {self.limit.describe()}"

    def run(self, subject: Subject, lab: Lab) -> Subject:
        """The network with channels closed. Raises CompressionError when one each is too much."""
        network, example = subject.network, lab.example(subject.network)
        sites = sites_of(network, example)
        size = sized(network, [site.unit for site in sites], example, of_macs=self.limit.of_macs)
        most, floor = self.limit.within(lab), {s.root: 1 / s.unit.size for s in sites}
        if float(size(floor)) > most:
            widest = max(sites, key=lambda site: site.unit.size).root
            raise CompressionError(f"layer {widest} stops it: one channel a layer is too much")
        clip = Clip(size, [site.root for site in sites], floor, most)
        found = search(
            len(sites),
            lambda before: _state(sites, size, before),
            lambda before, answer: _whole(sites[len(before)], clip(before, answer)),
            lambda shares: self._reward(network, sites, size, shares, lab),
            self.walks,
            lab.seed,
        )
        lab.journal.visits += self.walks.episodes * len(lab.task.validation) * FORWARD_COST
        lab.journal.note("walked", shares=found.answers, reward=found.reward, own=found.own)
        _cut(network, sites, found.answers)
        recalibrate(network, _calibrating(lab))
        return subject

    def _reward(
        self, network: nn.Module, sites: Sequence[Site], size: Size, shares: Answers, lab: Lab
    ) -> float:
        """-error * log(size) of a copy that is cut and recalibrated."""
        trial = copy.deepcopy(network)
        _cut(trial, sites, shares)
        recalibrate(trial, _calibrating(lab))
        left = float(size({s.root: a for s, a in zip(sites, shares, strict=True)}))
        return -(1.0 - lab.validated(trial)) * math.log(max(left, math.e))


def _calibrating(lab: Lab) -> tuple[Tensor, ...]:
    return lab.task.train.inputs(torch.arange(min(CALIBRATED_BY, len(lab.task.train))))


def _whole(site: Site, share: float) -> float:
    """Of whole channels, rounded down: one at least."""
    return max(1, int(share * site.unit.size + 1e-6)) / site.unit.size


def _cut(network: nn.Module, sites: Sequence[Site], shares: Answers) -> None:
    layers = layers_of(network)
    for site, share in zip(sites, shares, strict=True):
        norms = layers[site.root].weight.detach().flatten(1).norm(dim=1).cpu()
        close(network, site, largest(norms, max(1, round(share * site.unit.size))))


def _state(sites: Sequence[Site], size: Size, before: Answers) -> list[float]:
    """Place, channels, cost, what is cut, what is left, the last answer."""
    site, whole = sites[len(before)], float(size({}))
    shares = {one.root: a for one, a in zip(sites, before, strict=False)}
    now = float(size(shares))
    cost = now - float(size({**shares, site.root: 0.0}))
    last = before[-1] if before else 1.0
    place = len(before) / len(sites)
    return [place, math.log2(site.unit.size) / 10, cost / whole, 1 - now / whole, last]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchBits:
    """An agent's bits a layer, *bits* a weight on the mean at most; then *freeze* to them."""

    bits: int
    freeze: Freeze
    walks: Walks = BIT_WALKS

    @property
    def epochs(self) -> float:
        """Those of freezing."""
        return self.freeze.epochs

    def scaled(self, factor: float) -> SearchBits:
        """Freezing, longer or shorter."""
        return replace(self, freeze=self.freeze.scaled(factor))

    def describe(self) -> str:
        """Episodes and bits."""
        return f"an agent walks {self.walks.episodes} times: {self.bits} bits a weight, then freeze"

    def run(self, subject: Subject, lab: Lab) -> Subject:
        """The network on levels of its layers' bits."""
        network = subject.network
        layers = list(layers_of(network))
        sizes = [layers_of(network)[name].weight.numel() for name in layers]

        def bits(answers: Answers) -> dict[str, int]:
            return dict(zip(layers, map(bits_of, answers), strict=False))

        found = search(
            len(layers),
            lambda before: [len(before) / len(layers), sizes[len(before)] / max(sizes),
                            before[-1] if before else 1.0],
            lambda before, answer: within_bits(sizes, before, answer, self.bits),
            lambda answers: _accuracy(network, bits(answers), lab),
            self.walks,
            lab.seed,
        )  # fmt: skip
        lab.journal.visits += self.walks.episodes * len(lab.task.validation) * FORWARD_COST
        lab.journal.note("walked", bits=bits(found.answers), reward=found.reward)
        return replace(self.freeze, bits=bits(found.answers)).run(subject, lab)


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


def _accuracy(network: nn.Module, bits: Mapping[str, int], lab: Lab) -> float:
    """Of a copy on equal steps, without training."""
    trial = copy.deepcopy(network)
    with torch.no_grad():
        for name, layer in layers_of(trial).items():
            layer.weight.copy_(project(layer.weight, "uniform", bits[name], zero=False)[0])
    return lab.validated(trial)


def _stages(goal: Goal) -> list[Stage]:
    limit = Limit.of(goal)
    found: list[Stage] = [SearchWidths(limit), RemoveUnused(), finish(limit.share, epochs=30.0)]
    if goal.target.bits is not None:
        course = Course(epochs=1.0, changed=changed_for(limit.share))
        freeze = Freeze(kind="uniform", bits=goal.target.bits, course=course, aids=TAUGHT)
        found.append(SearchBits(bits=goal.target.bits, freeze=freeze))
    return found


DEEP_RL = Recipe(
    name="deep-rl",
    title="Channels and then bits of each layer, found by an agent",
    paper="Zhan et al., 2019, arXiv 1912.02254",
    stages=_stages,
    target=Target(share=1 / 10, bits=5),
    groups="channel",
    departs=(
        "No variational dropout inside of layers; 60 and 40 episodes instead of hundreds; bits are "
        "judged before, not after, a short training, and reached by gradual freezing."
    ),
)
