# Copyright (C) 2026 the Printwarden authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Uploads: looked at before they are stored, and refused where the guard says so.

A hook that raises is ignored by OctoPrint and the file is stored; only an error in `save` refuses.
An upload that could not be looked at in time is stored: it is held when it is to be printed.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from pathlib import Path
from typing import Any, Callable

from octoprint.filemanager import valid_file_type
from octoprint.filemanager.storage import StorageError
from octoprint.filemanager.util import AbstractFileWrapper

from octoprint_printwarden.attempt import FILE, Attempt
from octoprint_printwarden.guard import GuardGone
from octoprint_printwarden.link import Link


class Uploads:
    """*folder*: on the disk of OctoPrint's uploads, so that storing stays a rename."""

    def __init__(self, link: Link, folder: Path, wait_s: Callable[[], float]) -> None:
        self._link, self._folder, self._wait_s = link, folder, wait_s
        self._asked: dict[str, tuple[threading.Event, list[str]]] = {}

    def wrapped(self, path: str, upload: Any) -> Any:
        """*upload* such that storing it asks the guard first; models to be sliced pass."""
        if not valid_file_type(path, type="machinecode"):
            return upload
        return CheckedUpload(upload, self._folder, lambda copy: self._refusal(path, copy))

    def answered(self, job: str, verb: str, reason: str) -> bool:
        """The guard's answer, where it is one to an upload."""
        asked = self._asked.get(job)
        if asked is None:
            return False
        asked[1][:] = [reason or "refused"] if verb == "refuse" else []
        asked[0].set()
        return True

    def _refusal(self, path: str, copy: str) -> str | None:
        """Why the guard refuses what lies at *copy*; None where it does not, or not in time."""
        attempt = Attempt(path, FILE, copy).open()
        answer: tuple[threading.Event, list[str]] = (threading.Event(), [])
        self._asked[attempt.id] = answer
        try:
            self._link.introduce(attempt, "upload")
            answer[0].wait(self._wait_s())
            return answer[1][0] if answer[1] else None
        except GuardGone:
            return None
        finally:
            del self._asked[attempt.id]
            attempt.close()
            self._link.withdraw(attempt)


class CheckedUpload(AbstractFileWrapper):  # type: ignore[misc]
    """An upload that is asked about when it is saved. *refusal*: a path -> why not, or None."""

    def __init__(self, upload: Any, folder: Path, refusal: Callable[[str], str | None]) -> None:
        super().__init__(upload.filename)
        self._upload, self._folder, self._refusal = upload, folder, refusal

    def save(self, path: str, permissions: int | None = None) -> None:
        """Store it at *path*. Raises StorageError where the guard refuses it."""
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            copy = str(Path(folder) / "upload")
            self._upload.save(copy, permissions=permissions)
            refusal = self._refusal(copy)
            if refusal is not None:
                raise StorageError(f"Printwarden: {refusal}", code=StorageError.INVALID_FILE)
            shutil.move(copy, path)  # a new file: who prints the old one goes on with the old one

    def stream(self) -> Any:
        """The bytes."""
        return self._upload.stream()
