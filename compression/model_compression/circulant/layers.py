"""Linear and convolution layers that compute by FFT what their expanded weights would.

A circulant block times a vector is a circular convolution, so in frequency it is a product:

    out_i = IFFT( sum_j FFT(numbers_ij) o FFT(in_j) )

q forward transforms, p inverse ones and p q products of b / 2 + 1 complex bins, for p x q blocks.
They train too: autograd goes through torch.fft. Source: arXiv 1804.11239, 1802.06402.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from model_compression.framework.circulant import expand, numbers_of
from model_compression.framework.layers import Layer


def product(spectrum: Tensor, x: Tensor, rows: int, block: int) -> Tensor:
    """(p, q, b/2+1) spectra of blocks times (..., C) -> (..., rows)."""
    down, across = spectrum.shape[:2]
    padded = functional.pad(x, (0, across * block - x.shape[-1]))
    bins = torch.fft.rfft(padded.reshape(*x.shape[:-1], across, block))
    # one matrix product a bin: (bins, ..., q) @ (bins, q, p)
    lead = bins.reshape(-1, across, bins.shape[-1]).permute(2, 0, 1)
    mixed = (lead @ spectrum.permute(2, 1, 0)).permute(1, 2, 0)
    out: Tensor = torch.fft.irfft(mixed, n=block).reshape(*x.shape[:-1], down * block)
    return out[..., :rows]


class CirculantLinear(nn.Module):
    """*rows* outputs of *columns* inputs. numbers: (p, q, b)."""

    def __init__(self, numbers: Tensor, rows: int, columns: int, bias: Tensor | None) -> None:
        super().__init__()
        self.numbers = nn.Parameter(numbers.detach().clone())
        self.bias = nn.Parameter(bias.detach().clone()) if bias is not None else None
        self.rows, self.columns, self.block = rows, columns, numbers.shape[2]

    @classmethod
    def of(cls, layer: nn.Linear, block: int) -> CirculantLinear:
        """The nearest to *layer*."""
        numbers = numbers_of(layer.weight.detach(), block)
        return cls(numbers, layer.out_features, layer.in_features, layer.bias)

    def dense(self) -> Tensor:
        """(rows, columns): the weights that this layer stands for."""
        return expand(self.numbers, self.rows, self.columns)

    def forward(self, x: Tensor) -> Tensor:
        """(..., columns) -> (..., rows)."""
        out = product(torch.fft.rfft(self.numbers), x, self.rows, self.block)
        return out if self.bias is None else out + self.bias


class CirculantConv2d(nn.Module):
    """A convolution whose matrix at each place of the kernel is block-circulant: every place is a
    block column of its own. numbers: (p, q, b, K, K).
    """

    def __init__(self, numbers: Tensor, like: nn.Conv2d) -> None:
        """like: what has the shape, stride, padding and bias."""
        super().__init__()
        self.numbers = nn.Parameter(numbers.detach().clone())
        self.bias = nn.Parameter(like.bias.detach().clone()) if like.bias is not None else None
        self.rows, self.columns, self.block = like.out_channels, like.in_channels, numbers.shape[2]
        self.kernel, self.stride, self.padding = like.kernel_size, like.stride, like.padding

    @classmethod
    def of(cls, layer: nn.Conv2d, block: int) -> CirculantConv2d:
        """The nearest to *layer*, which may not be grouped or dilated."""
        if layer.groups != 1 or layer.dilation != (1, 1) or layer.padding_mode != "zeros":
            raise ValueError("circulant blocks are for plain convolutions")
        return cls(numbers_of(layer.weight.detach(), block), layer)

    def dense(self) -> Tensor:
        """(F, C, K, K): the weights that this layer stands for."""
        return expand(self.numbers, self.rows, self.columns)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, F, H', W')."""
        padding = self.padding if isinstance(self.padding, tuple) else (0, 0)
        patches = functional.unfold(x, self.kernel, padding=padding, stride=self.stride)
        taps = self.kernel[0] * self.kernel[1]
        lined = patches.reshape(len(x), self.columns, taps, -1).permute(0, 3, 2, 1)
        extra = -self.columns % self.block
        lined = functional.pad(lined, (0, extra)).flatten(2)  # (B, places, taps * q * b)
        spectrum = torch.fft.rfft(self.numbers.flatten(3), dim=2)  # (p, q, bins, taps)
        ordered = spectrum.permute(0, 3, 1, 2).flatten(1, 2)  # (p, taps * q, bins)
        out = product(ordered, lined, self.rows, self.block).transpose(1, 2)
        out = out if self.bias is None else out + self.bias[:, None]
        height = (x.shape[2] + 2 * padding[0] - self.kernel[0]) // self.stride[0] + 1
        return out.reshape(len(x), self.rows, height, -1)


def circulant_of(layer: Layer, block: int) -> CirculantLinear | CirculantConv2d:
    """The FFT layer nearest to *layer*; the same where its blocks are circulant already."""
    if isinstance(layer, nn.Conv2d):
        return CirculantConv2d.of(layer, block)
    return CirculantLinear.of(layer, block)
