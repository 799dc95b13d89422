"""Lookahead: what a weight does to the product of its layer with the layers before and behind.

The square of |w_ji| * |W_before[i, :]| * |W_behind[:, j]| is what the product of the three matrices
loses, in the sense of least squares, when w_ji becomes 0. Channels are followed by units, so that a
flatten, a sum and a depthwise convolution have the neighbours that they compute with, and a batch
norm counts by its scale. The norms are those of the network as it stands: neighbours are not pruned
first. Source: Park et al., ICLR 2020, arXiv 2002.04809.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from model_compression.framework.layers import layers_of
from model_compression.framework.sites import norms_behind
from model_compression.framework.stage import Lab, Subject
from model_compression.framework.units import Graph, Inputs, Unit


def lookahead(subject: Subject, lab: Lab) -> dict[str, Tensor]:
    """The square of the score. Raises CompressionError where the network cannot be traced."""
    return lookahead_of(subject.network, lab.example(subject.network))


def lookahead_of(network: nn.Module, inputs: Inputs) -> dict[str, Tensor]:
    """The same for *network*. inputs: one example."""
    seen = {name: _Seen.of(energy) for name, energy in _energies(network, inputs).items()}
    for unit in Graph(network, inputs).units():
        _look(unit, seen)
    return {name: one.scores() for name, one in seen.items()}


@dataclass(slots=True)
class _Seen:
    """A layer's squared weights, and the energy that its neighbours have for each of its rows,
    (F,), and columns, (C,); 1 where there is no neighbour.
    """

    energy: Tensor
    rows: Tensor
    columns: Tensor

    @classmethod
    def of(cls, energy: Tensor) -> _Seen:
        return cls(energy, energy.new_ones(len(energy)), energy.new_ones(energy.shape[1]))

    def scores(self) -> Tensor:
        rest = [1] * (self.energy.dim() - 2)
        return self.energy * self.rows.reshape(-1, 1, *rest) * self.columns.reshape(1, -1, *rest)


def _look(unit: Unit, seen: dict[str, _Seen]) -> None:
    """Tell the layers of *unit* about each other."""
    any_energy = next(iter(seen.values())).energy
    past, read = any_energy.new_ones(unit.size), any_energy.new_ones(unit.size)
    written = any_energy.new_zeros(unit.size)
    for name, index in unit.writers.items():
        written += seen[name].energy.flatten(1).sum(dim=1)[index]
    for name, index in unit.through.items():
        past *= seen[name].energy.flatten(1).sum(dim=1)[index]
    if not unit.fixed:
        columns = {n: seen[n].energy.transpose(0, 1).flatten(1).sum(dim=1) for n in unit.readers}
        read = torch.stack([columns[n][i].sum(dim=1) for n, i in unit.readers.items()]).sum(dim=0)
    for name, index in unit.writers.items():
        seen[name].rows[index] = read * past
    for name, index in unit.through.items():
        seen[name].rows[index] = read * written
    for name, table in unit.readers.items():
        seen[name].columns[table] = (written * past)[:, None].expand(table.shape)


def _energies(network: nn.Module, inputs: Inputs) -> dict[str, Tensor]:
    """Squared weights, as they are behind the layer's batch norm."""
    norms, modules = norms_behind(network, inputs), dict(network.named_modules())
    energies = {}
    for name, layer in layers_of(network).items():
        energies[name] = layer.weight.detach().square()
        norm = modules[norms[name]] if name in norms else None
        if isinstance(norm, nn.BatchNorm2d) and norm.running_var is not None:
            scale = norm.weight.detach().square() / (norm.running_var + norm.eps)
            energies[name] *= scale.reshape(-1, *[1] * (layer.weight.dim() - 1))
    return energies
