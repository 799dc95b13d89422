"""Signed policies and models: taken whole or not at all, and never an older one.

An update is a folder with

    update.json   {"schema": "printwarden.update/1", "kind": "policy" or "model", "version": 7,
                   "files": {"policy.toml": SHA-256, ...}}
    update.sig    base64 of the ed25519 signature of the bytes of update.json
    the files     policy.toml, or the parts of a bundle

or a ZIP of such a folder, as a console hands it on.

Whose signature counts is set by the owner in `[guard.updates]`. A version counts up by itself for
each kind; the last one taken is remembered in the records.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import shutil
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from printer_guard.errors import UpdateRefused
from printer_guard.settings import Judging

SCHEMA = "printwarden.update/1"
INDEX, SIGNATURE = ABOUT = ("update.json", "update.sig")
KINDS = ("policy", "model")
POLICY = "policy.toml"
MOST_INDEX = 1 << 20  # bytes
MOST_FILE = 512 << 20  # bytes, as of a bundle's largest part
MOST_FILES = 32
MOST_PACKED = 256 << 20  # bytes of all files of a ZIP together


class Update(NamedTuple):
    """What an update is, read from an index whose signature is good."""

    kind: str
    version: int
    files: Mapping[str, str]


def unpack(packed: bytes, into: Path) -> None:
    """Lay the files of a ZIP into the empty folder *into*. Raises UpdateRefused."""
    left = MOST_PACKED
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            for entry in archive.infolist()[: MOST_FILES + 2]:
                left -= entry.file_size
                if left < 0 or not (_plain(entry.filename) or entry.filename in ABOUT):
                    raise UpdateRefused(entry.filename, "cannot be part of an update")
                (into / entry.filename).write_bytes(archive.read(entry))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error) as error:
        raise UpdateRefused("the update", f"is no ZIP that can be read ({error})") from error


def read_update(folder: Path, keys: Sequence[str]) -> Update:
    """The update in *folder*. Raises UpdateRefused unless one of *keys* has signed it."""
    index = _bounded(folder / INDEX, MOST_INDEX)
    _check_signature(folder, index, keys)
    try:
        body = json.loads(index)
        update = Update(body["kind"], body["version"], body["files"])
    except (ValueError, KeyError, TypeError) as error:
        raise UpdateRefused(folder / INDEX, f"is none ({error!r})") from error
    if body["schema"] != SCHEMA or update.kind not in KINDS or type(update.version) is not int:
        raise UpdateRefused(folder / INDEX, "is of another schema", "Update the guard first")
    if not 0 < len(update.files) <= MOST_FILES or not all(map(_plain, update.files)):
        raise UpdateRefused(folder / INDEX, "names files that cannot be meant")
    return update


def take_update(folder: Path, update: Update, into: Path) -> Path:
    """Copy the files of *update* into a folder of its own below *into*, checked; its path.

    Raises UpdateRefused, and OSError as on a full disk: nothing is left behind then.
    """
    final = installed(into, update.kind, update.version)
    part = final.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True, mode=0o700)
    try:
        for name in ABOUT:
            (part / name).write_bytes(_bounded(folder / name, MOST_INDEX))
        for name, digest in update.files.items():
            data = _bounded(folder / name, MOST_FILE)
            if hashlib.sha256(data).hexdigest() != digest:
                raise UpdateRefused(folder / name, "is not what was signed")
            (part / name).write_bytes(data)
        shutil.rmtree(final, ignore_errors=True)  # of a try that was killed before it counted
        part.rename(final)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return final


def installed(into: Path, kind: str, version: int) -> Path:
    """The folder of an update that was taken."""
    return into / f"{kind}-{version}"


def check_installed(folder: Path, keys: Sequence[str]) -> None:
    """Raise UpdateRefused when what lies in *folder* is no longer what was signed."""
    for name, digest in read_update(folder, keys).files.items():
        if hashlib.sha256(_bounded(folder / name, MOST_FILE)).hexdigest() != digest:
            raise UpdateRefused(folder / name, "is not what was signed", "Install the update again")


def judging_with(judging: Judging, kind: str, folder: Path) -> Judging:
    """*judging* with the policy or model that lies in *folder*."""
    changed: dict[str, Any] = (
        {"policy": str(folder / POLICY)} if kind == "policy" else {"bundle": folder}
    )
    return judging.model_copy(update=changed)


def _check_signature(folder: Path, index: bytes, keys: Sequence[str]) -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        signature = base64.b64decode(_bounded(folder / SIGNATURE, 1024), validate=False)
        trusted = [Ed25519PublicKey.from_public_bytes(base64.b64decode(key)) for key in keys]
    except ValueError as error:
        raise UpdateRefused(folder, f"a key or the signature is none ({error})") from error
    for key in trusted:
        try:
            key.verify(signature, index)
        except InvalidSignature:
            continue
        return
    advice = "Put the signer's public key into [guard.updates] keys, if you trust it"
    raise UpdateRefused(folder / INDEX, "is signed by nobody whom this guard trusts", advice)


def _plain(name: str) -> bool:
    """Whether *name* is a file beside the index and no way out of the folder."""
    special = name.startswith(".") or name in ABOUT
    return not special and "/" not in name and "\\" not in name and "\0" not in name


def _bounded(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise UpdateRefused(path, f"cannot be read ({error.strerror})") from error
    if len(data) > most:
        raise UpdateRefused(path, f"is larger than {most} bytes")
    return data
