"""A library of references on disk: one file in one folder, replaced whole or not at all.

    printwarden.references/1              the schema, a line
    SHA-256 of all that follows           64 hex digits, a line
    {"labels": [[name, note, created], ...]}   a line of JSON
    the rows                              ROW records (library.py), one a label
    the blocks                            to the end of the file

Read with `numpy.frombuffer` and json: nothing in the file is ever run.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from classifier.runtime.known.errors import LibraryError
from classifier.runtime.known.library import ADVICE, KINDS, ROW, Label, Library

SCHEMA = "printwarden.references/1"
FILE = "references.bin"
FOLDER_VARIABLE = "PRINTWARDEN_REFERENCES"
MAX_BYTES = 4 << 30
OWNER_ONLY = 0o600  # what a site holds under licence is nobody else's business


def default_folder() -> Path:
    """Where the library lies unless a command says otherwise."""
    if named := os.environ.get(FOLDER_VARIABLE):
        return Path(named)
    if sys.platform == "darwin":
        data = Path.home() / "Library" / "Application Support"
    else:
        data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return data / "printwarden" / "references"


def load_library(folder: Path | None = None) -> Library:
    """The library in *folder*; empty when the default folder has none.

    Raises LibraryError when the file is damaged, or *folder* was named and has none.
    """
    path = (folder or default_folder()) / FILE
    try:
        if path.stat().st_size > MAX_BYTES:
            raise LibraryError(path, f"is larger than {MAX_BYTES >> 30} GiB", ADVICE)
        data = path.read_bytes()
    except FileNotFoundError:
        if folder is None:
            return Library.empty()
        next_step = "Enrol a shape first: printwarden reference add FILE --name NAME"
        raise LibraryError(folder, "holds no references", next_step) from None
    except OSError as error:
        raise LibraryError(path, f"cannot be read ({error.strerror})", ADVICE) from error
    return _parsed(path, data)


def change_library(folder: Path, change: Callable[[Library], Library]) -> Library:
    """Put *change* of the library in *folder* in its place; the folder is made when needed.

    Whoever changes the library meanwhile waits. Raises LibraryError, and whatever *change* raises;
    then nothing on disk has changed.
    """
    before = _existing(folder)
    change(before)  # refused here, before a folder is made
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder):
            after = change(_existing(folder))
            _write(folder, after)
    except OSError as error:
        next_step = "Choose another folder with --library"
        raise LibraryError(folder, f"cannot be written ({error.strerror})", next_step) from error
    return after


def _existing(folder: Path) -> Library:
    return load_library(folder) if (folder / FILE).exists() else Library.empty()


def _parsed(path: Path, data: bytes) -> Library:
    schema, digest, header, body = _lines(data)
    if schema != SCHEMA:
        raise LibraryError(path, f"is no library of schema {SCHEMA!r}", ADVICE)
    start = len(schema) + len(digest) + 2
    if hashlib.sha256(memoryview(data)[start:]).hexdigest() != digest:
        raise LibraryError(path, "was altered: its SHA-256 is not the one inside", ADVICE)
    try:
        labels = tuple(Label(*map(str, label)) for label in json.loads(header)["labels"])
        rows = np.frombuffer(body, ROW, len(labels)) if labels else np.zeros(0, ROW)
    except (ValueError, KeyError, TypeError) as error:
        problem = f"is damaged ({type(error).__name__}: {error})"
        raise LibraryError(path, problem, ADVICE) from error
    if len(rows) and (
        rows["kind"].max() >= len(KINDS) or not np.isfinite(rows["descriptor"]).all()
    ):
        raise LibraryError(path, "is damaged: its rows hold what no version writes", ADVICE)
    return Library(labels, rows, body[rows.nbytes :])


def _lines(data: bytes) -> tuple[str, str, str, memoryview]:
    """The three lines at the start, and the rest; empty lines where there are none."""
    lines, start = [], 0
    for _ in range(3):
        end = data.find(b"\n", start)
        if end < 0:
            return "", "", "", memoryview(b"")
        lines.append(data[start:end].decode("utf-8", "replace"))
        start = end + 1
    return lines[0], lines[1], lines[2], memoryview(data)[start:]


def _write(folder: Path, library: Library) -> None:
    labels = [[label.name, label.note, label.created] for label in library.labels]
    header = json.dumps({"labels": labels}).encode() + b"\n"
    parts = (header, library.rows.tobytes(), bytes(library.blocks))
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    handle, scratch = tempfile.mkstemp(dir=folder, prefix=".references-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines([f"{SCHEMA}\n{digest.hexdigest()}\n".encode(), *parts])
            file.flush()
            os.fsync(file.fileno())
        Path(scratch).chmod(OWNER_ONLY)
        Path(scratch).replace(folder / FILE)
    except BaseException:
        Path(scratch).unlink(missing_ok=True)
        raise


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the lock of *folder*; other processes wait for it."""
    import fcntl  # POSIX only, and only who enrols needs it

    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
