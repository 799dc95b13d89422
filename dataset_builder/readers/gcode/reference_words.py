"""Lines of G-code -> words, for the reference interpreter.

Written from docs/gcode.md alone, to be read rather than to be fast. pygcode (the `[reference]`
extra) reads the words of every line that it can. It knows no sign `+`, no checksums, no text
commands, and it steps over what it does not know without a word; so each line is also read by a
plain tokenizer, which alone judges whether a line is well formed and whose words count where
pygcode refuses the line or reads other words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import reduce
from operator import xor
from typing import Any

MAX_LINE = 1 << 20
MAX_COMMAND = 96  # characters; Marlin's MAX_CMD_SIZE
MAX_DIGITS = 18

_LINE = re.compile(rb"[^\r\n]*(?:\r?\r?\n|\r|$)")
_COMMENT = re.compile(r";.*|\([^)]*\)?|\)", re.DOTALL)
_CHECKSUM = re.compile(r"\*\s*(\d+)\s*$")
_PREFIX = re.compile(r"[ \t]*/?[ \t]*([nN][ \t]*\d+[ \t]*)?/?")
_WORD = re.compile(r"([A-Za-z])[ \t]*([+-]?(?:\d+\.?\d*|\.\d+))?")
_MACRO = re.compile(r"[A-Za-z_]{2}\w*|[A-Za-z]\w*_\w*", re.ASCII)

Word = tuple[str, float | None]
"""Upper-case letter and value; None where no number follows the letter."""


@dataclass(slots=True)
class SourceLine:
    """One line with its comments, line number and checksum taken off.

    comment: the text of a whole-line comment. macro: the name, upper case, of a word command.
    problem: why the words are not well formed, "" if they are.
    """

    number: int
    length: int = 0  # bytes
    command: str = ""
    comment: str | None = None
    macro: str = ""
    words: list[Word] = field(default_factory=list)
    problem: str = ""
    flags: set[str] = field(default_factory=set)


class WordReader:
    """Splits a text into lines and words, and counts who read the words.

    by_pygcode and by_tokenizer count lines that hold words; disputed counts those of the latter
    that pygcode accepted, but read as other words.
    """

    def __init__(self) -> None:
        self.by_pygcode = 0
        self.by_tokenizer = 0
        self.disputed = 0
        self._text2words = _pygcode_tokenizer()

    def lines(self, source: bytes | Iterable[bytes | str]) -> Iterator[SourceLine]:
        """The lines of *source*: a whole text, or lines already split."""
        for number, raw in enumerate(_split(source), start=1):
            line = self._read(number, raw.rstrip(b"\r\n").decode("latin-1"))
            if raw.endswith(b"\r"):
                line.flags.add("cr_line_ends")
            yield line

    def _read(self, number: int, raw: str) -> SourceLine:
        line = SourceLine(number, len(raw))
        command = _COMMENT.sub(lambda comment: " " * len(comment.group()), raw)
        command = _take_off_checksum(command, raw, line.flags)
        if len(command.strip()) > MAX_COMMAND:
            line.flags.add("over_long_line")
        prefix = _PREFIX.match(command)
        if prefix and "/" in prefix.group():
            line.flags.add("block_delete")
        line.command = _PREFIX.sub("", command, count=1).strip(" \t")
        if raw.lstrip(" \t").startswith(";"):
            line.comment = raw.lstrip(" \t")[1:].strip()
        if not line.command or line.command.startswith("%"):
            line.command = ""
            return line
        name = _MACRO.match(line.command)
        if name:
            line.macro = name.group().upper()
        else:
            line.words, line.problem = tokenize(line.command)
            self._ask_pygcode(line)
        return line

    def _ask_pygcode(self, line: SourceLine) -> None:
        theirs = self._words_of_pygcode(line.command)
        if theirs == line.words and not line.problem:
            line.words = theirs
            self.by_pygcode += 1
            return
        self.by_tokenizer += 1
        self.disputed += theirs is not None and not line.problem

    def _words_of_pygcode(self, command: str) -> list[Word] | None:
        if not command.isascii():  # it would take any Unicode digit
            return None
        try:
            words = list(self._text2words(command))
            return [(word.letter, float(word.value)) for word in words]
        except Exception:  # noqa: BLE001 - whatever it raises, it has refused the line
            return None


def tokenize(command: str) -> tuple[list[Word], str]:
    """The words of *command* up to the first thing that is none, and what that thing is."""
    words: list[Word] = []
    at, glued_to = 0, ""
    while at < len(command):
        if command[at] in " \t":
            at, glued_to = at + 1, ""
            continue
        match = _WORD.match(command, at)
        if not match:
            return words, f"{command[at]!r} starts no word"
        letter, number = match.groups()
        if letter == "e" and glued_to.isupper():
            return words, "an exponent is not part of G-code"
        if number and sum(map(str.isdigit, number)) > MAX_DIGITS:
            return words, f"a number has more than {MAX_DIGITS} digits"
        words.append((letter.upper(), float(number) if number else None))
        at, glued_to = match.end(), letter
    return words, ""


def _split(source: bytes | Iterable[bytes | str]) -> Iterable[bytes]:
    if not isinstance(source, bytes):
        return (line if isinstance(line, bytes) else line.encode("latin-1") for line in source)
    return _LINE.findall(source.removeprefix(b"\xef\xbb\xbf"))


def _take_off_checksum(command: str, raw: str, flags: set[str]) -> str:
    """*command* (*raw* with blanks for comments) without `*71`, the XOR of all bytes before it."""
    match = _CHECKSUM.search(command)
    if not match:
        return command
    covered = raw[: match.start()].encode("latin-1")
    if reduce(xor, covered, 0) != int(match.group(1)[:MAX_DIGITS]):
        flags.add("checksum")
    return command[: match.start()]


def _pygcode_tokenizer() -> Callable[[str], Iterable[Any]]:
    try:
        from pygcode.words import text2words
    except ImportError as absent:
        raise ImportError(
            "the reference interpreter reads words with pygcode. "
            "Install it: pip install 'printwarden[reference]'"
        ) from absent
    reader: Callable[[str], Iterable[Any]] = text2words
    return reader
