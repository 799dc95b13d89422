"""Pass 1 over a job: which layers it has, where they lie and how its strokes are drawn.

Takes blocks of SEGMENT records in print order; keeps a table of height bins and a byte a stroke,
never the segments. Layers come from geometry alone: comments that mark layers can lie.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dataset_builder.errors import EmptyToolpath
from dataset_builder.geometry.toolpath import SEGMENT, Feature
from dataset_builder.kernel.library import library
from dataset_builder.render import strokes
from dataset_builder.render.levels import BINS, Levels, find_levels

BIN: Final = np.dtype(
    [
        ("length", "<f4"),  # mm
        ("filament", "<f4"),  # mm
        ("sloped", "<f4"),  # mm laid while rising or falling
        ("z", "<f4"),  # mm, a height that really occurred
        ("low", "<f4", 2),  # mm, x and y of end points
        ("high", "<f4", 2),
    ]
)
"""One hundredth of a millimetre of height; `pw_bin` in kernel/survey.c."""

LEAD_TOP_MM = 1.2
"""Start code that no comment names (a purge line) ends below this height."""

FILAMENT_DIAMETERS_MM = (1.75, 2.85, 1.128)
"""Common spools, the usual one first; the last makes E count cubic millimetres."""


class SurveyState(ctypes.Structure):
    """`pw_survey_state` in kernel/survey.c."""

    _fields_ = (
        ("pen", ctypes.c_float * 3),
        ("first", ctypes.c_float * 3),
        ("heading", ctypes.c_float * 2),
        ("outer", ctypes.c_float),
        ("length", ctypes.c_float),
        ("turned", ctypes.c_float),
        ("rise", ctypes.c_float),
        ("open", ctypes.c_int32),
        ("bank", ctypes.c_int32),
        ("begun", ctypes.c_int32),
        ("outer_mm", ctypes.c_double),
        ("outer_closed_mm", ctypes.c_double),
        ("model_mm", ctypes.c_double),
        ("spiral_turned", ctypes.c_double),
        ("spiral_rise", ctypes.c_double),
    )


@dataclass(frozen=True, slots=True)
class Plate:
    """What pass 1 learned.

    model, helpers: the levels of what belongs to the object and of what is left out by its
    comments (supports, skirts, ... ; None when there is nothing). model_box_mm, box_mm: (2, 3)
    corners of the model and of everything printed; the model's leaves out what only its first
    layer holds. stroke_class: (S,) uint8, see kernel/strokes.h. lead: how many segments at the
    start are start code. marked: feature comments exist and agree with the strokes.
    """

    model: Levels
    helpers: Levels | None
    model_box_mm: NDArray[np.float64]
    box_mm: NDArray[np.float64]
    stroke_class: NDArray[np.uint8]
    lead: int
    marked: bool
    filament_diameter_mm: float

    @property
    def z_mm(self) -> NDArray[np.float64]:
        """(L,) ascending heights of the model's layers."""
        return self.model.z_mm

    @property
    def layer_height_mm(self) -> NDArray[np.float64]:
        """(L,) thickness of each layer."""
        return self.model.height_mm
