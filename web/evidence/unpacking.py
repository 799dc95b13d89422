"""The ZIP of a guard -> its parts, checked before any of it is kept. docs/evidence.md describes it.

Nothing is written to disk and nothing unfolds to more than it may: a ZIP says first how large its
entries will be, and that word is held against what really comes.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator

from web.errors import NotMeant, TooLarge
from web.evidence.index import read_index

INDEX = "evidence.json"
MOST_BYTES = 4 << 20  # of the ZIP
MOST_UNPACKED = 24 << 20
MOST_PART = 4 << 20
MOST_PARTS = 200
NAME = re.compile(r"[a-z]+(-[a-z0-9]+)*\.(webp|json|bin)", re.ASCII)
MAGIC = {"webp": re.compile(rb"RIFF....WEBP", re.DOTALL), "json": re.compile(rb"\{"), "bin": None}
"""How the content of each kind of file begins."""


def unpack(data: bytes) -> dict[str, bytes]:
    """The parts by name, "evidence.json" among them. Raises TooLarge or NotMeant."""
    if len(data) > MOST_BYTES:
        raise TooLarge(f"Evidence has at most {MOST_BYTES >> 20} MiB.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = dict(_parts(archive))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
        raise NotMeant("The evidence is no ZIP of ours.", detail=repr(error)) from error
    missing = read_index(parts.get(INDEX, b"{}")).files() - parts.keys()
    if missing:
        raise NotMeant(f"The evidence speaks of {min(missing)}, which is not there.")
    return parts


def _parts(archive: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    entries = archive.infolist()
    if len(entries) > MOST_PARTS or sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        raise TooLarge("The evidence unfolds to more than is taken.")
    for entry in entries:
        fits = NAME.fullmatch(entry.filename)
        if fits is None or entry.file_size > MOST_PART:
            raise NotMeant("The evidence holds a file that does not belong there.")
        with archive.open(entry) as file:
            body = file.read(MOST_PART + 1)  # never believe the stated size alone
        if len(body) != entry.file_size:
            raise NotMeant("A file of the evidence is not as long as it says.")
        begins = MAGIC[fits[2]]
        if begins and not begins.match(body):
            raise NotMeant(f"{entry.filename} is not what its name says.")
        yield entry.filename, body
