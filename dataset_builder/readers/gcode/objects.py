"""Which object of the plate is being printed, and which the job cancels.

Three ways to say it: Klipper's EXCLUDE_OBJECT macros, M486 (Marlin, RepRapFirmware, Prusa) and the
slicers' comments. A file often says it twice; the more formal way wins.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from dataset_builder.errors import CannotAnalyse
from dataset_builder.readers.gcode.findings import Findings

LABEL, COMMENT, M486, MACRO = range(4)
"""Ways to name an object, least formal first."""

MAX_OBJECTS = 10_000
_LABEL = re.compile(rb"start printing object, unique label (.*)", re.IGNORECASE)
_START = re.compile(rb"printing object (.*)", re.IGNORECASE)
_STOP = re.compile(rb"stop printing object", re.IGNORECASE)
_MESH = re.compile(rb"mesh\s*:\s*(.*)", re.IGNORECASE)
_COUNT = re.compile(rb"layer_count\s*:\s*(\d{1,9})", re.IGNORECASE)


@dataclass(slots=True)
class Objects:
    """The object at hand; its index goes into every segment."""

    findings: Findings
    index: int = 0
    way: int = LABEL
    _index_of: dict[tuple[int, str], int] = field(default_factory=dict)
    _cancelled: set[int] = field(default_factory=set)

    @property
    def excluded(self) -> bool:
        """True inside an object that the job cancelled."""
        return self.index in self._cancelled

    def start(self, name: str, way: int) -> None:
        """What follows belongs to *name*; ignored when a more formal way is in use."""
        if way < self.way:
            return
        self.way = way
        self.index = self._lookup(name, way)

    def stop(self, way: int) -> None:
        """What follows belongs to no object."""
        if way >= self.way:
            self.index = 0

    def cancel(self, name: str | None, way: int, *, undo: bool = False) -> None:
        """The job gives up an object (None: the one at hand)."""
        index = self.index if name is None else self._lookup(name, way)
        self.findings.flags.add("excluded_object")
        if undo:
            self._cancelled.discard(index)
        elif index:
            self._cancelled.add(index)

    def undo_all(self) -> None:
        """EXCLUDE_OBJECT RESET=1."""
        self._cancelled.clear()

    def rename(self, name: str) -> None:
        """M486 A: a name for the object at hand."""
        if self.index:
            self.findings.object_names[self.index] = name

    def comment(self, text: bytes) -> None:
        """A slicer's whole-line comment."""
        if _STOP.match(text):
            self.stop(COMMENT if self.way > LABEL else LABEL)
        elif match := _LABEL.match(text):
            self.start(match[1].decode("utf-8", "replace").strip(), LABEL)
        elif match := _START.match(text):
            self.start(match[1].decode("utf-8", "replace").strip(), COMMENT)
        elif match := _MESH.match(text):
            name = match[1].decode("utf-8", "replace").strip()
            if name.upper() == "NONMESH":
                self.stop(COMMENT)
            else:
                self.start(name, COMMENT)
        elif match := _COUNT.match(text):
            self.findings.promised_layers = int(match[1])

    def _lookup(self, name: str, way: int) -> int:
        """The index of *name*, given on first sight; names are clipped for display only."""
        names = self.findings.object_names
        if (way, name) not in self._index_of:
            if len(names) > MAX_OBJECTS:
                raise CannotAnalyse(f"more than {MAX_OBJECTS:,} named objects", flag="limit")
            self._index_of[way, name] = len(names)
            names.append(name[:200])
            self.findings.object_ways.append(way)
        return self._index_of[way, name]
