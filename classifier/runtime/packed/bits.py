"""Whole numbers as streams of bits and back, highest bit first, nothing between two numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bits = NDArray[np.uint8]
    """(n,) zeros and ones."""
    Numbers = NDArray[np.int64]

WIDEST = 32


def width_of(count: int) -> int:
    """Bits that tell *count* things apart: ceil(log2(count)), 0 for one."""
    return max(count - 1, 0).bit_length()


def to_bits(numbers: NDArray[Any], width: int) -> Bits:
    """(n,) numbers below 2^width -> (n * width,) bits."""
    spread = np.empty((len(numbers), width), np.uint8)
    for place in range(width):  # a column at a time: a board has no room for n x 32 wide integers
        spread[:, place] = (numbers >> (width - 1 - place)) & 1
    return spread.reshape(-1)


def from_bits(bits: Bits, width: int) -> NDArray[np.uint32]:
    """(n * width,) bits -> (n,) numbers."""
    spread = bits.reshape(-1, width)
    numbers = np.zeros(len(spread), np.uint32)
    for place in range(width):
        numbers <<= np.uint32(1)
        numbers |= spread[:, place]
    return numbers


class BitReader:
    """Takes bits from the front. Raises ValueError when fewer are left than are asked for."""

    def __init__(self, data: bytes) -> None:
        self.rest: Bits = np.unpackbits(np.frombuffer(data, np.uint8))

    def bits(self, count: int) -> Bits:
        """The next *count* bits."""
        if not 0 <= count <= len(self.rest):
            raise ValueError(f"{count} bits are asked for where {len(self.rest)} are left")
        taken, self.rest = self.rest[:count], self.rest[count:]
        return taken

    def numbers(self, count: int, width: int) -> Numbers:
        """The next *count* numbers of *width* bits each."""
        if not 0 <= width <= WIDEST:
            raise ValueError(f"a number of {width} bits")
        if not width:  # nothing is stored where there is no choice
            return np.zeros(count, np.int64)
        return from_bits(self.bits(count * width), width).astype(np.int64)

    def unary(self, count: int) -> Numbers:
        """The next *count* numbers q, each written as q zeros and a one."""
        ends = np.flatnonzero(self.rest)[:count]
        if len(ends) < count:
            raise ValueError(f"{count} ones are asked for where {len(ends)} are left")
        self.rest = self.rest[int(ends[-1]) + 1 :] if count else self.rest
        return np.diff(ends, prepend=-1) - 1


def unary(numbers: Numbers) -> Bits:
    """(n,) numbers q -> for each q zeros and a one."""
    bits = np.zeros(int(numbers.sum()) + len(numbers), np.uint8)
    bits[np.cumsum(numbers + 1) - 1] = 1
    return bits
