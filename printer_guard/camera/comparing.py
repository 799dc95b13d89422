"""The outline that is expected against what is seen -> what one look says; pure.

Extra is what is seen where nothing may be, missing is what is not seen where something must be,
both beyond a tolerance and only where the camera can tell. One look is no verdict: `deciding.py`
asks several.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from printer_guard.camera.imaging import opencv

if TYPE_CHECKING:
    from printer_guard.camera.expected import Mask

LEAST_PX = 150  # of expected area: less is a skirt, and tells nothing
LEAST_EXTRA_PX = 120
MOST_EXTRA = 0.10  # of the expected area
MOST_MISSING = 0.15  # of the expected area that is not seen
LEAST_KNOWN = 0.5  # of the expected area that the camera must be able to tell of
NOTHING = 0.10  # of the expected area: hardly anything is seen of it
SAME_SHAPE = 0.75  # intersection over union, after it was moved: the same thing elsewhere
BETTER = 0.15  # than at its own place: else it is where it belongs, with something more
MOST_MOVED = 0.15  # of the picture's width


class Outcome(StrEnum):
    """What a look, or several, come to."""

    MATCHES = "matches"
    DIFFERS = "differs"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """One look. extra, missing: masks of what speaks against the job. Shares are 0..1.

    precision: of what is seen, the share that is expected; recall: of what is expected, the share
    that is seen, both with the tolerance; overlap: intersection over union, without.
    """

    outcome: Outcome
    reason: str
    precision: float
    recall: float
    overlap: float
    extra: Mask
    missing: Mask


def compare(expected: Mask, seen: Mask, known: Mask, tolerance_px: float) -> Comparison:
    """All masks are (H, W) uint8, 0 or 255. known: 255 where what is seen means anything."""
    cv2 = opencv()
    area = cv2.countNonZero(expected)
    told = cv2.bitwise_and(expected, known)
    seen = cv2.bitwise_and(seen, known)
    extra = cv2.bitwise_and(seen, cv2.bitwise_not(_grown(expected, tolerance_px)))
    extra = _solid(extra)
    missing = cv2.bitwise_and(told, cv2.bitwise_not(_grown(seen, tolerance_px)))
    many, lack, there = (cv2.countNonZero(mask) for mask in (extra, missing, seen))
    tellable = cv2.countNonZero(told)
    both = cv2.countNonZero(cv2.bitwise_and(told, seen))
    precision = 1 - many / there if there else 1.0
    recall = 1 - lack / tellable if tellable else 1.0
    overlap = both / max(tellable + there - both, 1)
    outcome, reason = _said(area, tellable, many, recall)
    elsewhere = _overlap_elsewhere(told, seen) if outcome is Outcome.DIFFERS else 0.0
    if elsewhere >= max(SAME_SHAPE, overlap + BETTER):
        outcome = Outcome.CANNOT_TELL
        reason = "The shape is as expected but lies beside its place: see `guard camera look`."
    return Comparison(outcome, reason, precision, recall, overlap, extra, missing)


def _said(area: int, tellable: int, extra: int, recall: float) -> tuple[Outcome, str]:
    """The outcome and a sentence for people."""
    if extra >= max(LEAST_EXTRA_PX, MOST_EXTRA * area):
        return Outcome.DIFFERS, "Something grows where the approved job has nothing."
    if area < LEAST_PX:
        return Outcome.CANNOT_TELL, "Hardly anything is printed yet."
    if tellable < LEAST_KNOWN * area:
        return Outcome.CANNOT_TELL, "Something stands or moves before the print."
    if recall < NOTHING:
        what = "Nothing is seen of the print: it is gone, or of the bed's colour."
        return Outcome.CANNOT_TELL, what
    if recall < 1 - MOST_MISSING:
        return Outcome.DIFFERS, "A part of what the approved job has by now is not there."
    return Outcome.MATCHES, "What is seen is what was approved."


def _overlap_elsewhere(expected: Mask, seen: Mask) -> float:
    """Intersection over union at the best place that is near: what is seen may have been pushed."""
    cv2 = opencv()
    x, y, width, height = cv2.boundingRect(expected)
    if not cv2.countNonZero(seen) or not width:
        return 0.0
    most = round(MOST_MOVED * expected.shape[1])
    shape = expected[y : y + height, x : x + width].astype(np.float32) / 255
    room = cv2.copyMakeBorder(seen, most, most, most, most, cv2.BORDER_CONSTANT, value=0)
    around = room[y : y + height + 2 * most, x : x + width + 2 * most].astype(np.float32) / 255
    both = float(cv2.matchTemplate(around, shape, cv2.TM_CCORR).max())
    return both / (float(shape.sum()) + float(cv2.countNonZero(seen)) - both)


def _grown(mask: Mask, by_px: float) -> Mask:
    cv2 = opencv()
    side = 2 * max(1, round(by_px)) + 1
    shape = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return cv2.dilate(mask, shape)  # type: ignore[no-any-return]


def _solid(mask: Mask) -> Mask:
    """*mask* without slivers: they are edges that lie a pixel off, not things."""
    cv2 = opencv()
    return cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))  # type: ignore[no-any-return]
