"""The ways one shape's principal axes can lie on another's, reflections included.

Where the spreads differ, axes are known up to their signs. Where two are near equal, any angle in
their plane is possible; where all are, any rotation: those are tried on a grid, to be refined.
"""

from __future__ import annotations

import math
from functools import cache
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

ALIKE = 0.92
"""Spreads nearer than this ratio may be swapped or mixed by what slicing changes in a part."""
PLANE_STEP_DEG = 10.0
BALL_TURNS = 1200  # about 20 degrees from any rotation to the nearest


def candidates(spreads: Array, others: Array) -> Array:
    """(K, 3, 3) orthogonal matrices that may lay one shape's principal axes on another's.

    spreads, others: (3,) of the two shapes, descending.
    """
    wide, narrow = (
        max(s[k + 1] / max(s[k], 1e-9) for s in (spreads, others)) > ALIKE for k in (0, 1)
    )
    if wide and narrow:
        return _everywhere()
    if wide:
        return _about(2)
    return _about(0) if narrow else _signs()


@cache
def _signs() -> Array:
    """(8, 3, 3) each axis this way or that."""
    return np.stack([np.diag(signs) for signs in product((1.0, -1.0), repeat=3)])


@cache
def _about(axis: int) -> Array:
    """All signs, at each of many angles about *axis*; half a turn comes with the signs."""
    angles = np.radians(np.arange(0, 180, PLANE_STEP_DEG))
    turns = np.stack([rotation(angle * np.eye(3)[axis]) for angle in angles])
    return np.concatenate([turns @ signs for signs in _signs()])


@cache
def _everywhere() -> Array:
    """Rotations spread evenly, each also mirrored.

    Source: Alexa, CVPR 2022, "Super-Fibonacci spirals: fast, low-discrepancy sampling of SO(3)".
    """
    step = np.arange(BALL_TURNS) + 0.5
    inner, outer = np.sqrt(step / BALL_TURNS), np.sqrt(1 - step / BALL_TURNS)
    a, b = 2 * math.pi * step / math.sqrt(2), 2 * math.pi * step / 1.533751168755204288118041
    w, x, y, z = inner * np.sin(a), inner * np.cos(a), outer * np.sin(b), outer * np.cos(b)
    turns = np.array([
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]).transpose(2, 0, 1)  # fmt: skip
    return np.concatenate([turns, -turns])


def rotation(about: Array) -> Array:
    """(3, 3) turn about the direction of *about* by its length in radians (Rodrigues)."""
    angle = float(np.linalg.norm(about))
    if angle == 0:
        return np.eye(3)
    x, y, z = about / angle
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.asarray(np.eye(3) + math.sin(angle) * cross + (1 - math.cos(angle)) * cross @ cross)
