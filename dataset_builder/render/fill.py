"""From drawn beads to the solid: which voids between them are material of the model?

The rules are told at the top of kernel/fill.c.
"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.kernel.library import library
from dataset_builder.render.canvas import Canvas

if TYPE_CHECKING:
    from numpy.typing import NDArray

RUN_BYTES, VOID_BYTES, QUESTION_BYTES, OVERLAP_BYTES = 20, 32, 12, 16  # pw_run, pw_void, ...
QUESTIONS_PER_LAYER = 1024  # more voids than that are smaller than any opening
OVERLAPS = 1 << 12


class _FillJob(ctypes.Structure):
    """`pw_fill_job` in kernel/fill.c."""

    _fields_ = (
        ("width", ctypes.c_int32),
        ("height", ctypes.c_int32),
        ("layers", ctypes.c_int32),
        ("marked", ctypes.c_int32),
        ("mm_per_px", ctypes.c_float),
        ("bead_px", ctypes.c_float),
        ("spiral", ctypes.c_void_p),
        ("wall", ctypes.c_void_p),
        ("inner", ctypes.c_void_p),
        ("edge", ctypes.c_void_p),
        ("runs", ctypes.c_void_p * 2),
        ("row_first", ctypes.c_void_p * 2),
        ("voids", ctypes.c_void_p * 2),
        ("questions", ctypes.c_void_p),
        ("first_node", ctypes.c_void_p),
        ("overlaps", ctypes.c_void_p),
        ("node_room", ctypes.c_int64),
        ("overlap_room", ctypes.c_int64),
    )


def fill(canvas: Canvas, *, bead_mm: float) -> NDArray[np.uint8]:
    """The solid of what is drawn on *canvas*, (L, H, ceil(W / 8)) packed.

    The canvas is used up: its wall plane becomes the result. bead_mm: the usual bead width.
    """
    kernel = library()
    if kernel is None:
        _fill_in_numpy(canvas, bead_mm)
        return canvas.wall
    grid, layers = canvas.grid, len(canvas.levels.z_mm)
    run_room = grid.height_px * (grid.width_px // 2 + 1) + 1
    nodes = layers * QUESTIONS_PER_LAYER + 1

    def room(bytes_: int) -> NDArray[np.uint8]:
        return np.zeros(bytes_, np.uint8)  # mapped when touched

    kept = [room(run_room * RUN_BYTES), room(run_room * RUN_BYTES)]
    kept += [room(4 * (grid.height_px + 1)), room(4 * (grid.height_px + 1))]
    kept += [room(run_room * VOID_BYTES), room(run_room * VOID_BYTES)]
    kept += [room(QUESTION_BYTES * nodes), room(4 * (layers + 1)), room(OVERLAPS * OVERLAP_BYTES)]
    at = [array.ctypes.data for array in kept]
    job = _FillJob(
        width=grid.width_px,
        height=grid.height_px,
        layers=layers,
        marked=canvas.marked,
        mm_per_px=grid.mm_per_px,
        bead_px=bead_mm / grid.mm_per_px,
        spiral=canvas.levels.spiral.ctypes.data,
        wall=canvas.wall.ctypes.data,
        inner=canvas.inner.ctypes.data,
        edge=canvas.edge.ctypes.data,
        runs=(ctypes.c_void_p * 2)(*at[0:2]),
        row_first=(ctypes.c_void_p * 2)(*at[2:4]),
        voids=(ctypes.c_void_p * 2)(*at[4:6]),
        questions=at[6],
        first_node=at[7],
        overlaps=at[8],
        node_room=nodes,
        overlap_room=OVERLAPS,
    )
    kernel.pw_fill(ctypes.byref(job))
    return canvas.wall


def _fill_in_numpy(canvas: Canvas, bead_mm: float) -> None:
    grid = canvas.grid
    from dataset_builder.render import fill_numpy

    fill_numpy.fill(
        canvas.wall,
        canvas.inner,
        canvas.edge,
        canvas.levels.spiral,
        width_px=grid.width_px,
        marked=canvas.marked,
        mm_per_px=grid.mm_per_px,
        bead_px=bead_mm / grid.mm_per_px,
    )
