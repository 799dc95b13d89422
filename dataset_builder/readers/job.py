"""An open job: what it is, the hash of its bytes, its G-code plates or its mesh."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Self

from dataset_builder.errors import ReadError
from dataset_builder.geometry.mesh import Mesh
from dataset_builder.readers.job_file import JobFile
from dataset_builder.readers.text_stream import Blocks


@dataclass(frozen=True)
class Plate:
    """One G-code program of a job; *name* is what errors call it."""

    name: str
    _blocks: Blocks

    def chunks(self) -> Iterator[bytes]:
        """The text in blocks of at most 1 MiB, from its start at every call.

        Raises ReadError's children while it is read: damage may lie anywhere.
        """
        with named(self.name):
            yield from self._blocks()


class Job:
    """An open job; a context manager. Flags and warnings grow while it is read.

    format: "gcode", "gcode.gz", "bgcode", "gcode.3mf", "ufp", "3mf", "stl", "obj", "ply", "glb",
    "amf" or "off". plates: all G-code programs, none for a mesh. warnings: (line or None,
    sentence). metadata: what the container says about itself, keys in lower case ("producer": the
    slicer); a hint, never evidence.
    """

    def __init__(self, file: JobFile, name: str, job_format: str) -> None:
        self.name = name
        self.size = file.size
        self.format = job_format
        self.plates: tuple[Plate, ...] = ()
        self.flags: set[str] = set()
        self.warnings: list[tuple[int | None, str]] = []
        self.metadata: dict[str, str] = {}
        self._file = file
        self._digest: Future[str] | None = None
        self._read_mesh: Callable[[], Mesh] | None = None

    @property
    def kind(self) -> Literal["toolpath", "mesh"]:
        """Whether `plates` or `mesh()` is the job."""
        return "toolpath" if self.plates else "mesh"

    @property
    def sha256(self) -> str:
        """Hex digest of the bytes as given; worked out at first use."""
        with named(self.name):
            return self.hash_in_background().result()

    def hash_in_background(self) -> Future[str]:
        """Start to hash in a thread, so that it overlaps with reading; `sha256` waits for it."""
        if self._digest is None:
            worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sha256")
            self._digest = worker.submit(self._file.sha256)
            worker.shutdown(wait=False)
        return self._digest

    def repeats_itself(self) -> bool:
        """Whether the bytes are one text twice over: an upload that was appended to itself."""
        half = self.size // 2
        with named(self.name):
            ends = zip(self._file.blocks(0, half), self._file.blocks(self.size - half), strict=True)
            return half > 0 and all(first == second for first, second in ends)

    def has_mesh(self, read: Callable[[], Mesh]) -> None:
        """Make this a mesh job; *read* is called by `mesh`."""
        self._read_mesh = read

    def mesh(self) -> Mesh:
        """The whole build plate of a mesh job, in mm.

        Raises ReadError's children; ValueError for a toolpath job.
        """
        if self._read_mesh is None:
            raise ValueError(f"{self.name} is a toolpath; read its plates")
        with named(self.name):
            return self._read_mesh()

    def close(self) -> None:
        """Stop hashing and close the file; reading any further is an error."""
        self._file.stop()
        if self._digest is not None:
            self._digest.exception()  # wait until the thread has noticed
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _where: TracebackType | None,
    ) -> None:
        self.close()


@contextmanager
def named(name: str) -> Iterator[None]:
    """Give errors that do not say which job they are about its name."""
    try:
        yield
    except ReadError as error:
        error.name = error.name or name
        raise
