"""The smallest host program: a line, its ok, the next line."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from printer_guard.printers.marlin.lines import LineSplitter, numbered
from printer_guard.printers.marlin.ports import Tty

BAUD = 115200


class Host:
    """sent: lines of the job that were acknowledged."""

    def __init__(self, port: Tty) -> None:
        self.sent = 0
        self._port = port
        self._oks: asyncio.Queue[bytes] = asyncio.Queue()
        self._splitter = LineSplitter()
        port.start(self._take, lambda _: None)

    @classmethod
    async def connect(cls, path: Path) -> Self:
        """Open *path* as soon as it is there."""
        while not path.exists():
            await asyncio.sleep(0.05)
        return cls(Tty(path, BAUD))

    async def stream(self, lines: Iterable[bytes]) -> None:
        """Send what is not a comment, numbered, each when the one before was acknowledged."""
        commands = [c for c in (line.partition(b";")[0].strip() for line in lines) if c]
        for number, command in enumerate([b"M110 N0", *commands]):
            self._port.write(numbered(number, command) + b"\n")
            await self._oks.get()
            self.sent = number

    def _take(self, data: bytes) -> None:
        for line in self._splitter.feed(data):
            if line.startswith(b"ok"):
                self._oks.put_nowait(line)
