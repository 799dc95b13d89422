"""Marlin's emergency parser: commands that act while their bytes arrive, before any queue.

Source: Marlin, src/feature/e_parser.h.
"""

from __future__ import annotations

import re

_URGENT = re.compile(rb"[\r\n][ \t]*(?:N\d+[ \t]*)?(M(?:108|112|410|876))\b[^\r\n]*(?=[\r\n])")
_LONGEST = 96  # bytes, MAX_CMD_SIZE: no such command is longer


class EmergencyParser:
    """A stream of bytes, in any pieces -> the urgent commands in it."""

    def __init__(self) -> None:
        self._tail = b"\n"

    def feed(self, data: bytes) -> list[bytes]:
        """The urgent commands that *data* completes."""
        text = self._tail + data
        last_end = max(text.rfind(b"\n"), text.rfind(b"\r"), 0)
        self._tail = text[last_end:][-_LONGEST:]
        return _URGENT.findall(text)
