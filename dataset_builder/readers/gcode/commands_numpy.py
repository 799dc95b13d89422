"""Lines -> operations and words, for a whole page at once, as far as no machine is needed.

Whatever is not certainly plain becomes HOST; the interpreter decides. The plain subset is that of
kernel/scan.c.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from dataset_builder.readers.gcode.lines_numpy import (
    BRACKET,
    LINE_END,
    SEMICOLON,
    STAR,
    Lines,
)
from dataset_builder.readers.gcode.numbers_numpy import Flags, Ints, read_codes, read_numbers
from dataset_builder.readers.gcode.vocabulary import INERT_G, INERT_M

if TYPE_CHECKING:
    from numpy.typing import NDArray

HOST, COMMENT, INERT, NOTHING, MODE, TOOL, POSITION, MOVE, MODAL = range(9)
"""Operations. Anything may follow INERT ones; after NOTHING, MODE and TOOL a comment only; the
last three have words. MODAL repeats the last move."""

X, Y, Z, E, I, J, R, _FEED, _STRANGE = range(9)  # noqa: E741 (the letters of G-code)
"""Words; the last is every letter that a plain move does not have."""
M82, M83 = 182, 183
"""Modes of the extruder, apart from G82 and G83."""

_FIELD, _MAX_WORDS = 7, 64  # bits that count one kind of word on a line, and cannot overflow
_WEIGHT = np.uint64(1) << np.arange(0, 9 * _FIELD, _FIELD, dtype=np.uint64)
_ONCE = _WEIGHT[:_STRANGE].sum()
AXES, CENTRE = _WEIGHT[:I].sum(), _WEIGHT[I:_FEED].sum()
RADIUS = _WEIGHT[R]
"""Bits of `Commands.words`: any of X, Y, Z, E; I, J or R; R."""

_REMARKS = re.compile(rb"(?:[ \t]|\([^)]*(?:\)|$))*(?:;.*)?\r*", re.DOTALL)
"""What may follow the words of a line: (comments), then a ;comment."""
_CODES = 1024  # a letter
_G, _M, _T, _AXIS, _NO_COMMAND = range(5)


def _by_letter(default: int, **values: int) -> NDArray[np.uint8]:
    """A table of 256 bytes -> value, both cases alike."""
    table = np.full(256, default, np.uint8)
    for letter, value in values.items():
        table[[ord(letter), ord(letter.lower())]] = value
    return table


_WORD_OF = _by_letter(_STRANGE, X=X, Y=Y, Z=Z, E=E, I=I, J=J, R=R, F=_FEED)
_GROUP_OF = _by_letter(_NO_COMMAND, G=_G, M=_M, T=_T, X=_AXIS, Y=_AXIS, Z=_AXIS, E=_AXIS)
_IS_N = _by_letter(False, N=True).astype(np.bool_)
_IS_DIGIT = np.isin(np.arange(256), list(b"0123456789"))
_IS_CAPITAL = np.isin(np.arange(256), list(range(ord("A"), ord("Z") + 1)))


@cache
def _operations() -> NDArray[np.uint8]:
    """(5, _CODES) what each code of G, M and T does; the other rows are HOST."""
    table = np.full((5, _CODES), HOST, np.uint8)
    for group, inert in ((_G, INERT_G), (_M, INERT_M)):
        table[group, [code for code in inert if code < _CODES]] = INERT
    table[_G, [0, 1, 2, 3]] = MOVE
    table[_G, [20, 21, 90, 91]] = MODE
    table[_G, [10, 11, 17]] = NOTHING  # alone, 10 and 11 retract and recover; see Page.planes
    table[_G, 92] = POSITION
    table[_M, [82, 83]] = MODE
    table[_T, :32] = TOOL
    return table


@dataclass(frozen=True, slots=True)
class Column:
    """at: (K,) ascending lines. value: (K,) what stands there."""

    at: Ints
    value: NDArray[Any]

    def where(self, chosen: Flags) -> Column:
        """Some of it."""
        return Column(self.at[chosen], self.value[chosen])

    def within(self, start: int, stop: int) -> Column:
        """The part in lines [start, stop), counted from *start*."""
        if len(self.at) == 0:
            return self
        low, high = self.at.searchsorted((start, stop))
        return Column(self.at[low:high] - start, self.value[low:high])


@dataclass(frozen=True, slots=True)
class Commands:
    """operation, code, words: (N,) one a line; words has a field of bits for each kind of word.

    values: X, Y, Z, E, I, J, R as written. bad_checksums: the lines that have one.
    """

    operation: NDArray[np.uint8]
    code: Ints
    words: NDArray[np.uint64]
    values: tuple[Column, ...]
    bad_checksums: Ints


def read_commands(lines: Lines) -> Commands:
    """What each of *lines* does."""
    text, (first, numbered) = lines.text, _after_numbers(lines)
    at, kind = lines.at[first], lines.kind[first]
    group = _GROUP_OF[text.bytes[at]]
    code, digits = read_codes(text, at + 1)
    end = at + 1 + digits
    operation = _operations()[group, np.minimum(code, _CODES - 1)]
    known = (digits > 0) & (digits <= 5) & (code < _CODES) & (text.bytes[end] != ord("."))
    operation[~known] = HOST
    operation[group == _AXIS] = MODAL

    following = np.minimum(first + 1, len(lines.at) - 1)
    tight = (operation == MODAL) | text.only_blanks(end, lines.at[following])
    tight &= (operation >= POSITION) | (lines.stop == following)
    inert = operation == INERT
    closed, bad_checksums = _closed(lines, numbered)
    operation[~(lines.indented & (closed | inert & ~numbered) & (tight | inert))] = HOST
    operation[lines.indented & (kind == LINE_END)] = NOTHING
    operation[lines.indented & (kind == SEMICOLON) & ~numbered] = COMMENT
    operation[lines.indented & ~numbered & _is_remark(lines, closed)] = NOTHING

    words, values = _read_words(lines, first, operation)
    senseless = ~_has_its_words(operation, code, words)
    if senseless.any():
        operation[senseless] = HOST
        values = tuple(column.where(operation[column.at] != HOST) for column in values)
    code[group == _M] += M82 - 82
    bad_checksums = bad_checksums[operation[bad_checksums] != HOST]
    return Commands(operation, code, words, values, bad_checksums)


def _after_numbers(lines: Lines) -> tuple[Ints, Flags]:
    """Each line's first mark beyond its "N123", and which lines have one."""
    text, at = lines.text, lines.at[lines.first]
    numbered = _IS_N[text.bytes[at]] & _IS_DIGIT[text.bytes[at + 1]]
    where = np.flatnonzero(numbered)
    if len(where) == 0:
        return lines.first, numbered
    _, digits = read_codes(text, at[where] + 1)
    following = lines.first[where] + 1
    good = (digits < 8) & text.only_blanks(at[where] + 1 + digits, lines.at[following])
    first = lines.first.copy()
    first[where[good]] += 1
    return first, numbered


