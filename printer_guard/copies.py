"""Private copies of jobs: what is judged is what is compared with what is sent.

A copy belongs to the guard alone and never changes, whatever happens to the file in the host; its
hash is the job's identity. It is deleted when the job is over.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import stat
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from printer_guard.errors import CannotFetch
from printer_guard.wire import Job

CHUNK = 1 << 20
OWNER_READS = 0o400


@dataclass(frozen=True, slots=True)
class Copy:
    """A file of the guard's own. suffix: of the job's name, by which readers know its format."""

    path: Path
    sha256: str
    size_bytes: int


class Copies:
    """The folder of copies, one for each job."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    async def adopt(self, job: Job, fetched: Path) -> Copy:
        """Make what an adapter has fetched the copy of *job*.

        Raises CannotFetch when it is no plain file, or not the bytes that the job was said to be.
        """
        try:
            copy = await asyncio.to_thread(self._adopted, job, fetched)
        except OSError as error:
            raise CannotFetch(job.name, f"its copy cannot be kept ({error.strerror})") from error
        if job.sha256 is not None and copy.sha256 != job.sha256:
            self.drop(job)
            raise CannotFetch(job.name, "it changed while it was being copied", "Start it again")
        return copy

    def path_of(self, job: Job) -> Path:
        """Where the copy of *job* is, or would be."""
        return self.folder / job.id

    def drop(self, job: Job) -> None:
        """Delete the copy of *job*, if there is one."""
        self.path_of(job).unlink(missing_ok=True)

    def clean(self, wanted: Collection[str]) -> None:
        """Delete all copies but those of the jobs *wanted*: others a killed guard has left."""
        for path in self.folder.iterdir():
            if path.name not in wanted and path.is_file():
                path.unlink(missing_ok=True)

    def _adopted(self, job: Job, fetched: Path) -> Copy:
        path = self.path_of(job)
        fetched.replace(path)
        digest = hashlib.sha256()
        size = 0
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise CannotFetch(job.name, "what was fetched is no plain file")
            os.fchmod(file.fileno(), OWNER_READS)
            while chunk := file.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
        return Copy(path, digest.hexdigest(), size)
