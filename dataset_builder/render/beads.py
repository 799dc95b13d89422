"""Pass 2 over a job: draw each bead, as wide as its plastic makes it, into packed bitmaps."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.kernel.library import library
from dataset_builder.render.canvas import Canvas, Pen

if TYPE_CHECKING:
    from numpy.typing import NDArray


class _CanvasC(ctypes.Structure):
    """`pw_canvas` in kernel/beads.c."""

    _fields_ = (
        ("origin", ctypes.c_float * 2),
        ("corner", ctypes.c_float * 2),
        ("px_per_mm", ctypes.c_float),
        ("width", ctypes.c_int32),
        ("height", ctypes.c_int32),
        ("layers", ctypes.c_int32),
        ("marked", ctypes.c_int32),
        ("filament_area", ctypes.c_float),
        ("layer_of_bin", ctypes.c_void_p),
        ("layer_height", ctypes.c_void_p),
        ("spiral", ctypes.c_void_p),
        ("wall", ctypes.c_void_p),
        ("inner", ctypes.c_void_p),
        ("edge", ctypes.c_void_p),
    )


class BeadPainter:
    """Draws blocks of SEGMENT records, in print order, on the model's and the helpers' canvas."""

    def __init__(
        self,
        model: Canvas,
        helpers: Canvas,
        *,
        stroke_class: NDArray[np.uint8],
        lead: int,
        filament_diameter_mm: float,
    ) -> None:
        self._canvases = (model, helpers)
        self._class = np.ascontiguousarray(stroke_class)
        self._lead = lead
        self._area = np.pi / 4 * filament_diameter_mm**2
        self._pen = Pen()
        self._heights = [c.levels.height_mm.astype(np.float32) for c in self._canvases]

    def draw(self, segments: NDArray[np.void]) -> None:
        """(N,) SEGMENT, the same blocks that were surveyed."""
        kernel = library()
        if kernel is None:
            from dataset_builder.render import beads_numpy

            beads_numpy.draw(
                segments, self._pen, self._canvases, self._class, self._lead, self._area
            )
            return
        segments = np.ascontiguousarray(segments)
        kernel.pw_draw_beads(
            ctypes.c_void_p(segments.ctypes.data),
            ctypes.c_int64(len(segments)),
            ctypes.byref(self._pen),
            self._structures(),
            ctypes.c_void_p(self._class.ctypes.data),
            ctypes.c_int64(len(self._class)),
            ctypes.c_int64(self._lead),
        )

    def finish(self) -> None:
        """Close the last outline."""
        kernel = library()
        if kernel is None:
            from dataset_builder.render import beads_numpy

            beads_numpy.lift_pen(self._pen, self._canvases, self._class)
            return
        kernel.pw_draw_end(
            ctypes.byref(self._pen), self._structures(), ctypes.c_void_p(self._class.ctypes.data)
        )

    def _structures(self) -> ctypes.Array[_CanvasC]:
        rows = zip(self._canvases, self._heights, strict=True)
        return (_CanvasC * 2)(*(self._structure(canvas, height) for canvas, height in rows))

    def _structure(self, canvas: Canvas, height: NDArray[np.float32]) -> _CanvasC:
        grid, levels = canvas.grid, canvas.levels
        return _CanvasC(
            origin=grid.origin_mm,
            corner=grid.corner_mm,
            px_per_mm=1.0 / grid.mm_per_px,
            width=grid.width_px,
            height=grid.height_px,
            layers=len(levels.z_mm),
            marked=canvas.marked,
            filament_area=self._area,
            layer_of_bin=levels.of_bin.ctypes.data,
            layer_height=height.ctypes.data,
            spiral=levels.spiral.ctypes.data,
            wall=canvas.wall.ctypes.data,
            inner=canvas.inner.ctypes.data,
            edge=canvas.edge.ctypes.data,
        )
