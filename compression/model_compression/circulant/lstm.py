"""An LSTM whose one fused matrix is block-circulant, with activations of straight pieces.

The four gates share the transforms of input and state, for their matrices are one of 4 h x (d + h).
Straight pieces are what hardware does; they stay within 0.02 (sigmoid) and 0.04 (tanh) of the
curves. Source: arXiv 1804.11239; the pieces are ours.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from model_compression.circulant.layers import CirculantLinear

SIGMOID_AT = (0.0, 1.0, 2.375, 5.0)
SIGMOID = (0.5, 0.7310586, 0.9149009, 1.0)
"""Ends of the pieces at or above 0, and the values there; below, 1 - the same."""


def straight_sigmoid(x: Tensor) -> Tensor:
    """Piecewise linear, 0 from -5 down and 1 from 5 up."""
    size = x.abs()
    result = torch.full_like(x, SIGMOID[0])
    for left, right, low, high in zip(
        SIGMOID_AT[:-1], SIGMOID_AT[1:], SIGMOID[:-1], SIGMOID[1:], strict=True
    ):
        result = result + (size.clamp(left, right) - left) * ((high - low) / (right - left))
    return torch.where(x >= 0, result, 1.0 - result)


def straight_tanh(x: Tensor) -> Tensor:
    """2 sigmoid(2 x) - 1, of the same pieces."""
    return 2.0 * straight_sigmoid(2.0 * x) - 1.0


class CirculantLstm(nn.Module):
    """*features* in, *hidden* out. gates: input, forget, cell and output, in torch's order."""

    def __init__(self, features: int, hidden: int, block: int, *, straight: bool = False) -> None:
        super().__init__()
        self.features, self.hidden = features, hidden
        # a single weight varies as in a dense layer; that it is used b times changes nothing
        dense = nn.Linear(features + hidden, 4 * hidden)
        down, across = -(-4 * hidden // block), -(-(features + hidden) // block)
        bound = (features + hidden) ** -0.5
        numbers = torch.empty(down, across, block).uniform_(-bound, bound)
        self.gates = CirculantLinear(numbers, 4 * hidden, features + hidden, dense.bias)
        self.sigmoid = straight_sigmoid if straight else torch.sigmoid
        self.tanh = straight_tanh if straight else torch.tanh

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, features) -> (B, T, hidden), from a state of zeros."""
        state = x.new_zeros(len(x), self.hidden)
        cell = torch.zeros_like(state)
        told = []
        for moment in x.unbind(dim=1):
            i, f, g, o = self.gates(torch.cat([moment, state], dim=1)).chunk(4, dim=1)
            cell = self.sigmoid(f) * cell + self.sigmoid(i) * self.tanh(g)
            state = self.sigmoid(o) * self.tanh(cell)
            told.append(state)
        return torch.stack(told, dim=1)
