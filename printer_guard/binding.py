"""Are the lines that a printer gets those of the copy that was cleared?

Compared are commands that decide what is printed (moves, positions, units, tools, flow), without
spaces, comments, line numbers and checksums: hosts strip and renumber, and change messages and
temperatures on the way. A copy that is not G-code text cannot be compared line by line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

NOT_TEXT = (b"GCDE", b"PK\x03\x04", b"\x1f\x8b")  # binary G-code, archives, gzip
DECIDES = re.compile(rb"(?:G|T|M(?:82|83|92|200|221|486)\b|M(?:82|83|92|200|221|486)(?=[A-Z]))")
FRAMING = re.compile(rb"^N\d+")
LONGEST = 1 << 16  # bytes of a line: longer ones are compared in parts, alike on both sides


class Binding:
    """Follows one job. `check` says whether what was sent now is what the copy says comes next."""

    def __init__(self, copy: Path) -> None:
        self._file: BinaryIO = copy.open("rb")
        self.comparable = not self._file.read(4).startswith(NOT_TEXT)
        self._commands: Iterator[bytes] | None = None
        self._rest = b""

    def check(self, chunk: bytes, position: int) -> str | None:
        """None while all is as it was cleared, else the first command that is not.

        position: offset of *chunk* in the job; used once, for a print that is met halfway.
        """
        if not self.comparable:
            return None
        if self._commands is None:
            self._file.seek(position)
            self._commands = _commands(iter(lambda: self._file.readline(LONGEST), b""))
        lines = (self._rest + chunk).split(b"\n")
        self._rest = lines.pop()
        for sent in _commands(iter(lines)):
            if next(self._commands, b"") != sent:
                return sent.decode("ascii", "replace")
        return None

    def close(self) -> None:
        """Let go of the copy."""
        self._file.close()


def _commands(lines: Iterator[bytes]) -> Iterator[bytes]:
    """The commands that decide, in one spelling."""
    for line in lines:
        code = line.partition(b";")[0].partition(b"*")[0].upper()
        words = FRAMING.sub(b"", b"".join(code.split()))
        if DECIDES.match(words):
            yield words
