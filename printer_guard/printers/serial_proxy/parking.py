"""The commands of a pause, of the way back, and of a safe end: tables, no printer.

A stop never homes: the way to the switches leads through the part. Lifting is safe from anywhere,
so it needs no known position; the way back does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

COLD_C = 170.0  # Marlin's EXTRUDE_MINTEMP: below it filament does not move
HEATERS_OFF = (b"M104 S0", b"M140 S0", b"M141 S0", b"M107")


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkOptions:
    """mm, mm/min and degrees Celsius. park_at: x and y to wait at; None: above the part."""

    retract_mm: float = 2.0
    lift_mm: float = 5.0
    standby_c: float = 150.0
    park_at: tuple[float, float] | None = None
    retract_mm_min: float = 1800.0
    lift_mm_min: float = 600.0
    travel_mm_min: float = 6000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """Where a job was when it was paused: mm by axis, and degrees of the hotend's target."""

    position: Mapping[str, float]
    tool_c: float
    retracted: bool


def away(options: ParkOptions, *, hot: bool) -> list[bytes]:
    """Retract where the filament is soft, then lift."""
    retract = b"G1 E-%g F%g" % (options.retract_mm, options.retract_mm_min)
    return [
        b"G21",
        b"G91",
        *([retract] if hot else []),
        b"G1 Z%g F%g" % (options.lift_mm, options.lift_mm_min),
        b"G90",
    ]


def parking(options: ParkOptions, parked: Parked, *, homed: bool) -> list[bytes]:
    """From the part to where it waits; the bed keeps its heat, or the part would come off."""
    commands = away(options, hot=parked.retracted)
    if homed and options.park_at is not None:
        commands.append(b"G1 X%g Y%g F%g" % (*options.park_at, options.travel_mm_min))
    if parked.tool_c > options.standby_c:
        commands.append(b"M104 S%g" % options.standby_c)
    return commands


def returning(options: ParkOptions, parked: Parked, *, homed: bool) -> list[bytes]:
    """Back to the part, hot and unretracted; the modes of the job are given back after it."""
    at = parked.position
    commands = [b"M109 S%g" % parked.tool_c] if parked.tool_c > options.standby_c else []
    commands += [b"G21", b"G90"]
    if homed and options.park_at is not None:
        commands.append(b"G1 X%g Y%g F%g" % (at["X"], at["Y"], options.travel_mm_min))
    commands.append(b"G1 Z%g F%g" % (at["Z"], options.lift_mm_min))
    if parked.retracted:
        commands += [b"G91", b"G1 E%g F%g" % (options.retract_mm, options.retract_mm_min), b"G90"]
    return [*commands, b"G92 E%g" % at["E"]]


def leaving(options: ParkOptions, *, hot: bool) -> list[bytes]:
    """Away from the part for good, then motors off."""
    return [*away(options, hot=hot), b"M84"]
