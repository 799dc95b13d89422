"""Stages that remove what carries nothing, and what carries next to nothing."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from torch import nn

from model_compression.errors import CompressionError
from model_compression.framework.granularity import CHANNEL, COLUMN, FILTER, Granularity
from model_compression.framework.layers import layers_of
from model_compression.framework.marks import Marks
from model_compression.framework.sites import Site, silence, traced_sites
from model_compression.framework.stage import Lab, Subject, Untrained
from model_compression.framework.surgery import remove
from model_compression.framework.units import Graph, Inputs, Unit
from model_compression.framework.unused import cut_unused

LOOKED_AT = 64  # validation examples that constants are read off and removals proved with


@dataclass(frozen=True, slots=True)
class RemoveUnused(Untrained):
    """Unused paths to a fixpoint, then out of the tensors: the outputs stay.

    required: a network that cannot be traced is an error; otherwise it stays as it is, and the
    journal says why.
    """

    required: bool = True

    def describe(self) -> str:
        """Exact."""
        return "remove unused paths until nothing changes, fold constants, cut the channels out"

    def run(self, subject: Subject, lab: Lab) -> Subject:
        """A smaller network with the same outputs."""
        try:
            return self._smaller(subject, lab)
        except CompressionError as error:
            if self.required:
                raise
            lab.journal.note("unused paths left", reason=str(error))
            return subject

    def _smaller(self, subject: Subject, lab: Lab) -> Subject:
        network = subject.network
        before = weights_kept(network)
        inputs = lab.task.validation.inputs(torch.arange(min(LOOKED_AT, len(lab.task.validation))))
        graph = Graph(network, lab.example(network))
        dead = cut_unused(network, graph.units(), inputs)
        difference = remove(graph, dead, inputs)
        lab.journal.note(
            "unused paths removed",
            channels={root: len(channels) for root, channels in dead.items() if channels},
            kept_before=before,
            kept=weights_kept(network),
            difference=difference,
        )
        return replace(subject, marks=subject.marks.of(network))


@dataclass(frozen=True, slots=True)
class Purify(Untrained):
    """Prune the weakest filters, columns and channels while validation accuracy stays within
    *tolerance* of what it is. A channel of which little is left is a weak one.

    ADMM leaves such groups: on a loss that is not convex nothing promises that every group that it
    keeps is needed. Source: 1905.00136; norms relative to the layer's mean are our choice.
    kept: prune until at most so many weights are left on used paths, and no further. Without it a
    network that is no better than one answer for all examples stays as it is: it has nothing to
    lose, so nothing would say where to end.
    """

    tolerance: float = 0.0005
    kept: int | None = None

    def describe(self) -> str:
        """The tolerance or the count."""
        until = (
            f"while validation accuracy stays within {100 * self.tolerance:g} points"
            if self.kept is None
            else f"until at most {self.kept:,} weights are left on used paths"
        )
        return f"purify: prune the weakest filters, columns and channels {until}"

    def run(self, subject: Subject, lab: Lab) -> Subject:
        """The network without them; they are pruned, not yet cut out."""
        network = subject.network
        before, kept = lab.validated(network), weights_kept(network)
        if self.kept is None and before <= _blind(network, lab):
            lab.journal.note("not purified", reason="no better than one answer", validation=before)
            return subject
        groups = _weakest_first(network)
        pruned = _Pruned(network, groups, traced_sites(network, lab.example(network)))
        count = _last(pruned, self._test(network, lab, before))
        lab.journal.note(
            "purified",
            groups=count,
            kept_before=kept,
            kept=weights_kept(network),
            validation_before=before,
            validation=lab.validated(network),
        )
        masks = {name: layer.weight.detach() != 0 for name, layer in layers_of(network).items()}
        return replace(subject, marks=Marks(masks, subject.marks.levels))

    def _test(self, network: nn.Module, lab: Lab, before: float) -> _Enough:
        """Has *network* lost more than it may, or become as small as it shall?"""
        if self.kept is None:
            least = before - self.tolerance
            return _Enough(lambda: lab.validated(network) < least, reached=False)
        most, inputs = self.kept, lab.example(network)
        units = Graph(network, inputs).units()
        return _Enough(lambda: _used(network, units, inputs) <= most, reached=True)


def _blind(network: nn.Module, lab: Lab) -> float:
    answers = list(layers_of(network).values())[-1]
    return lab.task.blind(lab.task.validation, len(answers.weight))


class _Enough(NamedTuple):
    """true: of the network as it is pruned. reached: whether pruning ends with the first count of
    groups at which that holds, or with the last one at which it does not yet.
    """

    true: Callable[[], bool]
    reached: bool


class _Group(NamedTuple):
    """One group of a layer. share: its norm over the mean norm of the layer's live groups."""

    share: float
    layer: str
    granularity: Granularity
    number: int


def _weakest_first(network: nn.Module) -> list[_Group]:
    """All but those that hold their layer's largest weight: no layer may be left with nothing."""
    groups: list[_Group] = []
    for name, layer in layers_of(network).items():
        energy = layer.weight.detach().square()
        strongest = energy == energy.max()
        for granularity in (FILTER, COLUMN, CHANNEL):
            norms = granularity.scores(energy).sqrt()
            mean = float(norms[norms > 0].mean())
            spared = granularity.scores(strongest.float()) > 0
            live = ((norms > 0) & ~spared).nonzero().flatten().tolist()
            groups += [_Group(float(norms[i]) / mean, name, granularity, i) for i in live]
    return sorted(groups, key=lambda group: group[0])


def _last(pruned: _Pruned, enough: _Enough) -> int:
    """Prune the first groups until it is *enough*, found by halving; how many.

    The true limit may lie elsewhere, for accuracy is no monotonous function of what is pruned.
    """
    low, high = 0, len(pruned.groups) + (not enough.reached)
    while low < high:
        middle = (low + high) // 2
        pruned.to(middle)
        low, high = (low, middle) if enough.true() else (middle + 1, high)
    count = low if enough.reached else max(0, low - 1)
    pruned.to(count)
    return count


def _used(network: nn.Module, units: list[Unit], inputs: Inputs) -> int:
    """Weights on used paths."""
    trial = copy.deepcopy(network)
    cut_unused(trial, units, inputs)
    return weights_kept(trial)


class _Pruned:
    """A network of which the first of *groups* are pruned, as many as one likes."""

    def __init__(self, network: nn.Module, groups: Sequence[_Group], sites: Sequence[Site]) -> None:
        self.network, self.groups, self.sites = network, groups, sites
        self._whole = copy.deepcopy(network.state_dict())

    def to(self, count: int) -> None:
        """The network as it was, without the first *count* groups."""
        self.network.load_state_dict(self._whole)
        layers = layers_of(self.network)
        with torch.no_grad():
            for _, name, granularity, number in self.groups[:count]:
                weight = layers[name].weight
                flags = torch.ones(granularity.count(weight.shape), device=weight.device)
                flags[number] = 0.0
                weight.mul_(granularity.spread(flags, weight.shape))
        silence(self.network, self.sites)


def weights_kept(network: nn.Module) -> int:
    """Weights that are not 0, in all layers."""
    return sum(int((layer.weight != 0).sum()) for layer in layers_of(network).values())
