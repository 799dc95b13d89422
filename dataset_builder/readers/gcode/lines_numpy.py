"""Where the lines of a G-code text begin and end and what stands out in them, all at once.

Digits, points, signs and blanks are the ground of a G-code text; every other byte is a *mark*. A
line is the marks from its first one to its line end, and nearly all the work is done per mark.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.readers.gcode.numbers_numpy import PADDING, Flags, Ints, Text

if TYPE_CHECKING:
    from numpy.typing import NDArray

LETTER, LINE_END, SEMICOLON, STAR, BRACKET, OTHER, _RETURN = range(1, 8)
LONG_LINE = 96
"""Marlin's MAX_CMD_SIZE: the rest of such a line is cut off there."""

_CR, _LF = 13, 10


def _kinds() -> bytes:
    kinds = bytearray([OTHER]) * 256
    kinds[ord("a") : ord("z") + 1] = kinds[ord("A") : ord("Z") + 1] = bytes([LETTER]) * 26
    for ground in b"0123456789.+- \t":
        kinds[ground] = 0
    kinds[_LF], kinds[_CR] = LINE_END, _RETURN
    kinds[ord(";")], kinds[ord("*")], kinds[ord("(")] = SEMICOLON, STAR, BRACKET
    return bytes(kinds)


_KIND_OF_BYTE = _kinds()


@dataclass(frozen=True, slots=True)
class Lines:
    """M marks, N lines.

    at, kind: (M,) byte offset and kind of each mark. first, stop: (N,) the mark a line begins with
    and its first mark that is no letter. start, end: (N,) byte offsets; at *end* stands the LF or
    the lone CR. indented: (N,) nothing but blanks stands before the first mark.
    """

    text: Text
    at: Ints
    kind: NDArray[np.uint8]
    first: Ints
    stop: Ints
    start: Ints
    end: Ints
    indented: Flags

    def __len__(self) -> int:
        return len(self.start)

    @property
    def size(self) -> int:
        """Bytes of the text."""
        return len(self.text.raw) - len(PADDING)

    def bytes_of(self, line: int) -> bytes:
        """The line without its end."""
        return self.text.raw[self.start[line] : self.end[line]].rstrip(b"\r")

    def lone_returns(self) -> Ints:
        """Lines that end in a CR alone."""
        return np.flatnonzero(self.text.bytes[self.end] == _CR)

    def long_ones(self) -> list[int]:
        """Lines with more than LONG_LINE bytes before their comment."""
        long = []
        for line in np.flatnonzero(self.end - self.start > LONG_LINE).tolist():
            start = self.start[line]
            if not _CUTS.intersection(self.text.raw[start : start + LONG_LINE + 1]):
                long.append(line)
        return long


_CUTS = frozenset(b";\r")


def complete(window: bytes, *, final: bool) -> int:
    """The bytes of complete lines in *window*; final CRs may be half of a line end."""
    if final:
        return len(window)
    size = len(window.rstrip(b"\r"))
    return max(window.rfind(b"\n", 0, size), window.rfind(b"\r", 0, size)) + 1


def split_lines(window: bytes) -> Lines:
    """Find the marks and lines of *window*: LF, CR LF, CR CR LF, or CR alone ends a line."""
    text = Text(window + PADDING)
    kinds = np.frombuffer(window.translate(_KIND_OF_BYTE), np.uint8)
    at = np.flatnonzero(kinds != 0)
    kind = kinds[at]
    if b"\r" in window:
        at, kind = _without_absorbed_returns(text, at, kind)
    if not window.endswith((b"\n", b"\r")):
        at, kind = np.append(at, len(window)), np.append(kind, np.uint8(LINE_END))
    others = np.flatnonzero(kind != LETTER)
    ends = np.flatnonzero(kind[others] == LINE_END)
    last = others[ends]
    first = _one_after(last)
    end = at[last]
    start = _one_after(end)
    indented = text.only_blanks(start, at[first])
    return Lines(text, at, kind, first, others[_one_after(ends)], start, end, indented)


def _one_after(ends: Ints) -> Ints:
    """0 and what follows each end but the last: where the next line begins."""
    begins = np.empty_like(ends)
    begins[0] = 0
    np.add(ends[:-1], 1, out=begins[1:])
    return begins


def _without_absorbed_returns(
    text: Text, at: Ints, kind: NDArray[np.uint8]
) -> tuple[Ints, NDArray[np.uint8]]:
    """Up to three CRs before a LF belong to it; any other is a line end of its own."""
    returns = np.flatnonzero(kind == _RETURN)
    one, two, three = (text.bytes[at[returns] + k] for k in (1, 2, 3))
    absorbed = (one == _LF) | ((one == _CR) & ((two == _LF) | ((two == _CR) & (three == _LF))))
    kind[returns] = LINE_END
    kept = np.ones(len(at), np.bool_)
    kept[returns[absorbed]] = False
    return at[kept], kind[kept]
