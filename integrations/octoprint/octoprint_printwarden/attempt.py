# Copyright (C) 2026 the Printwarden authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""One attempt to print: a job as this plugin keeps it from its start to its end."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

HELD = "held"  # nothing of it may reach the printer
ALLOWED = "allowed"  # the guard, or its owner, let these bytes go
STOPPED = "stopped"  # told to stop; waiting for OctoPrint to say that it has

FILE, STREAM, SD = "file", "stream", "sd"
BLOCK_BYTES = 512 * 1024  # what one message to the guard carries


class Stamp(NamedTuple):
    """What changes when a file does; a rename alone changes none of it."""

    inode: int
    size: int
    written_ns: int


@dataclass
class Attempt:
    """*handle*: open on the very file that OctoPrint opened a moment ago, None without one."""

    name: str
    route: str
    path: str | None = None
    handle: int | None = None
    state: str = HELD
    sha256: str | None = None
    stamp: Stamp | None = None
    reason: str = ""
    paused: bool = False  # by the guard: only the guard, or its owner, lets it go on
    told: str | None = None  # the run of the guard that knows of it
    begun: bool = True  # False: let go, and the printer's card has not been told to start
    id: str = field(default_factory=lambda: uuid.uuid4().hex)

    def open(self) -> Attempt:
        """Bind it to what lies at *path* now, whatever is put there later."""
        self.handle = os.open(str(self.path), os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
        return self

    def now(self) -> Stamp | None:
        """How the file is now."""
        if self.handle is None:
            return None
        status = os.fstat(self.handle)
        return Stamp(status.st_ino, status.st_size, status.st_mtime_ns)

    def blocks(self) -> Iterator[tuple[int, bytes]]:
        """(offset, bytes) of the file from its beginning; at its end digest and stamp are set."""
        if self.handle is None:
            raise ValueError(f"{self.name}: its bytes cannot be read")
        stamp, digest, offset = self.now(), hashlib.sha256(), 0
        while True:
            block = os.pread(self.handle, BLOCK_BYTES, offset)
            if not block:
                break
            digest.update(block)
            yield offset, block
            offset += len(block)
        if self.now() != stamp:
            raise ValueError(f"{self.name}: it changed while it was read")
        self.stamp, self.sha256 = stamp, digest.hexdigest()

    def unchanged(self) -> bool:
        """Whether the file is what was read: by its stamp, or by its bytes where that differs."""
        if self.handle is None or self.now() == self.stamp:
            return True
        before = self.sha256
        try:
            for _ in self.blocks():
                pass
        except (OSError, ValueError):
            return False
        return self.sha256 == before

    def described(self) -> dict[str, object]:
        """As the guard is told of it."""
        return {
            "job": self.id,
            "name": self.name,
            "route": self.route,
            "sha256": self.sha256,
            "size_bytes": None if self.stamp is None else self.stamp.size,
            "state": self.state,
        }

    def close(self) -> None:
        """Let go of the file."""
        if self.handle is not None:
            os.close(self.handle)
            self.handle = None
