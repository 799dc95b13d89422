"""What beads are drawn on: three packed planes a layer stack, and the pen that draws."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.render.levels import Levels

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Grid:
    """A pixel grid on the bed: outer corner of pixel (0, 0), pixels along x and y, pitch."""

    origin_mm: tuple[float, float]
    width_px: int
    height_px: int
    mm_per_px: float

    @property
    def corner_mm(self) -> tuple[float, float]:
        """The corner opposite to the origin."""
        x, y = self.origin_mm
        return x + self.width_px * self.mm_per_px, y + self.height_px * self.mm_per_px

    @property
    def row_bytes(self) -> int:
        """Of a packed row."""
        return (self.width_px + 7) // 8


@dataclass(frozen=True, slots=True)
class Canvas:
    """Three planes of beads, (L, H, ceil(W / 8)) uint8 packed, on one grid.

    wall: what bounds the solid; inner: what only fills it; edge: a flip on each row where an
    outline crosses it, so that a running XOR tells inside from outside. marked: believe the
    job's feature comments.
    """

    grid: Grid
    levels: Levels
    marked: bool
    wall: NDArray[np.uint8] = field(repr=False)
    inner: NDArray[np.uint8] = field(repr=False)
    edge: NDArray[np.uint8] = field(repr=False)

    @classmethod
    def blank(cls, grid: Grid, levels: Levels, *, marked: bool) -> Canvas:
        """Nothing drawn yet."""
        shape = (len(levels.z_mm), grid.height_px, grid.row_bytes)
        wall, inner, edge = (np.zeros(shape, np.uint8) for _ in range(3))
        return cls(grid, levels, marked, wall, inner, edge)


class Pen(ctypes.Structure):
    """`pw_pen` in kernel/beads.c: where the stroke under way stands."""

    _fields_ = (
        ("pen", ctypes.c_float * 3),
        ("first", ctypes.c_float * 2),
        ("open", ctypes.c_int32),
        ("bank", ctypes.c_int32),
        ("begun", ctypes.c_int32),
        ("layer", ctypes.c_int32),
        ("stroke", ctypes.c_int64),
        ("seen", ctypes.c_int64),
    )
