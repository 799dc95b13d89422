"""Plain things to print for the camera's bench: slices as bitmaps, and the same as G-code.

All are 30 to 60 mm high and stand in the middle of the bed. What a slice holds is a function of
x, y and z; nothing here knows of cameras.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from printer_guard.camera.imaging import opencv

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Plane = NDArray[np.float64]
    Bitmap = NDArray[np.uint8]
    Inside = Callable[[Plane, Plane, float], NDArray[np.bool_]]

PITCH_MM = 0.5
LAYER_MM = 0.4
FIELD_MM = 100.0  # side of the square that holds a shape
INFILL_MM = 3.0
BED_MM = 220.0


def _round(x: Plane, y: Plane) -> Plane:
    return np.asarray(np.hypot(x, y))


SHAPES: Mapping[str, tuple[float, Inside]] = {
    "box": (40, lambda x, y, z: (abs(x) < 20) & (abs(y) < 15)),
    "cylinder": (50, lambda x, y, z: _round(x, y) < 16),
    "cone": (55, lambda x, y, z: _round(x, y) < 26 * (1 - z / 60)),
    "vase": (60, lambda x, y, z: abs(_round(x, y) - 17 - 6 * np.sin(z / 9)) < 1.2),
    "tube": (35, lambda x, y, z: abs(_round(x, y) - 22) < 4),
    "pyramid": (45, lambda x, y, z: np.maximum(abs(x), abs(y)) < 28 * (1 - z / 50)),
    "bracket": (45, lambda x, y, z: (abs(y) < 14) & (abs(x) < 25) & ((z < 6) | (x < -18))),
    "star": (30, lambda x, y, z: _round(x, y) < 18 + 7 * np.cos(5 * np.arctan2(y, x))),
    "gear": (30, lambda x, y, z: _round(x, y) < 24 + 3 * np.sign(np.cos(12 * np.arctan2(y, x)))),
    "arch": (50, lambda x, y, z: (abs(y) < 10) & (abs(x) < 28) & ((z > 36) | (abs(x) > 16))),
    "cross": (40, lambda x, y, z: np.minimum(abs(x), abs(y)) < 6 + 0 * z),
    "towers": (55, lambda x, y, z: np.minimum(_round(x - 18, y), _round(x + 18, y)) < 9),
}  # fmt: skip
"""Name -> height in mm, and what is inside. A cross is cut off by the field's margin."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One thing: height and what is inside, moved by (x, y) from the middle of the bed."""

    name: str
    height_mm: float
    inside: Inside
    moved_mm: tuple[float, float] = (0.0, 0.0)

    @property
    def layers(self) -> int:
        """How many there are."""
        return round(self.height_mm / LAYER_MM)

    @property
    def origin_mm(self) -> tuple[float, float]:
        """X and y of the bitmap's first corner on the bed."""
        left, front = (BED_MM - FIELD_MM) / 2 + np.array(self.moved_mm)
        return float(left), float(front)

    def slice(self, layer: int) -> Bitmap:
        """(H, W) uint8, 255 where layer *layer* has material; rows along +y."""
        steps = np.arange(-FIELD_MM / 2, FIELD_MM / 2, PITCH_MM) + PITCH_MM / 2
        x, y = np.meshgrid(steps, steps)
        within = (abs(x) < FIELD_MM / 3) & (abs(y) < FIELD_MM / 3)
        solid = self.inside(x, y, layer * LAYER_MM) & within
        return np.where(solid, np.uint8(255), np.uint8(0))


def shape(name: str) -> Shape:
    """The one of the table."""
    return Shape(name, *SHAPES[name])


def gcode(thing: Shape) -> bytes:
    """A job that prints *thing*: each slice's outlines, then lines inside."""
    lines = ["G28", "M104 S200", "G90", "M83"]
    for layer in range(thing.layers):
        z_mm = (layer + 1) * LAYER_MM
        lines.append(f"G0 Z{z_mm:.2f} F6000")
        for path in _paths(thing, layer):
            first, *others = path
            lines.append(f"G0 X{first[0]:.2f} Y{first[1]:.2f}")
            before = first
            for point in others:
                pushed = 0.05 * float(np.hypot(*(point - before)))
                lines.append(f"G1 X{point[0]:.2f} Y{point[1]:.2f} E{pushed:.4f}")
                before = point
    return ("\n".join(lines) + "\n").encode()


def _paths(thing: Shape, layer: int) -> Iterator[NDArray[np.float64]]:
    """(N, 2) mm on the bed, each a line to draw without a break."""
    cv2 = opencv()
    bitmap = thing.slice(layer)
    origin = np.array(thing.origin_mm) + PITCH_MM / 2
    outlines, _ = cv2.findContours(bitmap, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_TC89_L1)
    for outline in outlines:
        points = outline[:, 0].astype(np.float64)
        yield np.vstack([points, points[:1]]) * PITCH_MM + origin
    step = round(INFILL_MM / PITCH_MM)
    turned = bitmap if layer % 2 else bitmap.T
    for row in range(layer % step, len(turned), step):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], turned[row], [0]]).astype(np.int16)))
        for first, past in edges.reshape(-1, 2):
            ends = np.array([[first, row], [past - 1, row]], np.float64)
            yield (ends if layer % 2 else ends[:, ::-1]) * PITCH_MM + origin
