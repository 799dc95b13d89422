"""Weights in circulant blocks: a block of b x b cells is told by b numbers.

    cell (a, c) of a block = numbers[(a - c) mod b]

so a block times a vector is a circular convolution. A matrix that b does not divide is padded; the
cells beyond it are not there. A convolution has such blocks at every place of its kernel.
Source: arXiv 1804.11239, 1802.06402. The nearest such weights are means over wrapped diagonals.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from model_compression.errors import CompressionError
from model_compression.framework.hooks import Hook, Moment
from model_compression.framework.layers import is_depthwise, layers_of

FEW_CHANNELS = 4
"""A layer that reads or writes fewer stays dense: its blocks would be cut down to them."""
LARGEST = 1024  # side of a block


def expand(numbers: Tensor, rows: int, columns: int) -> Tensor:
    """(p, q, b, ...) numbers of p x q blocks -> (rows, columns, ...) weights."""
    block = numbers.shape[2]
    row, column = _cells(rows, columns, numbers.device)
    return numbers[row // block, column // block, (row - column) % block]


def numbers_of(weight: Tensor, block: int) -> Tensor:
    """(F, C, ...) weights -> (p, q, b, ...), the means over wrapped diagonals; 0 where a diagonal
    lies in the padding altogether.
    """
    rows, columns = weight.shape[:2]
    row, column = _cells(rows, columns, weight.device)
    across = -(-columns // block)
    index = ((row // block) * across + column // block) * block + (row - column) % block
    flat = weight.double().reshape(rows * columns, -1)  # sums of equal floats are exact
    shape = (-(-rows // block) * across * block, flat.shape[1])
    sums = torch.zeros(shape, dtype=flat.dtype, device=flat.device)
    counts = torch.zeros(shape[0], 1, dtype=flat.dtype, device=flat.device)
    sums.index_add_(0, index.flatten(), flat)
    counts.index_add_(0, index.flatten(), torch.ones_like(flat[:, :1]))
    means = (sums / counts.clamp(min=1)).to(weight.dtype)
    return means.reshape(-1, across, block, *weight.shape[2:])


def _cells(rows: int, columns: int, place: torch.device) -> tuple[Tensor, Tensor]:
    """(rows, columns) each: the row and the column of every cell."""
    row = torch.arange(rows, device=place)[:, None].expand(rows, columns)
    return row, torch.arange(columns, device=place).expand(rows, columns)


@dataclass(frozen=True, slots=True)
class Circulant:
    """All blocks of *block* x *block* are circulant."""

    block: int

    def __call__(self, weight: Tensor) -> Tensor:
        """The nearest such weights."""
        return expand(numbers_of(weight, self.block), *weight.shape[:2])


def blocks_of(network: nn.Module, kept: int) -> dict[str, int]:
    """Layer -> side of its blocks: the smallest power of two with which *kept* numbers suffice.

    No block is larger than its layer's shorter side; a layer of few channels stays dense.
    Raises CompressionError when the largest blocks do not suffice.
    """
    block, numbers = 1, kept + 1
    while numbers > kept:
        block *= 2
        if block > LARGEST:
            raise CompressionError(
                f"circulant blocks do not get down to {kept:,} numbers: {numbers:,} are the "
                "fewest. Ask for more, or prune weights."
            )
        found = _capped(network, block)
        numbers = sum(
            numbers_of(one.weight.detach(), found[name]).numel() if name in found
            else one.weight.numel()
            for name, one in layers_of(network).items()
        )  # fmt: skip
    return found


def _capped(network: nn.Module, block: int) -> dict[str, int]:
    return {
        name: min(block, *layer.weight.shape[:2])
        for name, layer in layers_of(network).items()
        if not is_depthwise(layer) and min(layer.weight.shape[:2]) >= FEW_CHANNELS
    }


class Tied(Hook):
    """Weights of a block that are one number stay one: so do their gradients, by their means."""

    def __init__(self, blocks: Mapping[str, int]) -> None:
        """blocks: layer -> side of its blocks."""
        self.sets = {name: Circulant(block) for name, block in blocks.items()}

    def after_backward(self, moment: Moment) -> None:
        """The gradient within the set; Adam then takes the same step for all that is tied."""
        for name, layer in layers_of(moment.network).items():
            if name in self.sets and layer.weight.grad is not None:
                layer.weight.grad.copy_(self.sets[name](layer.weight.grad))

    def after_step(self, moment: Moment) -> None:
        """Undo what rounding has pulled apart."""
        self._tie(moment.network)

    def finish(self, network: nn.Module) -> None:
        """The same for an average."""
        self._tie(network)

    def _tie(self, network: nn.Module) -> None:
        layers = layers_of(network)
        with torch.no_grad():
            for name, allowed in self.sets.items():
                layers[name].weight.copy_(allowed(layers[name].weight))
