"""The anatomy of one line: number, checksum, comments, words.

Slow and strict: the back ends send here only the lines that are out of the ordinary, so every
complaint a person reads is written in this file or in interpreter.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import reduce
from operator import xor

from dataset_builder.errors import Malformed

_NUMBERED = re.compile(rb"[ \t]*[Nn]\d+[ \t]*")
_CHECKSUM = re.compile(rb"\*[ \t]*(\d{1,4})[ \t]*(;.*)?$", re.DOTALL)
_COMMENT = re.compile(rb"\([^)]*\)?")
_WORD = re.compile(rb"([A-Za-z])[ \t]*([-+]?(?:\d+\.?\d*|\.\d+))?")
_BLANK = re.compile(rb"[ \t]*")
_EXPONENT = re.compile(rb"[A-Z][ \t]*[-+]?[\d.]+e\d")
_CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")
MAX_DIGITS = 18
"""As many as the kernel reads exactly; no slicer writes more."""

Words = dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its number, checksum and comments."""

    text: bytes
    comment: bytes  # of a line that is nothing but a ;comment
    checksum_ok: bool | None  # None: it has none


def dissect(raw: bytes) -> Line:
    """Take *raw* (no line end) apart; never fails."""
    body, checksum_ok = raw, None
    numbered = _NUMBERED.match(raw)
    star = _CHECKSUM.search(raw) if b"*" in raw else None
    plain = star and raw.lstrip()[:1].upper() in b"GMT" and b";" not in raw[: star.start()]
    if star and (numbered or plain):
        checksum_ok = reduce(xor, raw[: star.start()], 0) == int(star[1])
        body = raw[: star.start()]
    if numbered:
        body = body[numbered.end() :]
    stripped = body.strip(b" \t")
    if stripped.startswith(b";"):
        return Line(b"", stripped[1:].strip(), checksum_ok)
    return Line(stripped, b"", checksum_ok)


def without_comments(text: bytes) -> bytes:
    """Drop `;...` and `(...)`; a stray closing bracket is harmless."""
    text = text.partition(b";")[0]
    if b"(" in text or b")" in text:
        text = _COMMENT.sub(b" ", text).replace(b")", b" ")
    return text.strip(b" \t")


def split_words(text: bytes) -> list[tuple[str, float | None]]:
    """All words of a comment-free command, in order; strict.

    Raises Malformed for a byte that starts no word, a control byte, or a number that is none.
    """
    if _CONTROL.search(text):
        raise Malformed("a control byte stands inside a command", flag="control_bytes")
    if _EXPONENT.search(text):
        raise Malformed("a number is written with an exponent", flag="number")
    words: list[tuple[str, float | None]] = []
    at = 0
    while at < len(text):
        match = _WORD.match(text, at)
        if match is None:
            raise Malformed(f"{_shown(text[at:])} is no word of G-code", flag=_flag(text[at:]))
        words.append((match[1].decode().upper(), _number(match[2])))
        blank = _BLANK.match(text, match.end())
        at = blank.end() if blank else match.end()
    return words


def axis_words(words: list[tuple[str, float | None]]) -> dict[str, float]:
    """The words of a move by letter. Raises Malformed when one is doubled or has no value."""
    values: dict[str, float] = {}
    for letter, value in words:
        if value is None:
            raise Malformed(f"{letter} has no value", flag="number")
        if letter in values:
            raise Malformed(f"{letter} is given twice", flag="duplicate_word")
        values[letter] = value
    return values


def loose_words(text: bytes) -> Words:
    """Letter -> number for commands whose other arguments do not matter; first one wins."""
    words: Words = {}
    for match in _WORD.finditer(text):
        words.setdefault(match[1].decode().upper(), _number(match[2]))
    return words


def _number(digits: bytes | None) -> float | None:
    if digits is None:
        return None
    if sum(48 <= byte < 58 for byte in digits) > MAX_DIGITS:
        raise Malformed(f"a number has more than {MAX_DIGITS} digits", flag="number")
    return float(digits)


def _flag(rest: bytes) -> str:
    if rest[:1] in b"{[":
        return "placeholder"
    return "encoding" if rest[0] >= 0x80 else "number" if rest[:1] in b"0123456789+-.," else "word"


def _shown(text: bytes, limit: int = 24) -> str:
    """*text* as a person may read it in a message, shortened."""
    shown = text[:limit].decode("ascii", "backslashreplace")
    return repr(shown + ("..." if len(text) > limit else ""))
