"""Pictures of now against pictures of the empty bed -> what is there that was not.

The pictures of a look are merged by their median, pixel by pixel: a nozzle that passes leaves no
trace. What still moves is not known. Before they are compared, the reference is given the light of
now, overall and place by place; a shadow (darker, of the same colour) is not known either.
Sources: the median as a background, Cucchiara et al., PAMI 2003; shadows by brightness at constant
colour, Horprasert et al., ICCV 1999.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from printer_guard.camera.imaging import opencv

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from printer_guard.camera.expected import Mask
    from printer_guard.camera.imaging import Picture

    Levels = NDArray[np.float32]

MOVES = 40.0  # grey levels between the middle ones of a look's pictures: more than noise
LEAST_CONTRAST = 20.0  # grey levels from the reference; a webcam's noise is 3 to 6
NOISES = 5.0  # standard deviations of the noise that are noise
SHADOW = (0.35, 0.97)  # of the light that the bed had
SAME_COLOUR = 0.09  # a shadow takes the three channels down alike, within that share
SPECK_PX = 5  # structures narrower than that are noise
LIGHT_PX = 81  # how far a place's light is averaged
ROUNDS = 4  # of fitting the light, each without what the round before found to differ


class Still(NamedTuple):
    """The pictures of one look, merged. moving: 255 where they do not agree."""

    picture: Picture
    moving: Mask


class Seen(NamedTuple):
    """material: 255 where something is that the reference has not. known: 255 where that can be
    told. gain: how bright it is beside the reference.
    """

    material: Mask
    known: Mask
    gain: float


def merged(pictures: Sequence[Picture]) -> Still:
    """One picture of several, all of one size."""
    cv2 = opencv()
    order = in_order([cv2.GaussianBlur(picture, (3, 3), 0) for picture in pictures])
    low, high = len(order) // 4, len(order) - 1 - len(order) // 4
    moving = np.where(_widest(cv2.subtract(order[high], order[low])) > MOVES, 255, 0)
    return Still(order[len(order) // 2], _grown(_without_specks(moving.astype(np.uint8)), 2))


def in_order(pictures: Sequence[Picture]) -> list[Picture]:
    """The smallest of *pictures* at each pixel and channel, the next, and so on.

    Odd-even transposition (Knuth, The Art of Computer Programming, 5.2.2): whole pictures at a
    time, which is fifty times as fast as sorting pixel by pixel.
    """
    cv2 = opencv()
    order = list(pictures)
    for turn in range(len(order)):
        for left in range(turn % 2, len(order) - 1, 2):
            pair = order[left], order[left + 1]
            order[left], order[left + 1] = cv2.min(*pair), cv2.max(*pair)
    return order


def compared(now: Still, reference: Still, ignored: Mask) -> Seen:
    """What *now* has that *reference* has not. ignored: 255 where no light is learned."""
    cv2 = opencv()
    present = now.picture.astype(np.float32)
    unknown = cv2.bitwise_or(now.moving, reference.moving)
    usable = cv2.bitwise_or(unknown, ignored) == 0
    lit, gain, noise = _relit(reference.picture.astype(np.float32), present, usable)
    off = _widest(cv2.absdiff(present, lit))
    differs = off > max(LEAST_CONTRAST, NOISES * noise)
    shadow = differs & _shadowed(present, lit)
    material = _without_specks(np.where(differs & ~shadow, 255, 0).astype(np.uint8))
    unknown = cv2.bitwise_or(unknown, _without_specks(np.where(shadow, 255, 0).astype(np.uint8)))
    known = cv2.bitwise_not(unknown)
    return Seen(cv2.bitwise_and(material, known), known, gain)


def _relit(
    reference: Levels, present: Levels, usable: NDArray[np.bool_]
) -> tuple[Levels, float, float]:
    """*reference* in the light of *present*, how much brighter that is, and the noise left."""
    grey_then, grey_now = _mean(reference), _mean(present)
    inside = usable.copy()
    gain, offset, noise = 1.0, 0.0, LEAST_CONTRAST
    for _ in range(ROUNDS):
        then, now = grey_then[inside], grey_now[inside]
        if then.size < reference.shape[0]:  # hardly anything is as it was: leave the light alone
            break
        gain, offset = _line(then, now)
        left = np.abs(grey_now - gain * grey_then - offset)
        noise = float(np.median(left[inside])) / 0.6745  # of a normal distribution
        inside = usable & (left < max(3 * noise, LEAST_CONTRAST))
    lit = gain * reference + offset
    return _place_by_place(lit, present, inside), gain, noise


def _line(then: Levels, now: Levels) -> tuple[float, float]:
    """The straight line from *then* to *now*; a bed of one colour gives no slope of its own."""
    spread = float(then.var())
    slope = (
        float(((then - then.mean()) * (now - now.mean())).mean()) / spread if spread > 9 else 0.0
    )
    if not 0.05 < slope < 20:
        slope = float(now.mean()) / max(float(then.mean()), 1.0)
    return slope, float(now.mean()) - slope * float(then.mean())


def _place_by_place(lit: Levels, present: Levels, inside: NDArray[np.bool_]) -> Levels:
    """*lit* with the slow changes of light and its colour from place to place."""
    cv2 = opencv()
    weight = inside.astype(np.float32)
    window = (LIGHT_PX, LIGHT_PX)
    share = cv2.blur(weight, window) + 1e-3
    change = cv2.blur(cv2.multiply(cv2.subtract(present, lit), cv2.merge([weight] * 3)), window)
    moved: Levels = cv2.add(lit, cv2.divide(change, cv2.merge([share] * 3)))
    return moved


def _shadowed(present: Levels, lit: Levels) -> NDArray[np.bool_]:
    """Where it is darker than it was, and of the same colour."""
    share = (present + 4) / (np.maximum(lit, 0) + 4)
    mean = _mean(share)
    spread = _widest(share) + _widest(-share)
    inside: NDArray[np.bool_] = (mean > SHADOW[0]) & (mean < SHADOW[1]) & (spread < SAME_COLOUR)
    return inside


def _widest(levels: NDArray[Any]) -> NDArray[Any]:
    """(H, W) the largest of the three channels; NumPy's own is ten times as slow."""
    cv2 = opencv()
    blue, green, red = cv2.split(levels)
    return cv2.max(cv2.max(blue, green), red)  # type: ignore[no-any-return]


def _mean(levels: Levels) -> Levels:
    """(H, W) the mean of the three channels."""
    cv2 = opencv()
    return cv2.transform(levels, np.full((1, 3), 1 / 3, np.float32))  # type: ignore[no-any-return]


def _without_specks(mask: Mask) -> Mask:
    cv2 = opencv()
    return cv2.medianBlur(mask, SPECK_PX)  # type: ignore[no-any-return]


def _grown(mask: Mask, by_px: int) -> Mask:
    cv2 = opencv()
    shape = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * by_px + 1,) * 2)
    return cv2.dilate(mask, shape)  # type: ignore[no-any-return]
