"""What closing a gate would cost, to first order: |dL/dg * g|, gathered while gates learn.

So that a norm's factor can be closed like any gate, it is made one: the norm then only divides and
shifts. The reference cuts the shift back, which changes the network; we do not.
Source: You et al., 2019, arXiv 1909.08174.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import nn

from model_compression.framework.gates import Scale
from model_compression.framework.hooks import Hook, Moment
from model_compression.framework.sites import Site

LEAST = 1e-6  # a norm's factor below it stays where it is: its gate would be divided by


def decorated(network: nn.Module, sites: Sequence[Site]) -> dict[str, Scale]:
    """Place -> its gate, into which a norm's factor has moved; together they do what it did."""
    gates = {}
    for place in (place for site in sites for place in site.places):
        writer = network.get_submodule(place.name)
        gates[place.name] = Scale(len(place.rows))
        if isinstance(writer, nn.BatchNorm2d):
            with torch.no_grad():
                factor = torch.where(writer.weight.abs() > LEAST, writer.weight, 1.0)
                gates[place.name].factor.copy_(factor)
                writer.weight.div_(factor)
                writer.bias.div_(factor)
    return gates


class Taylor(Hook):
    """Gathers |dL/dg * g| of every gate over batches."""

    def __init__(self, gates: Mapping[str, Scale]) -> None:
        self.gates = gates
        self.totals = {name: torch.zeros(len(gate.factor)) for name, gate in gates.items()}

    def after_backward(self, moment: Moment) -> None:
        """Add this batch's: the sum of absolute values, not the absolute value of a sum."""
        for name, gate in self.gates.items():
            if gate.factor.grad is not None:
                self.totals[name] += (gate.factor.grad * gate.factor.detach()).abs().cpu()
