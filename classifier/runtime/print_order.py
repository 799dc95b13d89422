"""A job in plain G-code -> its strokes in the order in which they are printed, a piece at a time.

    order = PrintOrder(Path("cup.gcode"))
    for strokes in order.until_byte(40_000): ...   # only what came since the last call

Constant memory: a block of strokes is forgotten when the next one is read. For whoever follows a
running print; a job that is packed (bgcode, 3mf) has no bytes that are lines, and is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.errors import CannotAnalyse
from dataset_builder.geometry.toolpath import NOT_PRINTED
from dataset_builder.readers.open_job import open_job
from dataset_builder.reading import read_job

if TYPE_CHECKING:
    from numpy.typing import NDArray

CHUNK = 1 << 20
PLAIN = "gcode"


class PrintOrder:
    """The strokes of the job at *path*. name: of the job, by which readers know its format."""

    def __init__(self, path: Path, name: str | None = None) -> None:
        self.path = path
        self.name = name or path.name
        self._byte = self._lines = 0
        self._blocks = self._read()
        self._block: NDArray[np.void] | None = None

    def until_byte(self, byte: int) -> Iterator[NDArray[np.float32]]:
        """(N, 2, 3) mm, start and end of each stroke that the bytes before *byte* add.

        A byte that lies before an earlier one adds nothing. Raises ReadError's children.
        """
        line = self._lines_before(byte)
        while True:
            if self._block is None or not len(self._block):
                self._block = next(self._blocks, None)
                if self._block is None:
                    return
            done = int(np.searchsorted(self._block["line"], line, side="right"))
            if not done:
                return
            now, self._block = self._block[:done], self._block[done:]
            printed = now[(now["state"] & int(NOT_PRINTED)) == 0]
            yield np.stack([printed["start"], printed["end"]], axis=1)

    def _lines_before(self, byte: int) -> int:
        """Whole lines in the first *byte* bytes; each byte is read once."""
        with self.path.open("rb") as file:
            file.seek(self._byte)
            while self._byte < byte and (data := file.read(min(CHUNK, byte - self._byte))):
                self._byte += len(data)
                self._lines += data.count(b"\n")
            whole = not file.read(1)
        return self._lines + 1 if whole else self._lines  # the last line may lack its end

    def _read(self) -> Iterator[NDArray[np.void]]:
        with open_job(self.path, name=self.name) as job:
            reading = read_job(job)
            if reading.problem is not None:
                raise reading.problem
            if reading.format != PLAIN or len(reading.plates) != 1:
                raise CannotAnalyse(f"is {reading.format}, not plain G-code: it cannot be followed")
            yield from reading.plates[0].blocks()
