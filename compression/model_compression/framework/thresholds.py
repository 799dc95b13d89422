"""How large channels may be that are closed at once: what validation accuracy bears."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from model_compression.framework.bisection import largest_whole
from model_compression.framework.channels import Chosen, close_all
from model_compression.framework.stage import Lab

ABOVE = 1e-6  # so that a channel of just that size is below


def below(choice: Sequence[Chosen], sizes: Mapping[str, Tensor], threshold: float) -> list[Chosen]:
    """Of those that do not stay, only what is below *threshold* goes. sizes: unit -> (channels,)"""
    return [Chosen(one.site, one.stays | (sizes[one.site.root] >= threshold)) for one in choice]


def highest_borne(
    network: nn.Module,
    choice: Sequence[Chosen],
    sizes: Mapping[str, Tensor],
    lab: Lab,
    least: float,
) -> float:
    """The threshold under which most channels go while accuracy stays at *least*; 0: none go."""
    there = torch.cat([sizes[one.site.root][~one.stays] for one in choice])
    steps: list[float] = [0.0, *(there.sort().values + ABOVE).tolist()]

    def borne(number: int) -> bool:
        small = below(choice, sizes, steps[number])
        return lab.tried(network, lambda trial: close_all(trial, small)) >= least

    return steps[largest_whole(borne, 0, len(steps) - 1)]
