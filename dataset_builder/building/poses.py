"""The ways an object is laid on the bed: a grid of roll, pitch and yaw, or poses drawn at random.

Angles turn about the fixed axes x, then y, then z: rotation = Rz(yaw) @ Ry(pitch) @ Rx(roll).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np  # where it is used: presets are read by every --help
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Pose:
    """Roll and yaw in 0..360 degrees, pitch in -90..90: each rotation has one such name."""

    roll_deg: float
    pitch_deg: float
    yaw_deg: float

    @property
    def rotation(self) -> NDArray[np.float64]:
        """(3, 3), to be applied as rotation @ corner."""
        return rotation(self.roll_deg, self.pitch_deg, self.yaw_deg)


@dataclass(frozen=True, slots=True)
class PoseGrid:
    """Every combination of *roll*, *pitch* and *yaw* evenly spaced angles, the zero pose included.

    Pitch stops short of 90 degrees on both sides: beyond, the same rotations would come again under
    other names, and at 90 roll and yaw are one turn. Choose an odd count of pitches.
    """

    roll: int
    pitch: int
    yaw: int

    def poses(self, seed: int) -> tuple[Pose, ...]:
        """The same for every *seed*: roll * pitch * yaw poses, yaw running fastest."""
        middle = (self.pitch - 1) / 2
        return tuple(
            Pose(roll * 360 / self.roll, (pitch - middle) * 180 / self.pitch, yaw * 360 / self.yaw)
            for roll in range(self.roll)
            for pitch in range(self.pitch)
            for yaw in range(self.yaw)
        )


@dataclass(frozen=True, slots=True)
class RandomPoses:
    """*count* poses, uniform over all rotations, after the zero pose: as people model things."""

    count: int

    def poses(self, seed: int) -> tuple[Pose, ...]:
        """The same seed gives the same poses, and a larger count begins with those of a smaller."""
        import numpy as np

        rng = np.random.default_rng([seed, 1992])
        drawn = (_uniform(rng) for _ in range(self.count - 1))
        return (Pose(0.0, 0.0, 0.0), *drawn)


def rotation(roll_deg: float, pitch_deg: float, yaw_deg: float) -> NDArray[np.float64]:
    """(3, 3) rotation by roll about x, then pitch about y, then yaw about z."""
    import numpy as np

    (cr, sr), (cp, sp), (cy, sy) = (
        (math.cos(math.radians(angle)), math.sin(math.radians(angle)))
        for angle in (roll_deg, pitch_deg, yaw_deg)
    )
    return np.array([
        [cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr],
        [sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr],
        [-sp, cp * sr, cp * cr],
    ])  # fmt: skip


def _uniform(rng: np.random.Generator) -> Pose:
    """Even angles about z and x and an even sine of the pitch fill SO(3) evenly."""
    roll, yaw = rng.uniform(0.0, 360.0, 2)
    return Pose(float(roll), math.degrees(math.asin(rng.uniform(-1.0, 1.0))), float(yaw))
