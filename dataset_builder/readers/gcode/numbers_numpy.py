"""Decimal numbers out of G-code bytes, many at once, eight digits a machine word.

"SWAR": the bytes that follow a letter are read as one little-endian 64-bit integer, the decimal
point is squeezed out, and three multiplications turn eight digits into their value.
Source of the multiplications: D. Lemire, "Quickly parsing eight digits", 2018.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Octets = NDArray[np.uint64]

MAX_DIGITS = 18
PADDING = bytes(48)
"""Longer than any read beyond the text; NUL is neither a digit nor a line end."""

_MAX_BLANKS = 64  # in a row; more is left to the interpreter
_POINT = ord(".") ^ ord("0")
_POWERS = 10.0 ** np.arange(MAX_DIGITS + 12)

_ZEROS = np.uint64(0x3030303030303030)
_TO_HIGH_BIT = np.uint64(0x7676767676767676)  # 10 + 0x76 is the first sum with the high bit
_HIGH_BITS = np.uint64(0x8080808080808080)
_ONE, _SEVEN, _BYTE = np.uint64(1), np.uint64(7), np.uint64(255)

_BLANK = np.zeros(256, np.bool_)
_BLANK[list(b" \t\r")] = True  # a CR that is no line end of its own stands before a LF


@dataclass(frozen=True)
class Text:
    """Bytes to pick numbers from. raw: the text and PADDING."""

    raw: bytes

    @cached_property
    def bytes(self) -> NDArray[np.uint8]:
        """One number a byte."""
        return np.frombuffer(self.raw, np.uint8)

    @cached_property
    def octets(self) -> Octets:
        """Eight bytes from each position on, as an overlapping view."""
        return np.ndarray((len(self.raw) - 7,), "<u8", self.raw, strides=(1,))

    def only_blanks(self, start: Ints, stop: Ints) -> Flags:
        """Where nothing but blanks, and not too many of them, stands in [start, stop)."""
        gap = stop - start
        blank = (gap == 0) | ((gap == 1) & _BLANK[self.bytes[start]])
        wide = np.flatnonzero(gap > 1)
        if len(wide):
            here, stop = start[wide], stop[wide]
            for _ in range(_MAX_BLANKS):
                more = _BLANK[self.bytes[here]] & (here < stop)
                if not more.any():
                    break
                here = here + more
            blank[wide] = here == stop
        return np.asarray(blank)


@dataclass(frozen=True, slots=True)
class Numbers:
    """value: (N,) float64. end: (N,) the byte after each. good: (N,) it is one, and exact."""

    value: NDArray[np.float64]
    end: Ints
    good: Flags


def _digits_mask(word: Octets) -> Octets:
    """All bits below the first byte that is no digit; *word* has '0' taken off each byte."""
    other = ((word + _TO_HIGH_BIT) | word) & _HIGH_BITS
    return np.asarray(((other & np.negative(other)) >> _SEVEN) - _ONE)


def _digits_value(word: Octets, bits: NDArray[np.uint8]) -> Ints:
    """The value of the leading digits of *word*, which take *bits* bits."""
    word = word << np.subtract(64, bits, dtype=np.uint64)
    for base, shift, lanes in (
        (10, 8, 0x00FF00FF00FF00FF),
        (100, 16, 0x0000FFFF0000FFFF),
        (10_000, 32, 0x00000000FFFFFFFF),
    ):
        high = word >> np.uint64(shift)
        word *= np.uint64(base)
        word += high
        word &= np.uint64(lanes)
    return word.view(np.int64)


def read_codes(text: Text, at: Ints) -> tuple[Ints, Ints]:
    """Unsigned whole numbers at *at*: their values and how many digits, 8 at most, they have."""
    word = text.octets[at] ^ _ZEROS
    bits = np.bitwise_count(_digits_mask(word))
    return _digits_value(word, bits), (bits >> 3).astype(np.int64)


def read_numbers(text: Text, at: Ints) -> Numbers:
    """The decimals [+-]digits[.digits] at *at*, which blanks may precede."""
    at = _skip_blanks(text, at)
    sign = text.bytes[at]
    negative = sign == ord("-")
    at = at + (negative | (sign == ord("+")))
    word = text.octets[at] ^ _ZEROS
    whole = _digits_mask(word)
    whole_bits = np.bitwise_count(whole)
    point = (word >> (whole_bits & 63).astype(np.uint64)) & _BYTE == _POINT
    next_word = text.octets[at + 1] ^ _ZEROS
    word = np.where(point, (word & whole) | (next_word & ~whole), word)
    bits = np.bitwise_count(_digits_mask(word))
    mantissa = _digits_value(word, bits)
    digits = (bits >> 3).astype(np.int64)
    decimals = np.where(point, digits - (whole_bits >> 3), 0)
    end = at + digits + point
    long = np.flatnonzero(digits == 8)
    if len(long):
        _read_on(text, long, mantissa, digits, decimals, end, point)
    value = mantissa / _POWERS[decimals]
    np.negative(value, out=value, where=negative)
    return Numbers(value, end, (digits > 0) & (digits <= MAX_DIGITS))


def _skip_blanks(text: Text, at: Ints) -> Ints:
    for _ in range(_MAX_BLANKS):
        first = text.bytes[at]
        blank = (first == ord(" ")) | (first == ord("\t"))
        if not blank.any():
            break
        at = at + blank
    return at


def _read_on(
    text: Text, long: Ints, mantissa: Ints, digits: Ints, decimals: Ints, end: Ints, point: Flags
) -> None:
    """Digits beyond the eighth of the numbers *long*, one by one; all arrays are updated."""
    for _ in range(MAX_DIGITS - 8 + 2):  # a point, and one digit too many to be noticed
        byte = text.bytes[end[long]]
        digit = byte - np.uint8(48) < 10
        stop = (byte == ord(".")) & ~point[long]
        end[long[stop]] += 1
        point[long[stop]] = True
        going = long[digit]
        mantissa[going] = mantissa[going] * 10 + (byte[digit] - np.uint8(48))
        digits[going] += 1
        decimals[going] += point[going]
        end[going] += 1
        long = long[digit | stop]
        if len(long) == 0:
            break
