"""A matrix behind a layer and its norm, made part of the layer: the way back of gates that mix.

In evaluation mode a norm is a factor and a shift a channel, so matrix, norm and layer are one
linear map. The layer takes its weights, the norm its shift.
Source: the merge of arXiv 2007.03260; keeping the norm, and settling it, is ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import torch
from torch import Tensor, nn

from model_compression.errors import CompressionError
from model_compression.framework.gates import take_out
from model_compression.framework.layers import Layer, layers_of
from model_compression.framework.sites import Place, Site
from model_compression.tasks.task import Inputs


class Mixer(Protocol):
    """A gate that mixes channels; in evaluation mode it is linear."""

    def merged(self) -> tuple[Tensor, Tensor]:
        """(D, C) matrix, and (D,) that is added."""


class Mixed(nn.Module):
    """Channels times a matrix that starts as the identity."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.matrix = nn.Parameter(torch.eye(channels))

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, ...) -> the same shape."""
        return mixed(self.matrix, x)

    def merged(self) -> tuple[Tensor, Tensor]:
        """The matrix, and nothing that is added."""
        return self.matrix.detach(), torch.zeros(len(self.matrix)).to(self.matrix)


def mixed(matrix: Tensor, x: Tensor) -> Tensor:
    """(D, C) times (B, C, ...) -> (B, D, ...)."""
    return torch.einsum("dc,bc...->bd...", matrix, x)


def merge(network: nn.Module, place: Place, matrix: Tensor, more: Tensor | None = None) -> None:
    """Make the layer at *place*, and its norm, give (D, D) *matrix* times what they gave.

    more: (D,) that is added. Exact in evaluation mode. The norm then only shifts: `settle` it
    before training goes on. Raises CompressionError where neither norm nor layer has a shift.
    """
    layer = layers_of(network)[place.layer]
    norm = network.get_submodule(place.norm) if place.norm else None
    with torch.no_grad():
        factor, shift = affine(layer, norm)
        shift = matrix @ shift + (more if more is not None else 0.0)
        layer.weight.copy_(torch.einsum("dc,c...->d...", matrix * factor, layer.weight))
        if isinstance(norm, nn.BatchNorm2d):
            _only_shift(norm, shift)
            if layer.bias is not None:
                layer.bias.zero_()
        elif layer.bias is not None:
            layer.bias.copy_(shift)
        else:
            raise CompressionError(f"layer {place.layer} has no bias to merge a shift into")


def merge_all(
    network: nn.Module,
    sites: Sequence[Site],
    gates: Mapping[str, Mixer],
    stays: Mapping[str, Tensor],
    inputs: Inputs,
) -> None:
    """Take the gates that were inserted at *sites* out again, and make the layers do their work.

    gates, stays: unit -> its gate, and (channels,) bool; what does not stay is 0. Norms are settled
    on *inputs*. Raises CompressionError: see `merge`.
    """
    for site in sites:
        place = site.places[0]
        take_out(network, place.name)
        matrix, more = gates[site.root].merged()
        flags = stays[site.root].to(matrix)
        merge(network, place, matrix * flags[:, None], more * flags)
    norms = [site.places[0].norm for site in sites]
    settle(network, {norm: network.get_submodule(norm) for norm in norms if norm}, inputs)


def affine(layer: Layer, norm: nn.Module | None) -> tuple[Tensor, Tensor]:
    """(C,) factor and shift: layer and norm give factor * (weights on x) + shift in evaluation."""
    ones = torch.ones(len(layer.weight), device=layer.weight.device)
    bias = layer.bias if layer.bias is not None else 0 * ones
    if not isinstance(norm, nn.BatchNorm2d):
        return ones, bias
    mean, factor = _mean(norm), norm.weight / (_variance(norm) + norm.eps).sqrt()
    return factor, factor * (bias - mean) + norm.bias


def settle(network: nn.Module, norms: Mapping[str, nn.Module], inputs: Inputs) -> None:
    """Give *norms* the statistics of *inputs* without changing what they do in evaluation mode.

    A norm whose statistics are not those of its data does something else as soon as it is trained.
    """

    def adapt(norm: nn.BatchNorm2d) -> Callable[..., None]:
        def hook(_: nn.Module, args: tuple[Tensor, ...]) -> None:
            mean, variance = args[0].mean(dim=(0, 2, 3)), args[0].var(dim=(0, 2, 3))
            factor = norm.weight / (_variance(norm) + norm.eps).sqrt()
            norm.bias.add_(factor * (mean - _mean(norm)))
            norm.weight.copy_(factor * (variance + norm.eps).sqrt())
            _mean(norm).copy_(mean)
            _variance(norm).copy_(variance)

        return hook

    chosen = [norm for norm in norms.values() if isinstance(norm, nn.BatchNorm2d)]
    handles = [norm.register_forward_pre_hook(adapt(norm)) for norm in chosen]
    with torch.no_grad():
        network.eval()(*(one.to(next(network.parameters()).device) for one in inputs))
    for handle in handles:
        handle.remove()


def recalibrate(network: nn.Module, inputs: Inputs) -> None:
    """Give every norm the statistics of *inputs* as the network now makes them; outputs change.

    A norm whose channels were closed before it still expects what it has seen.
    """
    norms = [one for one in network.modules() if isinstance(one, nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the mean of all that follows
        norm.train()
    with torch.no_grad():
        network(*(one.to(next(network.parameters()).device) for one in inputs))
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
        norm.eval()


def _only_shift(norm: nn.BatchNorm2d, shift: Tensor) -> None:
    _mean(norm).zero_()
    _variance(norm).fill_(1.0)
    norm.weight.fill_((1.0 + norm.eps) ** 0.5)
    norm.bias.copy_(shift)


def _mean(norm: nn.BatchNorm2d) -> Tensor:
    if norm.running_mean is None:
        raise TypeError("a norm without running statistics cannot be merged")
    return norm.running_mean


def _variance(norm: nn.BatchNorm2d) -> Tensor:
    if norm.running_var is None:
        raise TypeError("a norm without running statistics cannot be merged")
    return norm.running_var
