"""EZCrop's score: the share of a feature map's spectrum that lies outside its low frequencies.

A map that is nearly constant says little, and its spectrum lies in the middle. The score is stable
over pictures, as the rank of the map is, and cheaper.
Source: Lin et al., WACV 2022, arXiv 2105.03679: log(1 + |F|) of the shifted spectrum, a square
around its middle of a quarter of the map to each side, the mean over some hundred pictures.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from classifier.training.batches import generator_of
from model_compression.framework.channels import alike, norms_of
from model_compression.framework.sites import Site, scores_of
from model_compression.framework.stage import Lab, Subject
from model_compression.tasks.task import Inputs

ALPHA = 0.25
SMALLEST = 4  # pixels; below, the square is all or nothing
EXAMPLES = 256


def high_frequencies(maps: Tensor) -> Tensor:
    """(N, C, H, W) -> (N, C): 0 for a constant map and for one of zeros, 1 for a chessboard."""
    spectrum = torch.fft.fftshift(torch.fft.fft2(maps), dim=(-2, -1)).abs().log1p()
    rows, columns = _square(*maps.shape[-2:])
    low, whole = spectrum[..., rows, columns].sum(dim=(-2, -1)), spectrum.sum(dim=(-2, -1))
    return torch.where(whole > 0, 1.0 - low / whole, 0.0)


def _square(height: int, width: int) -> tuple[slice, slice]:
    """The low frequencies."""
    even = height % 2 == width % 2 == 0
    middles = [size // 2 if even else (size - 1) // 2 for size in (height, width)]
    sizes = zip((height, width), middles, strict=True)
    reach = min(math.ceil((size - middle - 1) * ALPHA) for size, middle in sizes)
    if 1 in middles:
        reach = 0
    return slice(middles[0] - reach, middles[0] + reach + 1), slice(
        middles[1] - reach, middles[1] + reach + 1
    )


def spectrum(subject: Subject, lab: Lab, sites: Sequence[Site]) -> dict[str, Tensor]:
    """Of the maps behind ReLU, within a layer; linear layers and tiny maps go by their norm."""
    random = generator_of(lab.seed, 0, "choose")
    rows = torch.randperm(len(lab.task.train), generator=random)[:EXAMPLES]
    found = energies(subject.network, sites, lab.task.train.inputs(rows))
    mapped = [site for site in sites if all(place.name in found for place in site.places)]
    return alike(norms_of(subject, sites) | scores_of(mapped, found))


def energies(network: nn.Module, sites: Sequence[Site], inputs: Inputs) -> dict[str, Tensor]:
    """Module behind which a channel can be gated -> (channels,) mean score of its maps."""
    found: dict[str, Tensor] = {}

    def watch(name: str) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], None]:
        def hook(_: nn.Module, __: tuple[Tensor, ...], out: Tensor) -> None:
            if out.dim() == 4 and min(out.shape[-2:]) >= SMALLEST:
                found[name] = high_frequencies(out.relu()).mean(dim=0).cpu()

        return hook

    names = {place.name for site in sites for place in site.places}
    handles = [network.get_submodule(n).register_forward_hook(watch(n)) for n in sorted(names)]
    place = next(network.parameters()).device
    was_training = network.training
    with torch.inference_mode():
        network.eval()(*(one.to(place) for one in inputs))
    network.train(was_training)
    for handle in handles:
        handle.remove()
    return found
