"""How the nozzle's path falls into strokes; the NumPy side of kernel/strokes.h, same rules."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import IntEnum
from typing import TYPE_CHECKING, Final

import numpy as np

from dataset_builder.geometry.toolpath import Feature
from dataset_builder.render.levels import BINS, BINS_PER_MM

if TYPE_CHECKING:
    from numpy.typing import NDArray

FAR_MM = 100_000.0
FIRST_LAYERS_MM = 1.2
"""A skirt or brim higher up must be proven by its shape; start code ends below."""

JOINT_MM = 0.01
REVOLUTION = 6.0  # radians turned that make a rising stroke a spiral
WIDEST_SEAM_MM, WIDEST_SEAM_SHARE = 1.0, 0.1  # of a closed loop; the second of its length
WIDEST_RAMP_MM = 0.5  # how far apart in height a scarf seam's ends may be

ALWAYS_HELPERS = (Feature.SUPPORT, Feature.WIPE_TOWER, Feature.RAFT)

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


class StrokeClass(IntEnum):
    """Slicers close walls and leave infill open."""

    OPEN = 0
    CLOSED = 1
    CONTOUR = 2  # closed, and outer wall by its comments


class SurveyState(ctypes.Structure):
    """`pw_survey_state` in kernel/survey.c: the stroke under way, and sums over strokes."""

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
        ("top_bin", ctypes.c_int32),
        ("outer_mm", ctypes.c_double),
        ("outer_closed_mm", ctypes.c_double),
        ("model_mm", ctypes.c_double),
        ("spiral_turned", ctypes.c_double),
        ("spiral_rise", ctypes.c_double),
    )


def is_bead(segments: NDArray[np.void]) -> NDArray[np.bool_]:
    """(N,) which segments are beads of a layer: finite, no steeper than 45 degrees."""
    near = (np.abs(segments["start"]) < FAR_MM) & (np.abs(segments["end"]) < FAR_MM)
    with np.errstate(invalid="ignore", over="ignore"):
        d = segments["end"] - segments["start"]
        flat = d[:, 2] * d[:, 2] <= d[:, 0] * d[:, 0] + d[:, 1] * d[:, 1]
    return np.asarray(near.all(axis=1) & flat)


def banks(segments: NDArray[np.void], begun: bool) -> NDArray[np.int32]:
    """(N,) 0 model, 1 helper, for beads in print order; *begun*: the model has begun before."""
    feature = segments["feature"]
    helper = (segments["state"] != 0) | np.isin(feature, ALWAYS_HELPERS)
    helper |= (feature == Feature.SKIRT) & (segments["end"][:, 2] < FIRST_LAYERS_MM)
    if not begun:
        model = np.flatnonzero(~helper & (feature != Feature.CUSTOM))
        start_code = np.arange(len(segments)) < (model[0] if model.size else len(segments))
        helper |= start_code & (feature == Feature.CUSTOM)
    return np.asarray(helper, np.int32)


def begins(segments: NDArray[np.void], bank: NDArray[np.int32]) -> NDArray[np.bool_]:
    """(N,) where a bead does not go on from the one before; the first one never does."""
    gap = np.abs(segments["start"][1:] - segments["end"][:-1])
    fresh = (gap >= JOINT_MM).any(axis=1) | (bank[1:] != bank[:-1])
    return np.concatenate([[True], fresh])


def joins(pen: Sequence[float], segment: NDArray[np.void]) -> bool:
    """Does *segment* begin where the pen stands?"""
    return bool((np.abs(segment["start"] - np.array(pen, np.float32)) < JOINT_MM).all())


def height_bins(z_mm: NDArray[np.float32]) -> NDArray[np.int64]:
    """The bin of each height; what lies below the bed is on it."""
    bins = np.clip(z_mm * np.float32(BINS_PER_MM) + np.float32(0.5), 0, BINS - 1)
    return np.asarray(bins, np.int64)


@dataclass(slots=True)
class Strokes:
    """S strokes in print order, summed up; all float64 but bank (int32).

    first, pen: (S, 3) where each begins and ends. length, outer, rise, turned: (S,) mm, mm of
    outer wall, mm, radians. opening, heading: (S, 2) of its first and last rising bead, or 0.
    """

    first: NDArray[np.float64]
    pen: NDArray[np.float64]
    bank: NDArray[np.int32]
    length: NDArray[np.float64]
    outer: NDArray[np.float64]
    rise: NDArray[np.float64]
    turned: NDArray[np.float64]
    heading: NDArray[np.float64]
    opening: NDArray[np.float64]

    @classmethod
    def from_state(cls, state: SurveyState) -> Strokes:
        """The stroke under way."""
        values = {
            f.name: np.array([_plain(getattr(state, f.name, (0.0, 0.0)))]) for f in fields(cls)
        }
        return cls(**values)

    def part(self, which: slice) -> Strokes:
        """Some of them."""
        return Strokes(**{f.name: getattr(self, f.name)[which] for f in fields(self)})

    def continue_from(self, state: SurveyState) -> None:
        """The first of them began in the state."""
        self.first[0] = state.first
        for name in ("length", "outer", "rise", "turned"):
            getattr(self, name)[0] += getattr(state, name)
        before, after = np.array(state.heading), self.opening[0]
        if before.any() and after.any():
            cross = before[0] * after[1] - before[1] * after[0]
            self.turned[0] += np.arctan2(cross, before @ after)
        if not self.heading[0].any():
            self.heading[0] = before

    def to_state(self, state: SurveyState) -> None:
        """Make the only one of them the stroke under way."""
        for f in fields(self):
            if f.name != "opening":
                value = getattr(self, f.name)[0]
                setattr(state, f.name, tuple(value) if value.ndim else value.item())
        state.open = 1

    def finish(self, state: SurveyState) -> NDArray[np.uint8]:
        """Close the books on them; returns their classes, (S,) StrokeClass."""
        gap = np.hypot(*(self.pen - self.first)[:, :2].T)
        closed = gap <= np.minimum(WIDEST_SEAM_MM, WIDEST_SEAM_SHARE * self.length)
        closed &= np.abs(self.pen[:, 2] - self.first[:, 2]) < WIDEST_RAMP_MM
        kind = np.where(self.outer > 0, StrokeClass.CONTOUR, StrokeClass.CLOSED)
        model = self.bank == 0
        spiral = model & (self.rise > 0) & (np.abs(self.turned) > REVOLUTION)
        state.spiral_turned += float(np.abs(self.turned[spiral]).sum())
        state.spiral_rise += float(self.rise[spiral].sum())
        state.outer_mm += float(self.outer[model & ~spiral].sum())
        state.outer_closed_mm += float(self.outer[model & ~spiral & closed].sum())
        state.model_mm += float(self.length[model].sum())
        return np.where(closed, kind, StrokeClass.OPEN).astype(np.uint8)


def _plain(value: object) -> object:
    return list(value) if isinstance(value, ctypes.Array) else value
