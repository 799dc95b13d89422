"""Channel similarity: channels that say the same become one, by what their weights and norms say.

A channel is y_i = f_i (w_i . x) + s_i, with the norm behind it as factor and shift. For patches x
that are white, the mean of (y_i - y_j)^2 is (s_i - s_j)^2 + |f_i w_i - f_j w_j|^2: no data are
needed. Channels are clustered (average linkage) by that over their own energies, all layers are cut
at one height, so that layers with more duplicates become thinner; the strongest of a cluster stays,
and what reads the others reads it. Source: Zhang et al., arXiv 1908.02620; the distance is derived
from its abstract, for the full text was not at hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from model_compression.framework.channels import Chosen, closed
from model_compression.framework.layers import layers_of
from model_compression.framework.mixing import affine
from model_compression.framework.purify import RemoveUnused
from model_compression.framework.recipe import Recipe
from model_compression.framework.sites import Site, sites_of
from model_compression.framework.stage import Lab, Subject, Untrained
from model_compression.framework.targets import Target
from model_compression.framework.widths import Limit, fit, sized
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
        network, example = subject.network, lab.example(subject.network)
        before = lab.validated(network)
        sites = sites_of(network, example)
        trees = {site.root: Tree.of(network, site) for site in sites}
        heights = {root: tree.heights for root, tree in trees.items()}
        size = sized(network, [site.unit for site in sites], example, of_macs=self.limit.of_macs)
        counts = {r: int(s.sum()) for r, s in fit(heights, size, self.limit.within(lab)).items()}
        choice = [merge(network, site, trees[site.root], counts[site.root]) for site in sites]
        return closed(choice, subject, lab, before)


@dataclass(frozen=True, slots=True)
class Tree:
    """distances: (C, C). energies: (C,). heights: (C,) at which another cluster is joined to one
    that stays; the last one never is.
    """

    distances: NDArray[np.float64]
    energies: Tensor
    heights: Tensor

    @classmethod
    def of(cls, network: nn.Module, site: Site) -> Tree:
        """The tree of one unit, its distances and energies summed over all places."""
        between, energies = torch.zeros(()), torch.zeros(())
        for place in site.places:
            points = described(network, place.layer, place.norm)[place.rows]
            between = between + torch.cdist(points, points).square()
            energies = energies + points.square().sum(dim=1)
        scale = (energies[:, None] + energies[None, :]).clamp(min=1e-12)
        distances = (between / scale).double().numpy()
        joined = list(_clustering(distances, None).distances_) if len(scale) > 1 else []
        return cls(distances, energies, torch.tensor([*joined, torch.inf]))

    def clusters(self, count: int) -> NDArray[np.int64]:
        """(C,) the cluster of each channel when there are *count*."""
        if len(self.distances) == 1:
            return np.zeros(1, np.int64)
        return np.asarray(_clustering(self.distances, count).labels_, np.int64)


def described(network: nn.Module, layer: str, norm: str | None) -> Tensor:
    """(F, n + 1) points, as far from each other as a layer's outputs are for white patches."""
    module, behind = layers_of(network)[layer], network.get_submodule(norm) if norm else None
    with torch.no_grad():
        factor, shift = affine(module, behind)
        # behind a norm the mean of an output is its shift alone
        mean = behind.bias if isinstance(behind, nn.BatchNorm2d) else shift
        return torch.cat([factor[:, None] * module.weight.flatten(1), mean[:, None]], 1).cpu()


def _clustering(distances: NDArray[np.float64], count: int | None) -> Any:
    from sklearn.cluster import AgglomerativeClustering

    height = 0.0 if count is None else None
    method = AgglomerativeClustering(
        n_clusters=count, metric="precomputed", linkage="average", distance_threshold=height
    )
    return method.fit(distances)


def merge(network: nn.Module, site: Site, tree: Tree, count: int) -> Chosen:
    """Let readers read the strongest of each of *count* clusters; the others are read no more."""
    clusters = torch.from_numpy(tree.clusters(count))
    stays = torch.zeros(site.unit.size, dtype=torch.bool)
    layers = layers_of(network)
    for cluster in range(count):
        members = (clusters == cluster).nonzero().flatten()
        strongest = members[tree.energies[members].argmax()]
        stays[strongest] = True
        with torch.no_grad():
            for name, table in site.unit.readers.items():
                weight, columns = layers[name].weight, table[members]  # (members, k)
                together = weight[:, columns.T].sum(dim=2)  # (F, k, ...)
                weight[:, columns.flatten()] = 0.0
                weight[:, table[strongest]] = together
    return Chosen(site, stays)


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
