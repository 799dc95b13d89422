"""Binary weights that learn through real ones behind them.

Source: BinaryConnect, Courbariaux et al., 2015, arXiv 1511.00363.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from model_compression.framework.hooks import Hook, Moment
from model_compression.framework.layers import layers_of


class StraightThrough(Hook):
    """Binary weights before every forward pass; gradients go to real ones behind them.

    The real weights stay within three scales of 0, where the sign can still change.
    """

    def __init__(self) -> None:
        self.real: dict[str, Tensor] = {}
        self.shown: dict[str, Tensor] = {}

    def begin(self, network: nn.Module) -> None:
        """Show the signs of the weights as they are."""
        self.real = {n: one.weight.detach().clone() for n, one in layers_of(network).items()}
        self._show(network)

    def after_step(self, moment: Moment) -> None:
        """Give the step that the optimizer took to the real weights."""
        with torch.no_grad():
            for name, layer in layers_of(moment.network).items():
                self.real[name].add_(layer.weight - self.shown[name])
                most = 3.0 * float(self.real[name].abs().mean())
                self.real[name].clamp_(-most, most)
        self._show(moment.network)

    def _show(self, network: nn.Module) -> None:
        with torch.no_grad():
            for name, layer in layers_of(network).items():
                scale = self.real[name].abs().mean()
                self.shown[name] = torch.where(self.real[name] >= 0, scale, -scale)
                layer.weight.copy_(self.shown[name])
