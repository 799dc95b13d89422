"""Pictures of a bed on which a shape grows, as a webcam would give them; for bench and tests.

A slice is laid over the ones below it, through a camera whose place, direction and lens are given:
it shares no line with `printer_guard.camera.pose`, which must find that camera from four corners.
Sides are lit by their direction, the thing throws a shadow, the bed has a grid and the room things
in it; then come a gantry or a hand, the light, and the noise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from printer_guard.benchmarks.camera_shapes import BED_MM, LAYER_MM, PITCH_MM, Shape
from printer_guard.camera.imaging import opencv

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from printer_guard.camera.imaging import Picture

    Array = NDArray[np.float64]

SIZE_PX = (640, 480)
LIGHT = np.array([-0.45, -0.65, 0.62])  # towards the lamp
SHADE = 0.35  # of the light that a shadow takes
AMBIENT = 0.45


@dataclass(frozen=True, slots=True)
class Camera:
    """projection: (3, 4), mm to pixels."""

    projection: Array

    @classmethod
    def at(cls, eye_mm: Array, focal_px: float) -> Camera:
        """One that stands at *eye_mm* and looks at the middle of the bed."""
        forward = np.array([BED_MM / 2, BED_MM / 2, 15.0]) - eye_mm
        forward /= np.linalg.norm(forward)
        right = np.cross(forward, [0, 0, 1])
        right /= np.linalg.norm(right)
        turn = np.stack([right, np.cross(forward, right), forward])
        inner = np.array([[focal_px, 0, SIZE_PX[0] / 2], [0, focal_px, SIZE_PX[1] / 2], [0, 0, 1]])
        return cls(inner @ np.column_stack([turn, -turn @ eye_mm]))

    def corners_px(self) -> Array:
        """(4, 2) of the bed, as a person would click them."""
        bed = np.array([[0, 0], [BED_MM, 0], [BED_MM, BED_MM], [0, BED_MM]], np.float64)
        seen = self.plane(0.0) @ np.column_stack([bed, np.ones(4)]).T
        return np.asarray((seen[:2] / seen[2]).T)

    def plane(self, z_mm: float, shear: Array | None = None) -> Array:
        """(3, 3) that takes x, y, 1 in mm at height *z_mm* to pixels.

        shear: (2,) how far a shadow falls for each mm of height; it then falls on the bed.
        """
        columns = self.projection
        if shear is not None:
            there = np.array([[1, 0, shear[0] * z_mm], [0, 1, shear[1] * z_mm], [0, 0, 1]])
            return np.asarray(columns[:, [0, 1, 3]] @ there)
        return np.column_stack([columns[:, 0], columns[:, 1], columns[:, 2] * z_mm + columns[:, 3]])


@dataclass(slots=True)
class Scene:
    """A bed and what has grown on it. colour: blue, green, red, 0..1."""

    camera: Camera
    rng: np.random.Generator
    colour: tuple[float, float, float] = (0.15, 0.35, 0.9)
    _empty: NDArray[np.float32] = field(init=False)
    _shadow: NDArray[np.float32] = field(init=False)
    _thing: NDArray[np.float32] = field(init=False)
    _cover: NDArray[np.float32] = field(init=False)

    def __post_init__(self) -> None:
        """Draw the empty bed."""
        self._empty = _room(self.camera, self.rng)
        self._shadow = np.zeros(SIZE_PX[::-1], np.float32)
        self._cover = np.zeros(SIZE_PX[::-1], np.float32)
        self._thing = np.zeros((*SIZE_PX[::-1], 3), np.float32)

    def grow(self, thing: Shape, first: int, past: int) -> None:
        """Add its layers from *first* until before *past*."""
        cv2 = opencv()
        shear = -LIGHT[:2] / LIGHT[2]
        for layer in range(first, min(past, thing.layers)):
            bitmap = thing.slice(layer)
            z_mm = (layer + 1) * LAYER_MM
            to_mm = np.array([
                [PITCH_MM, 0, thing.origin_mm[0]], [0, PITCH_MM, thing.origin_mm[1]], [0, 0, 1],
            ])  # fmt: skip
            to_px = self.camera.plane(z_mm) @ to_mm
            cover = cv2.warpPerspective(bitmap, to_px, SIZE_PX)
            paint = cv2.warpPerspective(self._painted(bitmap, layer), to_px, SIZE_PX)
            x, y, width, height = cv2.boundingRect(cover)
            part = np.s_[y : y + height, x : x + width]
            alpha = (cover[part].astype(np.float32) / 255)[..., None]
            self._thing[part] = self._thing[part] * (1 - alpha) + paint[part] * alpha
            self._cover[part] = np.maximum(self._cover[part], alpha[..., 0])
            fallen = cv2.warpPerspective(bitmap, self.camera.plane(z_mm, shear) @ to_mm, SIZE_PX)
            self._shadow = np.maximum(self._shadow, fallen.astype(np.float32) / 255)

    def _painted(self, bitmap: NDArray[np.uint8], layer: int) -> NDArray[np.float32]:
        """(H, W, 3) 0..255: the top in the light from above, the rim by where it faces."""
        cv2 = opencv()
        soft = cv2.GaussianBlur(bitmap.astype(np.float32) / 255, (5, 5), 0)
        slope = np.stack([-cv2.Sobel(soft, -1, 1, 0), -cv2.Sobel(soft, -1, 0, 1)], axis=-1)
        length = np.linalg.norm(slope, axis=-1)
        facing = (slope @ LIGHT[:2]) / np.maximum(length, 1e-6)
        rim = length > 0.2
        light = np.where(rim, np.maximum(facing, 0) * 0.55, LIGHT[2] * 0.55) + AMBIENT
        light *= 1 + 0.04 * (layer % 2)  # layers show
        painted: NDArray[np.float32] = light[..., None] * np.array(self.colour) * 255
        # the warp reads a little over the rim, where there must be colour too
        outside = cv2.dilate(painted.astype(np.float32), np.ones((3, 3), np.uint8))
        inside = np.where(bitmap[..., None] > 0, painted, outside)
        return inside.astype(np.float32)

    def picture(self) -> NDArray[np.float32]:
        """(H, W, 3) 0..255, in even light and without noise."""
        cv2 = opencv()
        shadow = cv2.GaussianBlur(self._shadow, (9, 9), 0)[..., None]
        bed = self._empty * (1 - SHADE * shadow)
        cover = self._cover[..., None]
        scene: NDArray[np.float32] = bed * (1 - cover) + self._thing * cover
        return scene


def _room(camera: Camera, rng: np.random.Generator) -> NDArray[np.float32]:
    """A bed with a grid in a room with things."""
    cv2 = opencv()
    room = np.full((*SIZE_PX[::-1], 3), 70, np.float32)
    for _ in range(25):
        corner = rng.integers(0, SIZE_PX[0], 2)
        end = corner + rng.integers(20, 160, 2)
        shade = rng.uniform(30, 170, 3)
        cv2.rectangle(room, corner.tolist(), end.tolist(), shade.tolist(), -1)
    texture = cv2.GaussianBlur(rng.normal(0, 14, (440, 440)), (3, 3), 0)
    bed = np.full((440, 440, 3), (62, 60, 58), np.float32) + texture[..., None]
    bed[::40] += 25
    bed[:, ::40] += 25
    to_px = camera.plane(0.0) @ np.diag([0.5, 0.5, 1])
    cover = cv2.warpPerspective(np.ones((440, 440), np.float32), to_px, SIZE_PX)[..., None]
    placed = cv2.warpPerspective(bed.astype(np.float32), to_px, SIZE_PX)
    whole: NDArray[np.float32] = room * (1 - cover) + placed * cover
    return whole


@dataclass(frozen=True, slots=True)
class Weather:
    """What stands between a scene and its picture.

    gain, slope: of the light, and how it changes across the picture. noise: grey levels. gantry,
    hand: whether one is before the bed. shift_px: by how much the camera was pushed. blur: of the
    lens, in pixels.
    """

    gain: float = 1.0
    slope: float = 0.0
    noise: float = 3.0
    gantry: bool = False
    hand: bool = False
    shift_px: float = 0.0
    blur: float = 0.0


def photographed(scene: NDArray[np.float32], weather: Weather, rng: np.random.Generator) -> Picture:
    """One picture; the gantry is somewhere else in each, the hand nearly where it was."""
    cv2 = opencv()
    picture = scene.copy()
    if weather.gantry:
        _draw_gantry(picture, rng)
    if weather.hand:
        place = np.array([300, 250]) + rng.integers(-40, 40, 2)
        cv2.ellipse(picture, place.tolist(), (60, 110), 20, 0, 360, (120, 150, 200), -1)
    if weather.shift_px:
        step = np.array([[1, 0, weather.shift_px], [0, 1, weather.shift_px / 2]], np.float32)
        picture = cv2.warpAffine(picture, step, SIZE_PX, borderMode=cv2.BORDER_REPLICATE)
    if weather.blur:
        picture = cv2.GaussianBlur(picture, (0, 0), weather.blur)
    across = np.linspace(-weather.slope, weather.slope, SIZE_PX[0], dtype=np.float32)
    picture *= (weather.gain * (1 + across))[None, :, None]
    picture += weather.noise * rng.standard_normal(picture.shape, np.float32)
    return np.clip(picture, 0, 255).astype(np.uint8)


def _draw_gantry(picture: NDArray[np.float32], rng: np.random.Generator) -> None:
    cv2 = opencv()
    height, across = int(rng.integers(140, 300)), int(rng.integers(180, 460))
    cv2.rectangle(picture, (0, height), (SIZE_PX[0], height + 16), (40, 40, 42), -1)
    cv2.rectangle(picture, (across - 22, height - 25), (across + 22, height + 45), (55, 50, 48), -1)