def _closed(lines: Lines, numbered: Flags) -> tuple[Flags, Ints]:
    """Lines with nothing but letters, numbers and a comment; those of them with a bad checksum.

    A numbered line has a checksum, or nothing after its words: comments may hide a star.
    """
    text, kind = lines.text, lines.kind[lines.stop]
    closed = (kind == LINE_END) | ((kind == SEMICOLON) & ~numbered)
    for line in np.flatnonzero((kind == BRACKET) | ((kind == SEMICOLON) & numbered)).tolist():
        tail = text.raw[lines.at[lines.stop[line]] : lines.end[line]]
        closed[line] = _REMARKS.fullmatch(tail) and not (numbered[line] and b"*" in tail)
    starred = np.flatnonzero(numbered & (kind == STAR))
    if len(starred) == 0:
        return closed, starred
    star, following = lines.at[lines.stop[starred]], lines.stop[starred] + 1
    said, digits = read_codes(text, star + 1)
    good = (digits > 0) & (digits <= 4) & (lines.kind[following] == LINE_END)
    good &= text.only_blanks(star + 1 + digits, lines.at[following])
    closed[starred[good]] = True
    sums = np.concatenate(([0], np.bitwise_xor.accumulate(text.bytes)))
    bad = sums[star] ^ sums[lines.start[starred]] != said
    return closed, starred[good & bad]


def _is_remark(lines: Lines, closed: Flags) -> Flags:
    """Lines that begin with "(", and only hold comments, or with "%"."""
    bracket = lines.kind[lines.first] == BRACKET
    percent = lines.text.bytes[lines.at[lines.first]] == ord("%")
    return np.asarray((bracket & closed) | percent)


def _read_words(
    lines: Lines, first: Ints, operation: NDArray[np.uint8]
) -> tuple[NDArray[np.uint64], tuple[Column, ...]]:
    """`Commands.words` and `values` of the lines whose operation has words."""
    text, chosen = lines.text, np.flatnonzero(operation >= POSITION)
    begin = first[chosen] + (operation[chosen] != MODAL)
    count = lines.stop[chosen] - begin
    stop = np.cumsum(count)
    owner = np.repeat(chosen, count)
    mark = np.arange(len(owner)) + np.repeat(begin - stop + count, count)
    at = lines.at[mark]
    numbers = read_numbers(text, at + 1)
    word = _WORD_OF[text.bytes[at]]
    word[~(numbers.good & text.only_blanks(numbers.end, lines.at[mark + 1]))] = _STRANGE
    word[_glued_exponents(lines, mark)] = _STRANGE
    sums = np.zeros(len(word) + 1, np.uint64)
    np.cumsum(_WEIGHT[word], out=sums[1:])
    words = np.zeros(len(lines), np.uint64)
    words[chosen] = sums[stop] - sums[stop - count]
    words[chosen[count > _MAX_WORDS]] = _WEIGHT[_STRANGE]
    return words, tuple(_column(word == k, owner, numbers.value) for k in range(_FEED))


def _column(where: Flags, lines: Ints, values: NDArray[np.float64]) -> Column:
    index = np.flatnonzero(where)
    return Column(lines[index], values[index])


def _glued_exponents(lines: Lines, mark: Ints) -> Ints:
    """Words "e4" of "X1e4": no exponents to a printer, but they read like one to a person."""
    text, at = lines.text.bytes, lines.at[mark]
    e = np.flatnonzero(text[at] == ord("e"))
    before = text[at[e] - 1]
    glued = _IS_DIGIT[before] | (before == ord("."))
    return np.asarray(e[glued & _IS_CAPITAL[text[lines.at[mark[e] - 1]]]])


def _has_its_words(operation: NDArray[np.uint8], code: Ints, words: NDArray[np.uint64]) -> Flags:
    """No word twice, arcs with a centre and nothing else with one, G92 with axes only."""
    centre, axes = words & CENTRE != 0, words & AXES
    good = words & ~_ONCE == 0
    good &= (operation != MOVE) | (centre == (code >= 2))
    good &= (words & RADIUS == 0) | (words & CENTRE == RADIUS)
    good &= (operation != POSITION) | ((axes == words) & (axes != 0))
    return np.asarray(good)
