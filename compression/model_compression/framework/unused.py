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

from model_compression.framework.layers import Layer, layers_of, pads_with_zeros
from model_compression.framework.units import Inputs, Unit

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
    silent = (~unit.written(layers) & ~dead).nonzero().flatten()
    if len(silent):
        _fold(unit, silent, layers, seen)
    unused = ~unit.read(layers) & ~dead
    if bool((dead | unused).all()):
        unused[int(unused.nonzero()[0])] = False  # a layer of no channels cannot be built
    _cut_off(unit, unused.nonzero().flatten(), layers)
    dead |= unused
    return bool(unused.any())


def _fold(
    unit: Unit, channels: Tensor, layers: Mapping[str, Layer], seen: Mapping[str, Tensor]
) -> None:
    """Give what constant channels contribute to their readers' biases, where that is exact."""
    columns = {name: index[channels] for name, index in unit.readers.items()}  # (n, k) each
    values = {name: _constants(seen[name], index) for name, index in columns.items()}
    exact = torch.stack([_foldable(layers[name], one) for name, one in values.items()]).all(dim=0)
    with torch.no_grad():
        for name, index in columns.items():
            layer, chosen = layers[name], index[exact].flatten()
            weight = layer.weight[:, chosen]  # (F, n * k) or (F, n * k, K, K)
            taps = weight if weight.dim() == 2 else weight.sum(dim=(2, 3))
            _bias(layer).add_(taps @ values[name][exact].flatten().to(taps))
            layer.weight[:, chosen] = 0.0


def _foldable(layer: Layer, constants: Tensor) -> Tensor:
    """(n, k) -> (n,) bool. Padding shows zeros at the border where inside there is the constant."""
    known = ~constants.isnan().any(dim=1)
    return known & (constants == 0).all(dim=1) if pads_with_zeros(layer) else known


def _constants(values: Tensor, columns: Tensor) -> Tensor:
    """(N, C, ...) inputs -> (n, k) what each of *columns* always is; NaN where it varies."""
    flat = values[:, columns.flatten()].transpose(0, 1).flatten(1)  # (n * k, N * positions)
    low, high = flat.min(dim=1).values, flat.max(dim=1).values
    found = torch.where(high - low <= SAME * high.abs().clamp(min=1.0), high, torch.nan)
    return found.reshape(columns.shape).cpu()


def _bias(layer: Layer) -> Tensor:
    """The layer's bias, made where there is none."""
    if layer.bias is None:
        layer.bias = nn.Parameter(torch.zeros(len(layer.weight), device=layer.weight.device))
    return layer.bias


def _cut_off(unit: Unit, channels: Tensor, layers: Mapping[str, Layer]) -> None:
    """No weight writes or reads the channels; what else is in them no longer matters."""
    with torch.no_grad():
        for name, index in {**unit.writers, **unit.through}.items():
            layers[name].weight[index[channels]] = 0.0
        for name, index in unit.readers.items():
            layers[name].weight[:, index[channels].flatten()] = 0.0


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
