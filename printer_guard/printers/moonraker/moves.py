"""Planned moves, as Klipper's `motion_report/dump_trapq` gives them -> lines of G-code.

Whatever way a command came in, through macros, arcs and offsets, this is what the motors will do.
Each move is a list [start s, duration s, start velocity mm/s, acceleration mm/s2, start mm,
direction]; the toolhead's and the extruder's lists match by their start.
Source: Klipper, docs/API_Server.md and docs/Code_Overview.md (trapq).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

Move = Sequence[Any]
HEAD = "G90\nM83\n"
KEPT = 4096  # moves of one queue that wait for the other


class Planned(NamedTuple):
    """One line. draws: it lays material down. start_s: when, by the printer's clock."""

    line: str
    draws: bool
    start_s: float


class Moves:
    """Two queues in, lines out, in the order of time. E is relative, everything else absolute."""

    def __init__(self) -> None:
        self._toolhead: list[Move] = []
        self._extruded: dict[float, float] = {}
        self._known_to_s = 0.0

    def toolhead(self, moves: Sequence[Move]) -> None:
        """What the head will do."""
        self._toolhead.extend(moves)
        del self._toolhead[:-KEPT]

    def extruder(self, moves: Sequence[Move]) -> None:
        """What the filament will do."""
        for move in moves:
            self._extruded[move[0]] = _way_mm(move) * move[5][0]
            self._known_to_s = move[0] + move[1]

    def lines(self, *, all_of_them: bool = False) -> Iterator[Planned]:
        """What both queues have told of by now.

        all_of_them: do not wait for the extruder's word: there was none for a while.
        """
        while self._toolhead and (all_of_them or self._toolhead[0][0] < self._known_to_s):
            move = self._toolhead.pop(0)
            fed_mm = self._extruded.pop(move[0], 0.0)
            way_mm = _way_mm(move)
            x, y, z = (s + way_mm * d for s, d in zip(move[4], move[5], strict=True))
            draws = fed_mm > 0 and bool(move[5][0] or move[5][1])
            fed = f" E{fed_mm:.5f}" if fed_mm else ""
            yield Planned(f"G1 X{x:.4f} Y{y:.4f} Z{z:.4f}{fed}", draws, move[0])
        if not self._toolhead:
            self._extruded.clear()


def _way_mm(move: Move) -> float:
    duration_s, velocity, acceleration = move[1], move[2], move[3]
    return float((velocity + 0.5 * acceleration * duration_s) * duration_s)
