"""What an FPGA or ASIC would compute: the circulant product in whole numbers, bit by bit.

Numbers have *bits* bits of which *fraction* are behind the point. A radix-2 transform halves after
every stage, with rounding, so that nothing overflows; the forward one is therefore short by a
factor b, which the product puts back. What leaves the range is cut to it and counted.
Source: arXiv 1804.11239 for 12 to 16 bits; widths of intermediates are ours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]
GUARD = 6
"""More bits behind the point within a transform than outside, for it is rounded every stage."""


@dataclass(frozen=True, slots=True)
class Format:
    """Signed numbers."""

    bits: int = 16
    fraction: int = 12

    def read(self, values: NDArray[np.floating]) -> Whole:
        """To the nearest, cut to the range."""
        return self.cut(np.rint(np.asarray(values, np.float64) * 2**self.fraction).astype(np.int64))

    def cut(self, values: Whole) -> Whole:
        """Into the range."""
        most = 2 ** (self.bits - 1) - 1
        return np.clip(values, -most - 1, most)

    def value(self, values: Whole) -> NDArray[np.float64]:
        """As real numbers."""
        return np.asarray(values / 2**self.fraction, np.float64)


def shifted(values: Whole, places: int) -> Whole:
    """Divided by 2^places, halves up: an adder and a shift."""
    return (values + (1 << (places - 1))) >> places if places else values


def transform(real: Whole, imaginary: Whole, form: Format, *, back: bool) -> tuple[Whole, Whole]:
    """Radix-2 DFT along the last axis, a power of two, over its length: halved after each stage."""
    count = real.shape[-1]
    order = _bit_reversed(count)
    real, imaginary = real[..., order], imaginary[..., order]
    width = 2
    while width <= count:
        angles = (2 if back else -2) * np.pi * np.arange(width // 2) / width
        cosine, sine = (form.read(np.cos(angles)), form.read(np.sin(angles)))
        pairs = [one.reshape(*one.shape[:-1], -1, 2, width // 2) for one in (real, imaginary)]
        (low, high), (low_i, high_i) = [(one[..., 0, :], one[..., 1, :]) for one in pairs]
        turned = shifted(high * cosine - high_i * sine, form.fraction)
        turned_i = shifted(high * sine + high_i * cosine, form.fraction)
        real = shifted(np.stack([low + turned, low - turned], axis=-2), 1)
        imaginary = shifted(np.stack([low_i + turned_i, low_i - turned_i], axis=-2), 1)
        real, imaginary = (one.reshape(*one.shape[:-3], count) for one in (real, imaginary))
        width *= 2
    return real, imaginary


def _bit_reversed(count: int) -> NDArray[np.int64]:
    bits = count.bit_length() - 1
    return np.array([int(f"{i:0{bits}b}"[::-1], 2) if bits else 0 for i in range(count)])


def circulant_product(numbers: Whole, x: Whole, form: Format) -> tuple[Whole, int]:
    """(p, q, b) numbers times (q, b) inputs -> (p, b) outputs, and how many had to be cut.

    Raises ValueError when b is no power of two.
    """
    block = numbers.shape[2]
    if block & (block - 1):
        raise ValueError(f"a transform of radix 2 needs a power of two; blocks have {block}")
    zeros, guard = np.zeros_like(numbers), 1 << GUARD
    w, w_i = transform(numbers * guard, zeros, form, back=False)
    v, v_i = transform(x * guard, np.zeros_like(x), form, back=False)
    places = form.fraction + GUARD
    sums = shifted((w * v[None] - w_i * v_i[None]).sum(axis=1), places)
    sums_i = shifted((w * v_i[None] + w_i * v[None]).sum(axis=1), places)
    # forward twice by 1/b, and the inverse, which halves too, wants exactly one of these
    out, _ = transform(sums * block, sums_i * block, form, back=True)
    found = shifted(out * block, GUARD)
    cut = form.cut(found)
    return cut, int((cut != found).sum())
