"""What was written to the printer's card through us: each file's bytes, kept by their digest.

A printer never shows what is on its card. So the only content that can be judged is what went
through M28 and M29 here; everything else on a card was never seen.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from printer_guard.errors import CannotFetch
from printer_guard.printers.marlin.words import card_name

PART = "writing.part"
MOST_BYTES = 1 << 28  # of one file; a longer one counts as never seen


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on the card. size: bytes, with two for the end of each of its *lines*."""

    sha256: str
    size: int
    lines: int

    def fits(self, size: int) -> bool:
        """Can a file of *size* bytes on the card be it? Firmwares end lines by one byte or two."""
        return size in (self.size, self.size - self.lines)


class Uploads:
    """The files written, in *folder*; an index that survives a restart."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._index = folder / "card.json"
        self._files = self._read()
        self._name: str | None = None
        self._part: BinaryIO | None = None  # None: what is written now cannot be kept
        self._hash = hashlib.sha256()
        self._size = self._lines = 0

    @property
    def writing(self) -> bool:
        """Does the printer write what it gets to its card now?"""
        return self._name is not None

    def find(self, name: str, size: int | None) -> Upload | None:
        """What was written under *name*, if the card's file can still be that."""
        upload = self._files.get(card_name(name))
        return upload if upload and (size is None or upload.fits(size)) else None

    def begin(self, name: str) -> None:
        """The printer has opened a file to write to: what was known of that name is void."""
        self._name = card_name(name)
        self._hash, self._size, self._lines = hashlib.sha256(), 0, 0
        self.removed(name)
        with contextlib.suppress(OSError):
            self._part = (self._folder / PART).open("wb")

    def add(self, command: bytes) -> None:
        """The printer has written a line."""
        data = command + b"\r\n"
        self._size += len(data)
        self._lines += 1
        self._hash.update(data)
        if self._part is None:
            return
        try:
            self._part.write(data)
        except OSError:  # no room: the printer goes on, and the file counts as never seen
            self._let_go()
        if self._size > MOST_BYTES:
            self._let_go()

    def end(self) -> None:
        """The printer has closed the file."""
        name, self._name = self._name, None
        if name is None or self._part is None:
            return
        upload = Upload(self._hash.hexdigest(), self._size, self._lines)
        try:
            self._part.flush()
            os.fsync(self._part.fileno())
            (self._folder / PART).replace(self._path(upload.sha256))
        except OSError:
            self._let_go()
            return
        self._let_go()
        self._files[name] = upload
        self._write()

    def abandon(self) -> None:
        """The printer went away while it wrote."""
        self._name = None
        self._let_go()

    def _let_go(self) -> None:
        """Keep no more of the file that is being written."""
        part, self._part = self._part, None
        with contextlib.suppress(OSError):
            if part is not None:
                part.close()
            (self._folder / PART).unlink(missing_ok=True)

    def removed(self, name: str) -> None:
        """The card's file is gone or another one by now."""
        if self._files.pop(card_name(name), None):
            self._write()

    def copy(self, sha256: str, target: Path) -> Path:
        """The bytes, at *target*. Raises CannotFetch when they are not kept any more."""
        try:
            data = self._path(sha256).read_bytes()
        except OSError as error:
            raise CannotFetch(target.name, f"the upload is gone ({error.strerror})") from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise CannotFetch(target.name, "the kept upload was altered")
        target.write_bytes(data)
        return target

    def _path(self, sha256: str) -> Path:
        return self._folder / f"{sha256}.upload"

    def _read(self) -> dict[str, Upload]:
        """The index; one that cannot be read is as good as none: nothing was seen."""
        try:
            rows = json.loads(self._index.read_text(encoding="utf-8"))
            return {str(name): Upload(*row) for name, row in rows.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def _write(self) -> None:
        """Keep the index; where that fails, a restart knows less, which is safe."""
        rows = {name: [u.sha256, u.size, u.lines] for name, u in self._files.items()}
        fresh = self._index.with_suffix(".new")
        with contextlib.suppress(OSError):
            self._index.unlink(missing_ok=True)  # never an old index beside newer files
            with fresh.open("w", encoding="utf-8") as file:
                json.dump(rows, file)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._index)
            kept = {self._path(upload.sha256) for upload in self._files.values()}
            for path in self._folder.glob("*.upload"):
                if path not in kept:
                    path.unlink()
