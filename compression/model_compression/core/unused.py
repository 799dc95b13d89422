"""Paths that carry nothing: a channel that no weight reads, or that no weight writes.

A channel that nothing writes is not zero, it is constant (a bias, through whatever follows), so the
constant is added to the biases of its readers before they stop reading. Emptiness spreads in both
directions, hence the fixpoint. The network's outputs do not change.
Source: unused path removal of arXiv 1905.00136; reading constants off the running network is ours.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from model_compression.core.layers import Layer, layers_of, pads_with_zeros
from model_compression.core.units import Inputs, Unit

SAME = 1e-6  # spread of a channel that counts as constant


def cut_unused(network: nn.Module, units: list[Unit], inputs: Inputs) -> dict[str, list[int]]:
    """Zero all weights on unused paths; unit -> its channels that nothing writes and reads now.

    inputs: some examples, to read constants off. One channel of each unit always stays.
    """
    layers = layers_of(network)
    # folding keeps every other channel's values, so one look serves all rounds
    seen = _inputs_of(network, layers, inputs)
    dead: dict[str, Tensor] = {u.root: torch.zeros(u.size, dtype=torch.bool) for u in units}
    changed = True
    while changed:
        changed = False
        for unit in units:
            if not unit.fixed:
                changed |= _cut(unit, layers, seen, dead[unit.root])
    return {root: flags.nonzero().flatten().tolist() for root, flags in dead.items()}


def _cut(unit: Unit, layers: Mapping[str, Layer], seen: Mapping[str, Tensor], dead: Tensor) -> bool:
    """One look at one unit; *dead* is filled in. Did anything change?"""
    silent = ~unit.written(layers) & ~dead
    for channel in silent.nonzero().flatten().tolist():
        _fold(unit, channel, layers, seen)
    unused = ~unit.read(layers) & ~dead
    if bool((dead | unused).all()):
        unused[int(unused.nonzero()[0])] = False  # a layer of no channels cannot be built
    for channel in unused.nonzero().flatten().tolist():
        _cut_off(unit, channel, layers)
    dead |= unused
    return bool(unused.any())


def _fold(
    unit: Unit, channel: int, layers: Mapping[str, Layer], seen: Mapping[str, Tensor]
) -> None:
    """Give a constant channel's contribution to its readers' biases, where that is exact."""
    values = {
        name: _constant(seen[name][:, index[channel]]) for name, index in unit.readers.items()
    }
    if not all(_foldable(layers[name], value) for name, value in values.items()):
        return
    with torch.no_grad():
        for name, index in unit.readers.items():
            layer, columns = layers[name], index[channel]
            weight = layer.weight[:, columns]  # (F, k) or (F, k, K, K)
            taps = weight if weight.dim() == 2 else weight.sum(dim=(2, 3))
            _bias(layer).add_(taps @ values[name].to(taps))
            layer.weight[:, columns] = 0.0


def _foldable(layer: Layer, constant: Tensor) -> bool:
    """Padding shows zeros at the border where inside there is the constant."""
    if bool(constant.isnan().any()):
        return False
    return not pads_with_zeros(layer) or not bool(constant.any())


def _constant(values: Tensor) -> Tensor:
    """(N, k, ...) inputs -> (k,) what each of k columns always is, not a number where it varies."""
    flat = values.transpose(0, 1).flatten(1)  # (k, N * positions)
    low, high = flat.min(dim=1).values, flat.max(dim=1).values
    return torch.where(high - low <= SAME * high.abs().clamp(min=1.0), high, torch.nan)


def _bias(layer: Layer) -> Tensor:
    """The layer's bias, made where there is none."""
    if layer.bias is None:
        layer.bias = nn.Parameter(torch.zeros(len(layer.weight), device=layer.weight.device))
    return layer.bias


def _cut_off(unit: Unit, channel: int, layers: Mapping[str, Layer]) -> None:
    """No weight writes or reads the channel; what else is in it no longer matters."""
    with torch.no_grad():
        for name, index in {**unit.writers, **unit.through}.items():
            layers[name].weight[index[channel]] = 0.0
        for name, index in unit.readers.items():
            layers[name].weight[:, index[channel]] = 0.0


def _inputs_of(
    network: nn.Module, layers: Mapping[str, Layer], inputs: Inputs
) -> dict[str, Tensor]:
    """What each layer is given when the network sees *inputs*, in evaluation mode."""
    seen: dict[str, Tensor] = {}

    def watch(name: str) -> object:
        def hook(_: nn.Module, given: tuple[Tensor, ...]) -> None:
            seen[name] = given[0].detach()

        return layers[name].register_forward_pre_hook(hook)

    handles = [watch(name) for name in layers]
    was_training = network.training
    place = next(network.parameters()).device
    with torch.inference_mode():
        network.eval()(*(one.to(place) for one in inputs))
    network.train(was_training)
    for handle in handles:
        handle.remove()  # type: ignore[attr-defined]
    return seen
