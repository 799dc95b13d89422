"""What a printer's nozzle lays down: extruding segments, with the meaning the job gives them.

One record a straight segment (arcs arrive as short chords). Travel moves, retractions and heating
are not part of a toolpath. Coordinates are absolute machine millimetres after every mode, unit and
offset; the record is shared byte for byte with the C kernel (`kernel/printwarden.h`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, IntFlag
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Feature(IntEnum):
    """What the slicer says a segment is for; a hint, never evidence (it can lie)."""

    UNKNOWN = 0
    OUTER_WALL = 1
    INNER_WALL = 2
    OVERHANG_WALL = 3
    THIN_WALL = 4
    GAP_FILL = 5
    INFILL = 6
    SOLID_INFILL = 7
    TOP_SURFACE = 8
    BRIDGE = 9
    IRONING = 10
    CUSTOM = 11
    SKIRT = 12
    SUPPORT = 13
    WIPE_TOWER = 14
    RAFT = 15


class SegmentState(IntFlag):
    """Why a segment may not reach the part although the head moves and E advances."""

    PRINTED = 0
    COLD = 1  # the hot end is known to be off
    EXCLUDED = 2  # inside an object that the job itself cancels
    NO_FLOW = 4  # M221 S0


NOT_PRINTED = SegmentState.EXCLUDED | SegmentState.NO_FLOW

SEGMENT = np.dtype(
    [
        ("start", "<f4", 3),  # mm, machine frame
        ("end", "<f4", 3),  # mm, machine frame
        ("filament", "<f4"),  # mm of filament pushed, > 0 (0 where the dialect does not say)
        ("line", "<u4"),  # 1-based line of the job's G-code text
        ("object", "<u2"),  # index into the job's object names; 0 is "not named"
        ("tool", "u1"),
        ("feature", "u1"),  # a Feature
        ("state", "u1"),  # SegmentState bits
        ("", "u1", 3),  # padding to 40 bytes
    ]
)


@dataclass(frozen=True, slots=True)
class Toolpath:
    """A whole job in memory; large jobs are streamed as blocks of SEGMENT records instead.

    segments: (N,) SEGMENT in print order. layer: (N,) int32 index into z_mm.
    z_mm: (L,) float64, the ascending heights at which the model is printed.
    object_names[0] is "" (not named).
    """

    segments: NDArray[np.void]
    layer: NDArray[np.int32]
    z_mm: NDArray[np.float64]
    object_names: tuple[str, ...] = ("",)
    filament_diameter_mm: float = 1.75
    tools: tuple[int, ...] = field(default=())
