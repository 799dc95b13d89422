"""How alike two channels are by what their weights and norms say, and one made of those that are.

A channel is y_i = f_i (w_i . x) + s_i, with the norm behind it as factor and shift. For patches x
that are white, the mean of (y_i - y_j)^2 is (s_i - s_j)^2 + |f_i w_i - f_j w_j|^2: no data are
needed. Distances are that over the channels' own energies, so that they compare across layers.
The idea is of Zhang et al., arXiv 1908.02620; the distance is derived from its abstract.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from model_compression.framework.channels import Chosen
from model_compression.framework.layers import layers_of
from model_compression.framework.mixing import affine
from model_compression.framework.sites import Place, Site


@dataclass(frozen=True, slots=True)
class Tree:
    """Clusters of a unit's channels, by average linkage. distances: (C, C). energies: (C,).
    heights: (C,) at which another cluster is joined to one that stays; the last one never is.
    """

    distances: NDArray[np.float64]
    energies: Tensor
    heights: Tensor

    @classmethod
    def of(cls, network: nn.Module, site: Site) -> Tree:
        """The tree of one unit, its distances and energies summed over all places."""
        between, energies = torch.zeros(()), torch.zeros(())
        for place in site.places:
            points = described(network, place)[place.rows]
            between = between + torch.cdist(points, points).square()
            energies = energies + points.square().sum(dim=1)
        scale = (energies[:, None] + energies[None, :]).clamp(min=1e-12)
        distances = (between / scale).double().numpy()
        joined = list(_clustering(distances, None).distances_) if len(scale) > 1 else []
        return cls(distances, energies, torch.tensor([*joined, torch.inf]))

    def clusters(self, count: int) -> Tensor:
        """(C,) the cluster of each channel when there are *count*."""
        if len(self.distances) == 1:
            return torch.zeros(1, dtype=torch.long)
        return torch.from_numpy(np.asarray(_clustering(self.distances, count).labels_, np.int64))


def described(network: nn.Module, place: Place) -> Tensor:
    """(F, n + 1) points, as far from each other as a layer's outputs are for white patches."""
    layer = layers_of(network)[place.layer]
    norm = network.get_submodule(place.norm) if place.norm else None
    with torch.no_grad():
        factor, shift = affine(layer, norm)
        # behind a norm the mean of an output is its shift alone
        mean = norm.bias if isinstance(norm, nn.BatchNorm2d) else shift
        return torch.cat([factor[:, None] * layer.weight.flatten(1), mean[:, None]], 1).cpu()


def _clustering(distances: NDArray[np.float64], count: int | None) -> Any:
    from sklearn.cluster import AgglomerativeClustering

    height = 0.0 if count is None else None
    method = AgglomerativeClustering(
        n_clusters=count, metric="precomputed", linkage="average", distance_threshold=height
    )
    return method.fit(distances)


def merge(network: nn.Module, site: Site, tree: Tree, count: int) -> Chosen:
    """Let readers read the strongest of each of *count* clusters; the others are read no more."""
    clusters, layers = tree.clusters(count), layers_of(network)
    stays = torch.zeros(site.unit.size, dtype=torch.bool)
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
