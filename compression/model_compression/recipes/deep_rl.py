"""Deep reinforcement learning: one agent finds each layer's channels, then another its bits.

Source: Zhan et al., 2019, arXiv 1912.02254. Each agent walks the layers once an episode. The first
answers with the share of channels that stay; a copy that is cut so by norm, its batch norms
recalibrated, is judged on the validation split, and the reward is -error * log(size). The second
answers with 2 to 8 bits a layer; weights are put on equal steps, and the mean may not exceed what
the target says. Left out: the variational dropout of single weights inside of layers, whose
constants are not in the abstract.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from model_compression.framework.ddpg import Walks, search
from model_compression.framework.environments import ChannelShares, LayerBits
from model_compression.framework.layers import layers_of
from model_compression.framework.purify import RemoveUnused
from model_compression.framework.quantizing import Freeze
from model_compression.framework.recipe import Goal, Recipe
from model_compression.framework.stage import Lab, Stage, Subject, Untrained
from model_compression.framework.targets import Target
from model_compression.framework.training import Course
from model_compression.framework.widths import Limit
from model_compression.recipes.settings import TAUGHT, changed_for, finish

WALKS = Walks(episodes=60)
BIT_WALKS = Walks(episodes=40, warm=10)


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
        network = subject.network
        sites = lab.sites(network)
        world = ChannelShares(network, sites, self.limit.budget(network, sites, lab), lab)
        world.budget.check(world.floor())
        found = search(len(sites), world.state, world.allowed, world.reward, self.walks, lab.seed)
        lab.count_trials(self.walks.episodes)
        lab.journal.note("walked", shares=found.answers, reward=found.reward, own=found.own)
        world.cut(network, found.answers)
        return subject


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
        world, layers = LayerBits(subject.network, self.bits, lab), layers_of(subject.network)
        found = search(len(layers), world.state, world.allowed, world.reward, self.walks, lab.seed)
        bits = world.bits(found.answers)
        lab.count_trials(self.walks.episodes)
        lab.journal.note("walked", bits=bits, reward=found.reward)
        return replace(self.freeze, bits=bits).run(subject, lab)


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
