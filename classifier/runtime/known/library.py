"""The shapes a site has enrolled, in memory: who they are, and which of them may be at hand.

The short list is a linear pass over every descriptor. At 100,000 references that is one product
of a matrix of 24 MB with a vector, some ten milliseconds, so no index is kept.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from classifier.runtime.known.descriptor import NUMBERS
from classifier.runtime.known.errors import LibraryError
from classifier.runtime.known.shape import MOST_SIDE, STEPS, Shape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

ROW = np.dtype([
    ("kind", "u1"), ("sides", "u1", 3), ("scale", "<f4"), ("least_overlap", "<f4"),
    ("peak", "<f4"), ("cell_mm", "<f4"), ("volume_mm3", "<f4"),
    ("spreads_mm", "<f4", 3), ("extent_mm", "<f4", 3),
    ("start", "<u8"), ("bytes", "<u4"), ("descriptor", "<f4", NUMBERS),
])  # fmt: skip
"""start, bytes: where the block lies, the levels of the shape as zlib packs them."""
SCALE = 1.1
NEAR = 0.4
"""Descriptors further apart have never belonged to one shape: in a sound drawing they differ by a
few hundredths, and by up to 0.35 for a blade that is two pixels thick as it lies."""
SHORT_LIST = 12
MOST_NAME, MOST_NOTE = 80, 400  # characters
SIZE_SLACK = 1.02  # what reading a print back adds to or takes from a radius of gyration


class Kind(StrEnum):
    """What a match means: the job is flagged, or this object of it counts as clear."""

    FLAG = "flag"
    ALLOW = "allow"


KINDS = tuple(Kind)
LEAST_OVERLAP: Mapping[Kind, float] = {Kind.FLAG: 0.85, Kind.ALLOW: 0.9}
"""From where on an object is a reference, by what docs/references.md measures. What clears an
object has to be surer than what flags it."""


@dataclass(frozen=True, slots=True)
class Label:
    """What people say about a reference. created: ISO 8601, UTC."""

    name: str
    note: str
    created: str


def new_label(name: str, note: str) -> Label:
    """A label of now. Raises LibraryError for a name or note that would not print on one line."""
    for what, text, least, most in (("name", name, 1, MOST_NAME), ("note", note, 0, MOST_NOTE)):
        if not least <= len(text.strip()) <= most or not text.isprintable():
            next_step = f"Give {least} to {most} printable characters"
            raise LibraryError(f"--{what}", f"{text[:MOST_NAME]!r} can't be one", next_step)
    created = datetime.now(UTC).isoformat(timespec="seconds")
    return Label(name.strip(), note.strip(), created)


@dataclass(frozen=True, slots=True)
class Terms:
    """When an object counts as this reference, and what follows."""

    kind: Kind = Kind.FLAG
    scale: float = SCALE
    least_overlap: float = LEAST_OVERLAP[Kind.FLAG]


def agreed_terms(kind: str, scale: float | None, overlap: float | None) -> Terms:
    """Terms as asked for; None leaves what is usual for the *kind*."""
    meant = Kind(kind)
    return Terms(meant, scale or SCALE, overlap or LEAST_OVERLAP[meant])


@dataclass(frozen=True)
class Library:
    """labels and rows: one a reference, in order of enrolment. blocks: the packed levels."""

    labels: Sequence[Label]
    rows: NDArray[np.void]
    blocks: bytes | memoryview

    @classmethod
    def empty(cls) -> Library:
        """A library that matches nothing."""
        return cls((), np.zeros(0, ROW), b"")

    def __len__(self) -> int:
        return len(self.labels)

    def index(self, name: str) -> int:
        """Where the reference called *name* is. Raises LibraryError when there is none."""
        for place, label in enumerate(self.labels):
            if label.name == name:
                return place
        next_step = "See the names with: printwarden reference list"
        raise LibraryError("library", f"has no reference {name!r}", next_step)

    def terms(self, index: int) -> Terms:
        """Under which terms the reference was enrolled."""
        row = self.rows[index]
        return Terms(KINDS[row["kind"]], float(row["scale"]), float(row["least_overlap"]))

    def shape(self, index: int) -> Shape:
        """The kept shape. Raises LibraryError when its block is not what the row says."""
        row = self.rows[index]
        sides = tuple(int(side) for side in row["sides"])
        packed = self.blocks[int(row["start"]) : int(row["start"]) + int(row["bytes"])]
        levels = _unpacked(bytes(packed), sides)
        if levels is None:
            raise LibraryError(
                f"reference {self.labels[index].name!r}", "its cells are damaged", ADVICE
            )
        return Shape(
            levels=levels,
            peak=float(row["peak"]),
            cell_mm=float(row["cell_mm"]),
            spreads_mm=row["spreads_mm"].astype(np.float64),
            extent_mm=row["extent_mm"].astype(np.float64),
            volume_mm3=float(row["volume_mm3"]),
            descriptor=row["descriptor"],
        )

    def near(self, descriptor: NDArray[np.float32], gyration_mm: float) -> list[int]:
        """References that may be this shape at this size: the nearest first, at most SHORT_LIST."""
        distances = self._norms - 2 * (self._descriptors @ descriptor) + descriptor @ descriptor
        ratio = gyration_mm / self._gyrations
        room = self.rows["scale"] * SIZE_SLACK
        fits = (distances < NEAR**2) & (ratio <= room) & (ratio >= 1 / room)
        found = np.flatnonzero(fits)
        order = np.argsort(distances[found], kind="stable")[:SHORT_LIST]
        return [int(k) for k in found[order]]

    def with_reference(self, label: Label, terms: Terms, shape: Shape) -> Library:
        """The same library and one reference more. Raises LibraryError when the name is taken."""
        if any(label.name == taken.name for taken in self.labels):
            next_step = "Choose another name, or remove that reference first"
            raise LibraryError("library", f"has a reference {label.name!r} already", next_step)
        block = zlib.compress(shape.levels.tobytes(), 9)
        row = np.zeros(1, ROW)
        row["kind"], row["sides"] = KINDS.index(terms.kind), shape.levels.shape
        row["scale"], row["least_overlap"] = terms.scale, terms.least_overlap
        for field in ("peak", "cell_mm", "volume_mm3", "spreads_mm", "extent_mm", "descriptor"):
            row[field] = getattr(shape, field)
        row["start"], row["bytes"] = len(self.blocks), len(block)
        rows = np.concatenate([self.rows, row])
        return Library((*self.labels, label), rows, bytes(self.blocks) + block)

    def without(self, index: int) -> Library:
        """The same library less one reference."""
        start, size = int(self.rows[index]["start"]), int(self.rows[index]["bytes"])
        rows = np.delete(self.rows, index)
        rows["start"] -= np.where(rows["start"] > start, np.uint64(size), np.uint64(0))
        labels = (*self.labels[:index], *self.labels[index + 1 :])
        return Library(
            labels, rows, bytes(self.blocks[:start]) + bytes(self.blocks[start + size :])
        )

    @cached_property
    def _descriptors(self) -> NDArray[np.float32]:
        return np.ascontiguousarray(self.rows["descriptor"])

    @cached_property
    def _norms(self) -> NDArray[np.float32]:
        return np.asarray((self._descriptors**2).sum(axis=1))

    @cached_property
    def _gyrations(self) -> NDArray[np.float32]:
        return np.asarray(np.sqrt((self.rows["spreads_mm"] ** 2).sum(axis=1)))


ADVICE = "Restore the library from a copy, or remove its file and enrol the parts again"


def _unpacked(packed: bytes, sides: tuple[int, ...]) -> NDArray[np.uint8] | None:
    """(Z, Y, X) levels, or None when *packed* holds anything else; never more than they need."""
    if any(side % 2 == 0 or side > MOST_SIDE for side in sides):
        return None
    count = int(np.prod(sides))
    try:
        unpacker = zlib.decompressobj()
        data = unpacker.decompress(packed, count + 1)
    except zlib.error:
        return None
    levels = np.frombuffer(data, np.uint8)
    whole = unpacker.eof and not unpacker.unused_data and len(levels) == count
    if not whole or levels.max() > STEPS:
        return None
    return levels.reshape(sides)
