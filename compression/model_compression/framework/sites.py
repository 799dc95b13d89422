"""Where a unit's channels are gated, and how closed ones are cut off for good.

A channel is gated behind the batch norm that follows its layer, or behind the layer where there is
none: a gate before the norm would leave the norm's shift. What is closed is written by no weight
and is 0, so unused path removal cuts it out.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from model_compression.framework.gates import fold, insert
from model_compression.framework.hooks import Hook
from model_compression.framework.layers import layers_of, pads_with_zeros
from model_compression.framework.units import Graph, Inputs, Unit, traced


class Place(NamedTuple):
    """A layer and the norm behind it, if there is one. rows: its channel of each of the unit's."""

    layer: str
    norm: str | None
    rows: Tensor

    @property
    def name(self) -> str:
        """What a gate is put behind."""
        return self.norm or self.layer


@dataclass(frozen=True, slots=True)
class Site:
    """A unit and every place that its channels pass."""

    unit: Unit
    places: tuple[Place, ...]

    @property
    def root(self) -> str:
        """The unit's name."""
        return self.unit.root

    @property
    def single(self) -> bool:
        """One layer writes it and it is no part of a sum: it can be mixed, not only scaled."""
        return len(self.places) == 1


def sites_of(network: nn.Module, inputs: Inputs) -> list[Site]:
    """Every unit whose channels may be closed. inputs: one example. Raises CompressionError."""
    return sites_among(Graph(network, inputs).units(), network, inputs)


def sites_among(units: Sequence[Unit], network: nn.Module, inputs: Inputs) -> list[Site]:
    """The same where the units are known."""
    norms = norms_behind(network, inputs)
    return [
        Site(u, tuple(Place(n, norms.get(n), i) for n, i in {**u.writers, **u.through}.items()))
        for u in units
        if not u.fixed
    ]


def traced_sites(network: nn.Module, inputs: Inputs) -> list[Site]:
    """The same; none where the network cannot be followed."""
    return sites_among(traced(network, inputs), network, inputs)


def norms_behind(network: nn.Module, inputs: Inputs) -> dict[str, str]:
    """Layer -> the batch norm that takes its output, found by watching an example go through."""
    given: dict[str, Tensor] = {}
    found: dict[str, str] = {}
    handles = [
        layer.register_forward_hook(lambda _, __, out, name=name: given.update({name: out}))
        for name, layer in layers_of(network).items()
    ]
    for name, module in network.named_modules():
        if isinstance(module, nn.BatchNorm2d):

            def match(_: nn.Module, args: tuple[Tensor, ...], name: str = name) -> None:
                found.update({layer: name for layer, out in given.items() if out is args[0]})

            handles.append(module.register_forward_pre_hook(match))
    was_training = network.training
    with torch.inference_mode():
        network.eval()(*inputs)
    network.train(was_training)
    for handle in handles:
        handle.remove()
    return found


def close(network: nn.Module, site: Site, stays: Tensor) -> None:
    """Cut off the channels of *site* where *stays*, (channels,) bool, is False: exactly 0 then."""
    modules = dict(network.named_modules())
    for layer, norm, rows in site.places:
        flags = torch.ones(len(stays), device=stays.device)
        flags[rows.to(stays.device)] = stays.float()
        _keep(modules[layer], flags)
        _keep(modules[norm] if norm else None, flags)


@torch.no_grad()
def _keep(module: nn.Module | None, flags: Tensor) -> None:
    """Weights and bias of the rows where *flags*, (channels,), is not 0; the others become 0."""
    for values in (getattr(module, "weight", None), getattr(module, "bias", None)):
        if values is not None:
            values.mul_(flags.to(values).reshape(-1, *[1] * (values.dim() - 1)))


def silence(network: nn.Module, sites: Sequence[Site]) -> None:
    """Let filters of which no weight stays write 0, where the constant that bias and norm make of
    nothing could not be folded into readers: these pad with zeros. The channel can be cut out then.
    """
    modules, layers = dict(network.named_modules()), layers_of(network)
    for site in sites:
        if any(pads_with_zeros(layers[reader]) for reader in site.unit.readers):
            for layer, norm, _ in site.places:
                written = (layers[layer].weight != 0).flatten(1).any(dim=1)
                _keep(modules[layer], written)
                _keep(modules[norm] if norm else None, written)


@contextmanager
def gated(network: nn.Module, gates: Mapping[str, nn.Module]) -> Generator[None]:
    """With each of *gates* behind the module of its name; they are folded in afterwards."""
    for name, gate in gates.items():
        insert(network, name, gate)
    yield
    for name in gates:
        fold(network, name)


@contextmanager
def only(network: nn.Module, free: Iterable[nn.Parameter]) -> Generator[None]:
    """With all parameters still but *free*."""
    chosen = {id(parameter) for parameter in free}
    before = [(parameter, parameter.requires_grad) for parameter in network.parameters()]
    for parameter, _ in before:
        parameter.requires_grad_(id(parameter) in chosen)
    yield
    for parameter, trained in before:
        parameter.requires_grad_(trained)


class StillNorms(Hook):
    """Batch norms keep their statistics, so that nothing but what is trained changes an output."""

    def begin(self, network: nn.Module) -> None:
        """Training has put them into training mode."""
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()


def scores_of(sites: Sequence[Site], scores: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Place -> (its layer's channels,) becomes unit -> (channels,): the sum over its places."""
    return {
        site.root: torch.stack([scores[p.name][p.rows] for p in site.places]).sum(dim=0)
        for site in sites
    }
