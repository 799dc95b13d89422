"""The reference interpreter's machine: where the head is, what words mean, what is laid down.

docs/gcode.md, "Motion" and "What is printed and what is not", with nothing but dicts. Deliberately
naive and independent: it shares tables and types with the fast readers, but no logic.
"""

from __future__ import annotations

import itertools
import math
from array import array
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from dataset_builder.errors import Malformed
from dataset_builder.geometry.toolpath import Feature, SegmentState
from dataset_builder.readers.gcode.machine import Dialect
from dataset_builder.readers.gcode.reference_arcs import CurveError, Point, arc, bezier
from dataset_builder.readers.gcode.reference_rules import Refused, doubt, reject

XYZ = "XYZ"
FAR = 100_000.0  # mm: a target beyond 100 m
LEAST_EXTRUSION = 1e-7  # mm
COLD_BELOW = 150.0  # degrees Celsius
SEGMENT_NUMBERS = 11  # x0 y0 z0 x1 y1 z1 filament line tool feature state

Offset = dict[str, float]  # mm by axis


def zeros() -> Offset:
    """No offset."""
    return dict.fromkeys(XYZ, 0.0)


@dataclass(slots=True)
class Frame:
    """Modes and offsets: what SAVE_GCODE_STATE keeps. Offsets of one axis add up."""

    absolute: bool = True
    absolute_e: bool = True
    absolute_e_word: bool = True  # what M82 or M83 said last
    workspace: str = "G54"
    workspaces: dict[str, Offset] = field(default_factory=lambda: defaultdict(zeros))
    g52: Offset = field(default_factory=zeros)
    g92: Offset = field(default_factory=zeros)
    klipper: Offset = field(default_factory=zeros)  # SET_GCODE_OFFSET
    e: float = 0.0

    def offset(self, axis: str) -> float:
        """Machine millimetres minus what the job calls them."""
        workspace = self.workspaces[self.workspace][axis]
        return workspace + self.g52[axis] + self.g92[axis] + self.klipper[axis]

    def copy(self) -> Frame:
        """An independent copy."""
        workspaces = defaultdict(zeros, {name: {**w} for name, w in self.workspaces.items()})
        g52, g92, klipper = {**self.g52}, {**self.g92}, {**self.klipper}
        return replace(self, workspaces=workspaces, g52=g52, g92=g92, klipper=klipper)

    def of_machine(self) -> Frame:
        """The same modes without offsets of X, Y and Z, for G53."""
        return replace(
            self, workspaces=defaultdict(zeros), g52=zeros(), g92=zeros(), klipper=zeros()
        )


