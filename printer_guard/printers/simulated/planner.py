"""Motion: a queue of planned moves that the motors work through in real time.

Accelerations are left out: a move takes its length divided by its speed, and moves follow each
other without a stop, as a planner with look-ahead makes them. What a test needs is when the nozzle
rests, where, and how much was laid down by then.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping
from typing import NamedTuple

AXES = "XYZE"
STEPS_PER_MM: Mapping[str, float] = {"X": 80.0, "Y": 80.0, "Z": 400.0, "E": 93.0}
HOMING_MM_S = 50.0
EMPTYING_S = 1.0  # real seconds in which Marlin's planner takes nothing after a quick stop
_SHORTEST_S = 1e-4

Point = tuple[float, float, float, float]  # x, y, z, e in mm
ORIGIN: Point = (0.0, 0.0, 0.0, 0.0)


class Block(NamedTuple):
    """One move; begins and ends are seconds of the simulated clock."""

    start: Point
    end: Point
    begins: float
    ends: float

    def at(self, now: float) -> Point:
        """Where it is at *now*."""
        share = min(max((now - self.begins) / (self.ends - self.begins), 0.0), 1.0)
        x, y, z, e = (a + share * (b - a) for a, b in zip(self.start, self.end, strict=True))
        return x, y, z, e


class Planner:
    """*clock* gives simulated seconds."""

    def __init__(self, capacity: int, clock: Callable[[], float]) -> None:
        self.capacity = capacity
        self._clock = clock
        self._blocks: deque[Block] = deque()
        self._rest = ORIGIN  # where the motors are when nothing is queued
        self._deaf_until = 0.0
        self.laid_mm = 0.0  # filament of moves that are done
        self.moves = 0

    @property
    def target(self) -> Point:
        """Where the last planned move ends."""
        return self._blocks[-1].end if self._blocks else self._rest

    @property
    def position(self) -> Point:
        """Where the motors are now."""
        self._settle()
        return self._blocks[0].at(self._clock()) if self._blocks else self._rest

    @property
    def free(self) -> int:
        """Moves it would still take."""
        self._settle()
        return self.capacity - len(self._blocks)

    @property
    def still(self) -> bool:
        """Is everything done?"""
        self._settle()
        return not self._blocks

    def until_room(self) -> float:
        """Simulated seconds until one more move fits."""
        self._settle()
        full = len(self._blocks) >= self.capacity
        return max(self._blocks[0].ends - self._clock() if full else 0.0, self.until_obedient())

    def until_still(self) -> float:
        """Simulated seconds until everything is done."""
        self._settle()
        return max(
            self._blocks[-1].ends - self._clock() if self._blocks else 0.0, self.until_obedient()
        )

    def until_obedient(self) -> float:
        """Simulated seconds until a quick stop is over: nothing is carried out meanwhile."""
        return max(self._deaf_until - self._clock(), 0.0)

    def add(self, end: Point, mm_s: float) -> None:
        """Plan a straight move; the caller has made sure that there is room."""
        self._settle()
        start, now = self.target, self._clock()
        length = math.dist(start[:3], end[:3]) or abs(end[3] - start[3])
        begins = max(self._blocks[-1].ends if self._blocks else now, now)
        ends = begins + max(length / max(mm_s, 0.01), _SHORTEST_S)
        self._blocks.append(Block(start, end, begins, ends))

    def quick_stop(self, deaf_s: float = 0.0) -> None:
        """Throw away what is planned, rest where the motors are, and take nothing for a while."""
        self._deaf_until = self._clock() + deaf_s
        here = self.position
        if self._blocks:
            self._count(self._blocks[0].start, here)
        self._blocks.clear()
        self._rest = here

    def redefine(self, words: Mapping[str, float]) -> None:
        """G92: the place where everything will end is called otherwise from now on."""
        shift = [words.get(axis, at) - at for axis, at in zip(AXES, self.target, strict=True)]

        def moved(point: Point) -> Point:
            x, y, z, e = (a + b for a, b in zip(point, shift, strict=True))
            return x, y, z, e

        self._rest = moved(self._rest)
        self._blocks = deque(
            block._replace(start=moved(block.start), end=moved(block.end)) for block in self._blocks
        )

    def _settle(self) -> None:
        """Drop the blocks that are done by now."""
        now = self._clock()
        while self._blocks and self._blocks[0].ends <= now:
            done = self._blocks.popleft()
            self._rest = done.end
            self._count(done.start, done.end)

    def _count(self, start: Point, end: Point) -> None:
        self.laid_mm += max(end[3] - start[3], 0.0)
        self.moves += 1
