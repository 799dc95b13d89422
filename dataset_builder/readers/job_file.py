"""The bytes of one job behind one open file: hash, format and content are of the same bytes.

Reads are positioned, so a hashing thread and a reader never move each other's place.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from dataset_builder.errors import EmptyToolpath, ReadError, TooLarge, Truncated

BLOCK_BYTES = 1 << 18  # stays in the cache while it is scanned
SPOOL_BYTES = 16 << 20  # a piped job up to this size stays in memory, a larger one on disk


class JobFile:
    """Positioned reads of a job; closes what it opened itself."""

    def __init__(self, handle: BinaryIO, size: int, *, owned: bool) -> None:
        self.size = size
        self._handle = handle
        self._owned = owned
        self._lock = threading.Lock()
        self._closing = threading.Event()

    @classmethod
    def open(cls, source: Path | BinaryIO, max_bytes: int) -> JobFile:
        """Open a path, a seekable file or a pipe (which is spooled first).

        Raises ReadError when it cannot be opened, TooLarge over *max_bytes*, EmptyToolpath when
        there is no byte.
        """
        try:
            handle, owned = _handle_of(source, max_bytes)
            size = handle.seek(0, os.SEEK_END)
        except OSError as error:
            raise _unreadable(error) from error
        file = cls(handle, size, owned=owned)
        try:
            if size > max_bytes:
                raise TooLarge(f"has {size} bytes, more than the limit of {max_bytes}")
            if size == 0:
                raise EmptyToolpath("is empty")
        except ReadError:
            file.close()
            raise
        return file

    def read_at(self, offset: int, count: int) -> bytes:
        """*count* bytes from *offset*, fewer only at the end of the job."""
        if self._closing.is_set():
            raise ReadError("was closed while it was being read", advice="Open the job again")
        try:
            with self._lock:
                self._handle.seek(offset)
                return self._handle.read(count)
        except OSError as error:
            raise _unreadable(error) from error

    def blocks(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from *start* to *end* in blocks of at most BLOCK_BYTES.

        Raises Truncated when the file became shorter meanwhile.
        """
        end = self.size if end is None else end
        while start < end:
            block = self.read_at(start, min(BLOCK_BYTES, end - start))
            if not block:
                raise Truncated("became shorter while it was being read")
            yield block
            start += len(block)

    def sha256(self) -> str:
        """Hex digest of the bytes as given; hashlib lets other threads run meanwhile."""
        digest = hashlib.sha256()
        for block in self.blocks():
            digest.update(block)
        return digest.hexdigest()

    def view(self, max_read: int) -> io.RawIOBase:
        """A read-only file object of its own position that refuses single reads over *max_read*."""
        return _View(self, max_read)

    def stop(self) -> None:
        """Make reads in other threads end with an error."""
        self._closing.set()

    def close(self) -> None:
        """Close the file if this object opened it; twice is harmless."""
        self.stop()
        if self._owned:
            self._handle.close()


class _View(io.RawIOBase):
    """What `zipfile` needs of a file, bounded: it reads a whole central directory in one call."""

    def __init__(self, file: JobFile, max_read: int) -> None:
        super().__init__()
        self._file = file
        self._max_read = max_read
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._file.size}[whence]
        if base + offset < 0:
            raise ValueError("a position before the start")
        self._position = base + offset
        return self._position

    def read(self, count: int = -1) -> bytes:
        left = max(0, self._file.size - self._position)
        count = left if count < 0 else min(count, left)
        if count > self._max_read:
            raise TooLarge(f"has a directory or record of more than {self._max_read} bytes")
        data = self._file.read_at(self._position, count)
        self._position += len(data)
        return data


def digest_of(source: Path | BinaryIO, max_bytes: int) -> str | None:
    """Hex digest of a file that could not be opened as a job; None where there is none to have."""
    try:
        if not isinstance(source, Path) or not 0 <= source.stat().st_size <= max_bytes:
            return None
        with source.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _handle_of(source: Path | BinaryIO, max_bytes: int) -> tuple[BinaryIO, bool]:
    if isinstance(source, Path):
        # a pipe or device would block here for ever, or have no end
        if not stat.S_ISREG(source.stat().st_mode):
            raise ReadError("is not a regular file", advice="Give a file, or pipe it to '-'")
        return source.open("rb", buffering=0), True
    if source.seekable():
        return source, False
    return _spooled(source, max_bytes), True


def _spooled(pipe: BinaryIO, max_bytes: int) -> BinaryIO:
    """A copy of what *pipe* delivers, up to one byte over the limit (so that it is noticed)."""
    import tempfile  # late: it brings the compression libraries, and most jobs are files

    spool = tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES)  # noqa: SIM115 (the job closes it)
    left = max_bytes + 1
    while left > 0 and (block := pipe.read(min(BLOCK_BYTES, left))):
        spool.write(block)
        left -= len(block)
    return cast(BinaryIO, spool)


def _unreadable(error: OSError) -> ReadError:
    return ReadError(
        f"cannot be read ({error.strerror or error})", advice="Check the path and its permissions"
    )
