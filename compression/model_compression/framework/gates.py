"""Modules that open and close channels, put behind a layer and folded back into it exactly.

A gate learns beside the network or alone; when it has decided, `fold` makes the layer do what layer
and gate did, so that nothing of it is left at run time. A closed channel is then written by no
weight, and unused path removal cuts it out.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor, nn

from model_compression.errors import CompressionError
from model_compression.framework.granularity import largest
from model_compression.framework.layers import Layer

Writer = Layer | nn.BatchNorm2d


class Gate(Protocol):
    """What a method puts behind a writer of channels; an nn.Module with a way back."""

    def __call__(self, x: Tensor) -> Tensor:
        """(B, C, ...) -> the same shape."""

    def fold(self, writer: Writer) -> None:
        """Make *writer* do alone, in evaluation mode, what it did with the gate behind it."""


class Scale(nn.Module):
    """A factor for each channel; 0 closes it."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, ...) -> the same shape."""
        return x * self.factor.reshape(-1, *[1] * (x.dim() - 2))

    def fold(self, writer: Writer) -> None:
        """Exact: a convolution, a linear layer and a norm's affine part are linear."""
        with torch.no_grad():
            writer.weight.mul_(self.factor.reshape(-1, *[1] * (writer.weight.dim() - 1)))
            if writer.bias is not None:
                writer.bias.mul_(self.factor)


class Dual(Scale):
    """Real factors, or while *kept* is a number the same as so many ones and zeros otherwise."""

    kept: int | None = None

    @property
    def stays(self) -> Tensor:
        """(channels,) bool: the largest factors, all while it is real."""
        kept = len(self.factor) if self.kept is None else self.kept
        return largest(self.factor.detach(), kept)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, ...) -> the same shape."""
        factor: Tensor = self.factor
        if self.kept is not None:
            factor = self.stays.float() + factor - factor.detach()  # straight through
        return x * factor.reshape(-1, *[1] * (x.dim() - 2))

    def fold(self, writer: Writer) -> None:
        """Ones and zeros need no place; what is 0 is closed apart."""


def insert(network: nn.Module, name: str, gate: nn.Module) -> None:
    """Put *gate* behind the module *name*, where that lies. Raises CompressionError when there is
    none.
    """
    parent, leaf = _place(network, name)
    gate.to(next(network.parameters()).device)
    setattr(parent, leaf, nn.Sequential(getattr(parent, leaf), gate))


def fold(network: nn.Module, name: str) -> None:
    """Undo `insert`: the module *name* alone does what it did with its gate."""
    gate = take_out(network, name)
    gate.fold(network.get_submodule(name))  # type: ignore[operator]


def take_out(network: nn.Module, name: str) -> nn.Module:
    """Undo `insert` and leave what the gate did undone; the gate."""
    parent, leaf = _place(network, name)
    writer, gate = getattr(parent, leaf)
    setattr(parent, leaf, writer)
    return gate  # type: ignore[no-any-return]


def _place(network: nn.Module, name: str) -> tuple[nn.Module, str]:
    names = dict(network.named_modules())
    if name not in names or not name:
        raise CompressionError(f"no module {name!r}; there are: {', '.join(filter(None, names))}")
    head, _, leaf = name.rpartition(".")
    return names[head], leaf
