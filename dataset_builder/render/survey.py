"""Pass 1 over a job: which layers it has, where they lie and how its strokes are drawn.

Takes blocks of SEGMENT records in print order; keeps a table of height bins and a byte a stroke,
never the segments. Layers come from geometry alone: comments that mark layers can lie.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dataset_builder.errors import EmptyToolpath
from dataset_builder.geometry.toolpath import SEGMENT
from dataset_builder.kernel.library import library
from dataset_builder.render.levels import BINS, BINS_PER_MM, Levels, find_levels
from dataset_builder.render.strokes import BIN, FIRST_LAYERS_MM, Strokes, SurveyState

if TYPE_CHECKING:
    from numpy.typing import NDArray

FILAMENT_DIAMETERS_MM = (1.75, 2.85, 1.128)
"""Common spools, the usual one first; the last makes E count cubic millimetres."""

PLAUSIBLE_WIDTH_MM = (0.2, 1.0)  # of beads from 0.25 to 0.8 mm nozzles
BASE_FLARE_MM = 3.0  # how far a foot may stand out from what is above it, and be model
MARKED_SHARE = (0.02, 0.9)  # of a model's length that honest comments call outer wall
CLOSED_SHARE = 0.5  # of the outer walls that must be closed for the comments to be believed


@dataclass(frozen=True, slots=True)
class Plate:
    """What pass 1 learned.

    model, helpers: the levels of what belongs to the object and of what is left out by its
    comments (supports, skirts, ... ; None when there is nothing). model_box_mm, box_mm: (2, 3)
    corners of the model and of everything printed; the model's leaves out what only its first
    layer holds. stroke_class: (S,) uint8, see kernel/strokes.h. lead: how many segments at the
    start are start code. only_helpers: comments leave nothing but helpers; they are the model
    then, for a person to see. marked: feature comments exist and agree with the strokes.
    """

    model: Levels
    helpers: Levels | None
    only_helpers: bool
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


class PlateSurvey:
    """Takes blocks of SEGMENT records in print order; `finish` tells what they hold."""

    def __init__(self) -> None:
        self._state = SurveyState()
        self._bins = np.zeros((2, BINS), BIN)  # touched only where something is printed
        self._classes: list[NDArray[np.uint8]] = []
        self._seen = 0
        self._lead = 0
        self._named = False

    def add(self, segments: NDArray[np.void]) -> None:
        """Count one block, (N,) SEGMENT."""
        if segments.dtype != SEGMENT:
            raise TypeError(f"a block must hold SEGMENT records, not {segments.dtype}")
        if not self._named and (named := np.flatnonzero(segments["feature"])).size:
            self._named = True
            self._survey(segments[: named[0]])
            self._seen += int(named[0])
            self._set_lead_aside()
            segments = segments[named[0] :]
        self._survey(segments)
        self._seen += len(segments)

    def _survey(self, segments: NDArray[np.void]) -> None:
        kernel = library()
        if kernel is None:
            from dataset_builder.render import survey_numpy

            ended = survey_numpy.survey(segments, self._state, self._bins)
        else:
            ended = _survey_c(kernel, segments, self._state, self._bins)
        self._classes.append(ended)

    def _end_stroke(self) -> None:
        if self._state.open:
            self._classes.append(Strokes.from_state(self._state).finish(self._state))
            self._state.open = 0

    def _set_lead_aside(self) -> None:
        """The job names its features: what came before the first name, low down, is start code."""
        top = self._state.top_bin
        known_helpers = self._bins[1, : top + 1]["length"].any()
        if not self._seen or top > FIRST_LAYERS_MM * BINS_PER_MM or known_helpers:
            return
        self._end_stroke()
        self._bins[1, : top + 1] = self._bins[0, : top + 1]
        self._bins[0, : top + 1] = 0
        self._state = SurveyState(top_bin=top)
        self._lead = self._seen

    def finish(self) -> Plate:
        """What the blocks held. Raises EmptyToolpath when nothing is extruded."""
        self._end_stroke()
        bins = self._bins[:, : self._state.top_bin + 1]
        model, helpers = bins
        only_helpers = not model["length"].any()
        if only_helpers:
            model, helpers = helpers, model
        if not model["length"].any():
            raise EmptyToolpath("nothing is extruded")
        state = self._state
        pitch = 2 * np.pi * state.spiral_rise / state.spiral_turned if state.spiral_turned else 0.0
        levels = _find_levels(model, pitch)
        return Plate(
            model=levels,
            helpers=_find_levels(helpers, 0.0) if helpers["length"].any() else None,
            only_helpers=only_helpers,
            model_box_mm=_model_box(model),
            box_mm=_box(bins.reshape(-1)),
            stroke_class=np.concatenate([np.empty(0, np.uint8), *self._classes]),
            lead=self._lead,
            marked=_is_marked(state),
            filament_diameter_mm=_filament_diameter(model, levels),
        )


def _survey_c(
    kernel: ctypes.CDLL, segments: NDArray[np.void], state: SurveyState, bins: NDArray[np.void]
) -> NDArray[np.uint8]:
    segments = np.ascontiguousarray(segments)
    classes = np.empty(len(segments) + 1, np.uint8)
    kernel.pw_survey.restype = ctypes.c_int64
    ended = kernel.pw_survey(
        ctypes.c_void_p(segments.ctypes.data),
        ctypes.c_int64(len(segments)),
        ctypes.byref(state),
        ctypes.c_void_p(bins.ctypes.data),
        ctypes.c_void_p(classes.ctypes.data),
    )
    return classes[:ended].copy()


def _find_levels(bins: NDArray[np.void], pitch_mm: float) -> Levels:
    return find_levels(bins["length"], bins["filament"], bins["z"], pitch_mm)


def _is_marked(state: SurveyState) -> bool:
    """Are there outer-wall comments that agree with the strokes? They can lie."""
    low, high = MARKED_SHARE
    named = low * state.model_mm < state.outer_mm < high * state.model_mm
    return bool(named and state.outer_closed_mm > CLOSED_SHARE * state.outer_mm)


def _box(bins: NDArray[np.void]) -> NDArray[np.float64]:
    """(2, 3) corners of what the bins hold."""
    used = bins[bins["length"] > 0]
    low = [*used["low"].min(axis=0), 0.0]
    high = [*used["high"].max(axis=0), used["z"].max()]
    return np.array([low, high], np.float64)


def _model_box(bins: NDArray[np.void]) -> NDArray[np.float64]:
    """(2, 3) corners of the model; without what only its foot holds, far from the rest.

    Skirts, purge lines and the like lie flat on the bed.
    """
    box = _box(bins)
    foot = int(min(FIRST_LAYERS_MM, box[1, 2] / 3) * BINS_PER_MM)
    if bins[foot:]["length"].any():
        upper = _box(bins[foot:])
        box[0, :2] = np.maximum(box[0, :2], upper[0, :2] - BASE_FLARE_MM)
        box[1, :2] = np.minimum(box[1, :2], upper[1, :2] + BASE_FLARE_MM)
    return box


def _filament_diameter(bins: NDArray[np.void], levels: Levels) -> float:
    """The first common diameter that makes the median bead as wide as beads are."""
    known = np.flatnonzero((bins["length"] > 0) & (bins["filament"] > 0))
    if not known.size:
        return FILAMENT_DIAMETERS_MM[0]
    used, height = bins[known], levels.height_mm[levels.of_bin[known]]
    order = np.argsort(used["filament"] / used["length"])
    middle = order[np.searchsorted(np.cumsum(used["length"][order]), used["length"].sum() / 2)]
    per_mm, h = used["filament"][middle] / used["length"][middle], height[middle]
    for diameter in FILAMENT_DIAMETERS_MM:
        width = per_mm * np.pi / 4 * diameter**2 / h + h * (1 - np.pi / 4)
        if max(PLAUSIBLE_WIDTH_MM[0], h) <= width <= max(PLAUSIBLE_WIDTH_MM[1], 3 * h):
            return diameter
    return FILAMENT_DIAMETERS_MM[0]