class ReferenceMachine:
    """State, and motion through it; raises Refused for a motion that is not carried out."""

    def __init__(self, dialect: Dialect) -> None:
        self.klipper = dialect is Dialect.KLIPPER
        self.frame = Frame()
        self.position, self.e = zeros(), 0.0
        self.unit, self.plane, self.motion = 1.0, 17, ""
        self.filament_per_e, self.no_flow = 1.0, False
        self.tool, self.feature = 0, Feature.UNKNOWN
        self.temperature: dict[int, float] = {}  # of each tool the job speaks of
        self.cold_allowed, self.heated = False, False
        self.objects, self.excluded = {"klipper": "", "m486": ""}, set[tuple[str, str]]()
        self.retracted, self.pushed, self.dry_moves = 0.0, False, 0
        self.moves, self.extruding_moves = 0, 0
        self.numbers = array("d")  # SEGMENT_NUMBERS a segment
        self.flags = set[str]()
        self.saved: dict[str, tuple[Frame, dict[str, float], float]] = {}
        self.m101_seen = False
        self.line = 0

    def move(self, code: str, given: dict[str, float]) -> None:
        """G0, G1, G2, G3 or G5 to the words *given*."""
        if code != "G5":
            self.motion = code
        if given.keys() & {*"UVW"}:
            doubt("axes", "U, V and W are not followed")
        if given.keys() & {*"AB"} and "E" not in given:
            given = {**given, "E": given.get("A", given.get("B", 0.0))}
            self.flags.add("extruder_axis")
        start, end, rise = _point(self.position), self._target(given), self._rise(given)
        if max(map(abs, end)) > FAR:
            reject("the target is beyond 100 m")
        points = self._points(code, start, end, given)
        moved = any(point != start for point in points)
        self.position, self.e = dict(zip(XYZ, end, strict=True)), self.e + rise
        self.moves += 1
        self._extrude([start, *points] if moved else [], rise * self.filament_per_e)

    def set_absolute(self, absolute: bool) -> None:
        """G90 and G91."""
        self.frame.absolute = absolute
        self.frame.absolute_e = absolute
        if self.klipper:
            self.frame.absolute_e = absolute and self.frame.absolute_e_word

    def set_absolute_e(self, absolute: bool) -> None:
        """M82 and M83."""
        self.frame.absolute_e = self.frame.absolute_e_word = absolute
        if self.klipper:
            self.frame.absolute_e = absolute and self.frame.absolute

    def _target(self, given: Mapping[str, float]) -> Point:
        target = {**self.position}
        for axis in given.keys() & {*XYZ}:
            base = self.frame.offset(axis) if self.frame.absolute else self.position[axis]
            target[axis] = given[axis] * self.unit + base
        return _point(target)

    def _rise(self, given: Mapping[str, float]) -> float:
        """By how much E rises."""
        if "E" not in given:
            return 0.0
        length = given["E"] * self.unit
        return length + self.frame.e - self.e if self.frame.absolute_e else length

    def _points(
        self, code: str, start: Point, end: Point, given: Mapping[str, float]
    ) -> list[Point]:
        if code in {"G0", "G1"}:
            return [end]
        words = {letter: value * self.unit for letter, value in given.items()}
        if code == "G5":
            self.flags.add("bezier")
            if not {"P", "Q"} <= given.keys():
                doubt("bezier", "G5 without P and Q")
            return bezier(start, end, words)
        if self.plane != 17:
            self.flags.add("arc_plane")
        words["P"] = given.get("P", 0.0)
        flip = self.klipper and self.plane == 18
        try:
            return arc(start, end, words, clockwise=code == "G2", plane=self.plane, flip=flip)
        except CurveError as error:
            raise Refused(Malformed(str(error), flag=error.flag)) from error

    def _extrude(self, path: list[Point], filament: float) -> None:
        """Lay down *filament* along *path*; an empty path is the head at rest."""
        refill = min(self.retracted, max(filament, 0.0))
        self.retracted -= refill if filament > 0 else filament
        if not path:
            self.pushed = self.pushed or filament - refill > LEAST_EXTRUSION
            return
        extrudes = filament > LEAST_EXTRUSION
        self.dry_moves += self.pushed and not extrudes
        self.pushed = False
        if not extrudes:
            return
        self.extruding_moves += 1
        lengths = [math.dist(a, b) for a, b in itertools.pairwise(path)]
        total, state = sum(lengths), self._state()
        for a, b, length in zip(path, path[1:], lengths, strict=False):
            share = filament * length / total
            self.numbers.extend((*a, *b, share, self.line, self.tool, self.feature, state))

    def _state(self) -> SegmentState:
        state = SegmentState.NO_FLOW if self.no_flow else SegmentState.PRINTED
        temperature = self.temperature.get(self.tool)
        never_heated = self.cold_allowed and not self.heated
        if never_heated if temperature is None else temperature < COLD_BELOW:
            state |= SegmentState.COLD
            self.flags.add("cold_extrusion")
        if self.excluded & self.objects.items():
            state |= SegmentState.EXCLUDED
        return state


def _point(position: Mapping[str, float]) -> Point:
    return position["X"], position["Y"], position["Z"]
