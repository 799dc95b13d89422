"""Channel similarity: channels that say the same become one, by what their weights and norms say.

Channels are clustered, all layers are cut at one height, so that layers with more duplicates become
thinner; the strongest of a cluster stays, and what reads the others reads it.
Source: Zhang et al., arXiv 1908.02620; the distance is derived from its abstract, for the full text
was not at hand.
"""

from __future__ import annotations

from dataclasses import dataclass

from model_compression.framework.channels import closed
from model_compression.framework.purify import RemoveUnused
from model_compression.framework.recipe import Recipe
from model_compression.framework.similarity import Tree, merge
from model_compression.framework.stage import Lab, Subject, Untrained
from model_compression.framework.targets import Target
from model_compression.framework.widths import Limit
from model_compression.recipes.settings import finish
from model_compression.recipes.structured import share_of


@dataclass(frozen=True, slots=True)
class MergeAlike(Untrained):
    """Clusters of channels become their strongest member; `RemoveUnused` cuts out the others."""

    limit: Limit

    def describe(self) -> str:
        """Limit."""
        return f"make one of channels that say the same, to {self.limit.describe()}"

    def run(self, subject: Subject, lab: Lab) -> Subject:
        """The network with merged channels. Raises CompressionError."""
        network, before = subject.network, lab.validated(subject.network)
        sites = lab.sites(network)
        trees = {site.root: Tree.of(network, site) for site in sites}
        heights = {root: tree.heights for root, tree in trees.items()}
        stays = self.limit.budget(network, sites, lab).best(heights)
        counts = {root: int(mask.sum()) for root, mask in stays.items()}
        choice = [merge(network, site, trees[site.root], counts[site.root]) for site in sites]
        return closed(choice, subject, lab, before)


SIMILARITY = Recipe(
    name="channel-similarity",
    title="Channels that say the same become one, then the network is retrained",
    paper="Zhang et al., 2019, arXiv 1908.02620",
    stages=lambda goal: [
        MergeAlike(Limit.of(goal)),
        RemoveUnused(),
        finish(share_of(goal), epochs=30.0),
    ],
    target=Target(share=1 / 20),
    groups="channel",
    departs=(
        "Distances are over the channels' energies, so that one height serves all layers; layers "
        "without a batch norm count with their weights and biases as they are."
    ),
)
