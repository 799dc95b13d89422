"""What OctoPrint says that it sent of a file -> the bytes of the file that this was.

OctoPrint strips comments and blank lines, numbers what is left from 1, and may add an offset to
temperatures. `Follower` walks through our copy of the file in the same way. A line that is not the
one which stands there is passed on as it was sent: whoever compares will see it.
Source: OctoPrint 1.11, `octoprint.util.comm` (`PrintingGcodeFileInformation`, `strip_comment`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

HEAT = re.compile(r"M(?:104|109|140|190|141|191)\b")
BOM = b"\xef\xbb\xbf"
TARGET = re.compile(r"[SR]\d+(?:\.\d*)?")


class Taken(NamedTuple):
    """*chunk*: bytes that went out, from *position* of the file on."""

    chunk: bytes
    position: int


class Follower:
    """One print of the bytes at *path*. late: lines may have gone out before anyone looked."""

    def __init__(self, path: Path, *, late: bool = False) -> None:
        self._lines = _as_sent(path)
        self._number = 0  # of the line taken last, as OctoPrint counts
        self._position = 0  # bytes of the copy up to its end
        self._late = late
        self._added = b""  # before it was known where a print is that we met halfway

    def add(self, lines: Sequence[str]) -> Taken:
        """Account for *lines* that another plugin has put beside those of the file."""
        chunk = "".join(f"{line}\n" for line in lines).encode()
        if self._late:
            self._added += chunk
            return Taken(b"", 0)
        return Taken(chunk, self._position)

    def take(self, first: int, lines: Sequence[str]) -> Taken:
        """Account for *lines*, the first of which is number *first* of the file.

        What was told before is passed over. What was passed over in between went nowhere: another
        plugin swallowed it.
        """
        start, passed = self._position, self._pass_over(first)
        chunk = bytearray(passed + self._added if self._late else b"")
        if passed and not self._late:
            start = self._position
        self._late = False
        for line in lines[max(0, self._number + 1 - first) :]:
            raw, expected = self._next()
            chunk += raw if _same(line, expected) else line.encode() + b"\n"
        return Taken(bytes(chunk), start)

    def _next(self) -> tuple[bytes, str | None]:
        raw, line = next(self._lines, (b"", None))
        self._number += 1
        self._position += len(raw)
        return raw, line

    def _pass_over(self, first: int) -> bytes:
        """The bytes of what lies before line *first* and was not told of."""
        passed = bytearray()
        while self._number + 1 < first:
            raw, line = self._next()
            if line is None:
                break
            passed += raw
        return bytes(passed)


def _as_sent(path: Path) -> Iterator[tuple[bytes, str | None]]:
    """(bytes since the line before, the line as OctoPrint sends it); at last the rest and None."""
    skipped = BOM if _begins_with_bom(path) else b""
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as text:
        for line in text:
            raw = line.encode("utf-8", "surrogateescape")
            sent = _stripped(raw.decode("utf-8", "replace"))
            if sent:
                yield skipped + raw, sent
                skipped = b""
            else:
                skipped += raw
    yield skipped, None


def _begins_with_bom(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(BOM)) == BOM


def _stripped(line: str) -> str:
    """*line* without its comment; a backslash keeps a semicolon from beginning one."""
    escaped = False
    for at, character in enumerate(line):
        if character == ";" and not escaped:
            return line[:at].strip()
        escaped = character == "\\" and not escaped
    return line.strip()


def _same(sent: str, expected: str | None) -> bool:
    if sent == expected:
        return True
    if expected is None or not HEAT.match(expected):
        return False
    return TARGET.sub("", sent) == TARGET.sub("", expected)
