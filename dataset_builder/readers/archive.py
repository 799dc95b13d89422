"""A zip archive as a set of named byte streams; nothing is ever written to disk.

Two programs must not read two different jobs from it: doubled names, a local header that
contradicts the directory, and encryption are errors. Odd paths cannot do harm here, and are only
flagged.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, cast

from dataset_builder.errors import Malformed, Truncated
from dataset_builder.readers.job_file import BLOCK_BYTES, JobFile
from dataset_builder.readers.limits import Limits

_LOCAL_HEADER = struct.Struct("<4s5H3I2H")
_ENCRYPTED = 0x1
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}  # all that 3MF and UFP allow
_SYMLINK = 0xA  # the file type in the Unix mode of an entry
# everything that the zip module lets through on hostile bytes
_DAMAGE = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    struct.error,
    EOFError,
    ValueError,
    OverflowError,
    NotImplementedError,
    RuntimeError,
)


class Archive:
    """The entries of a zip file by part name: no leading slash, forward slashes.

    flags: "odd_paths" when an entry is named to leave the archive's folder or is a link.
    """

    def __init__(self, file: JobFile, limits: Limits) -> None:
        self._file = file
        self._limits = limits
        self.flags: set[str] = set()
        with _damage():
            view = file.view(max(limits.max_directory_bytes, BLOCK_BYTES))
            self._zip = zipfile.ZipFile(cast(IO[bytes], view))
            entries = self._zip.infolist()
        if len(entries) > limits.max_entries:
            raise Malformed(
                f"has {len(entries)} archive entries, more than {limits.max_entries}",
                flag="limit",
            )
        self._entries: dict[str, zipfile.ZipInfo] = {}
        self._names: dict[str, str] = {}  # part names are compared without case (ECMA-376 part 2)
        for entry in entries:
            self._add(entry)

    @property
    def names(self) -> tuple[str, ...]:
        """All files, in the order of the directory."""
        return tuple(self._entries)

    def packed_size(self, name: str) -> int:
        """Bytes that the entry takes in the archive."""
        return self._entries[name].compress_size

    def unpacked_size(self, name: str) -> int:
        """Bytes that the entry unpacks to, as the directory says; no more are ever unpacked."""
        return self._entries[name].file_size

    def stream(self, name: str, *, model: bool = False) -> Iterator[bytes]:
        """The content of one entry in blocks; model: held to the limits of model XML.

        Raises Malformed for damage, encryption and bombs, Truncated, TooLarge.
        """
        entry = self._entries[name]
        if entry.flag_bits & _ENCRYPTED:
            raise Malformed(
                f"has the encrypted entry {name!r}", advice="Export it without a password"
            )
        if entry.compress_type not in _METHODS:
            raise Malformed(f"packs {name!r} with the method {entry.compress_type}")
        # the directory's word is enough: zipfile stops at this size, and then compares the CRC
        self._limits.check_growth(entry.compress_size, entry.file_size, model=model)
        with _damage(), self._zip.open(entry) as data:
            left = entry.file_size
            while block := data.read(BLOCK_BYTES):
                left -= len(block)
                yield block
        if left:
            raise Truncated(f"ends inside its entry {name!r}")

    def read(self, name: str) -> bytes:
        """The content of a small entry; Malformed when it is not small."""
        if self._entries[name].file_size > self._limits.max_small_part_bytes:
            raise Malformed(f"has an entry {name!r} of {self._entries[name].file_size} bytes")
        return b"".join(self.stream(name))

    def find(self, name: str) -> str | None:
        """The entry of this part name, compared without case; None when there is none."""
        return self._names.get(name.lstrip("/").casefold())

    def _add(self, entry: zipfile.ZipInfo) -> None:
        name = entry.filename.replace("\\", "/").lstrip("/")
        if name.casefold() in self._names:
            raise Malformed(f"has two archive entries called {name!r}")
        odd = ".." in name.split("/") or entry.filename != name or ":" in name
        if odd or entry.external_attr >> 28 == _SYMLINK:
            self.flags.add("odd_paths")
        self._check_local_name(entry)
        if not entry.is_dir():
            self._entries[name] = entry
            self._names[name.casefold()] = name

    def _check_local_name(self, entry: zipfile.ZipInfo) -> None:
        """Compare the entry's two names: a program that reads in sequence sees the local one."""
        with _damage():
            if entry.header_offset < 0:
                raise ValueError("a position before the start")
            raw = self._file.read_at(entry.header_offset, _LOCAL_HEADER.size)
            fields = _LOCAL_HEADER.unpack(raw)
            place = entry.header_offset + _LOCAL_HEADER.size
            local = self._file.read_at(place, fields[9])
            encoding = "utf-8" if fields[2] & 0x800 else "cp437"
            name = local.decode(encoding).split("\0")[0]
        if fields[0] != b"PK\x03\x04" or name != entry.orig_filename.split("\0")[0]:
            raise Malformed(f"names one archive entry both {entry.filename!r} and {name!r}")


@contextmanager
def _damage() -> Iterator[None]:
    """Turn what the zip module raises on hostile bytes into one sentence."""
    try:
        yield
    except _DAMAGE as error:
        raise Malformed("is a damaged archive", advice="Transfer the file again") from error
