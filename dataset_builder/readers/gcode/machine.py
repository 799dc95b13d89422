"""The state of a modal machine, shared byte for byte with the kernel's `pw_machine`."""

from __future__ import annotations

import ctypes
from ctypes import Array, c_double, c_int32, c_uint32, c_uint64
from enum import Enum

from dataset_builder.geometry.toolpath import SegmentState

Three = c_double * 3


class Dialect(Enum):
    """The one rule on which firmwares disagree so often that files depend on it."""

    MARLIN = "marlin"  # G90 and G91 switch E too; M82 and M83 override until the next of them
    KLIPPER = "klipper"  # E is relative if M83 or G91 says so (RepRapFirmware: M83 alone)


class Machine(ctypes.Structure):
    """Everything that one line of G-code leaves behind for the next; millimetres.

    A coordinate word means `word * unit + offset` in absolute mode and `position + word * unit` in
    relative mode. Fields are explained in kernel/printwarden.h.
    """

    position: Array[c_double]
    offset: Array[c_double]
    extruder: float
    offset_e: float
    unit: float
    filament_per_e: float
    retracted: float
    pushed: float
    pushed_total: float
    line: int
    moves: int
    extruding_moves: int
    segments: int
    dry_pushes: int
    ambiguous_e: int
    bad_checksums: int
    first_bad_checksum: int
    long_lines: int
    first_long_line: int
    lone_cr: int
    modal_lines: int
    first_modal_line: int
    layer_marks: int
    absolute_xyz: int
    absolute_e: int
    absolute_e_word: int
    g90_moves_e: int
    motion: int
    plane: int
    object: int
    tool: int
    feature: int
    state: int
    cold_tools: int

    _fields_ = (
        ("position", Three),
        ("extruder", c_double),
        ("offset", Three),
        ("offset_e", c_double),
        ("unit", c_double),
        ("filament_per_e", c_double),
        ("retracted", c_double),
        ("pushed", c_double),
        ("pushed_total", c_double),
        ("line", c_uint64),
        ("moves", c_uint64),
        ("extruding_moves", c_uint64),
        ("segments", c_uint64),
        ("dry_pushes", c_uint64),
        ("ambiguous_e", c_uint64),
        ("bad_checksums", c_uint64),
        ("first_bad_checksum", c_uint64),
        ("long_lines", c_uint64),
        ("first_long_line", c_uint64),
        ("lone_cr", c_uint64),
        ("modal_lines", c_uint64),
        ("first_modal_line", c_uint64),
        ("layer_marks", c_uint64),
        ("absolute_xyz", c_int32),
        ("absolute_e", c_int32),
        ("absolute_e_word", c_int32),
        ("g90_moves_e", c_int32),
        ("motion", c_int32),
        ("plane", c_int32),
        ("object", c_uint32),
        ("tool", c_uint32),
        ("feature", c_uint32),
        ("state", c_uint32),
        ("cold_tools", c_uint32),
    )

    @classmethod
    def at_power_on(cls, dialect: Dialect = Dialect.MARLIN) -> Machine:
        """Absolute millimetres at the origin, XY plane, no modal motion yet."""
        return cls(
            unit=1.0,
            filament_per_e=1.0,
            absolute_xyz=1,
            absolute_e=1,
            absolute_e_word=1,
            g90_moves_e=dialect is Dialect.MARLIN,
            motion=-1,
            plane=17,
        )

    def select_tool(self, tool: int) -> None:
        """T0 to T31."""
        self.tool = tool
        cold = self.cold_tools >> tool & 1
        self.state = self.state & ~SegmentState.COLD | (SegmentState.COLD if cold else 0)

    def set_absolute(self, absolute: bool) -> None:
        """G90 or G91."""
        self.absolute_xyz = absolute
        word = absolute if self.g90_moves_e else absolute and self.absolute_e_word
        self.absolute_e = bool(word)

    def set_absolute_e(self, absolute: bool) -> None:
        """M82 or M83."""
        self.absolute_e_word = absolute
        self.absolute_e = absolute and bool(self.g90_moves_e or self.absolute_xyz)
