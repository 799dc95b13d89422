"""One job, one camera: pictures and the printer's progress in, a look out.

    eye = Eye(calibration, order, looks=3, tolerance_mm=4.0)
    glance = eye.look(pictures, byte)

The first looks, while hardly anything is printed, are the reference. Whoever begins in mid-print,
as after a crash, compares what has been added since.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from printer_guard.camera.calibration import Calibration
from printer_guard.camera.comparing import LEAST_PX, Comparison, Outcome, compare
from printer_guard.camera.deciding import Deciding
from printer_guard.camera.expected import Silhouette, reach
from printer_guard.camera.imaging import opencv, shrunk, working_size
from printer_guard.camera.seen import Seen, Still, compared, in_order, merged
from printer_guard.camera.steadiness import unusable

if TYPE_CHECKING:
    from classifier.runtime.print_order import PrintOrder
    from printer_guard.camera.expected import Mask
    from printer_guard.camera.imaging import Picture

REFERENCE_LOOKS = 5  # a gantry that stood before the bed in one of them is gone in their median
BEGUN_PX = 250  # of expected area that ends the reference


@dataclass(frozen=True, slots=True)
class Glance:
    """What one look came to. outcome, reason: of this look; decided, why: of several on end.

    height_mm: of what is expected.
    """

    outcome: Outcome | None
    reason: str
    decided: Outcome | None
    why: str
    height_mm: float
    overlap: float | None = None
    precision: float | None = None
    recall: float | None = None


class Eye:
    """Looks at one print. picture, comparison: of the last look, for evidence."""

    def __init__(
        self, calibration: Calibration, order: PrintOrder, *, looks: int, tolerance_mm: float
    ) -> None:
        self.size_px = working_size(calibration.size_px)
        self.corners_mm = calibration.corners_mm
        self.silhouette = Silhouette(_scaled(calibration, self.size_px).pose(), self.size_px)
        middle = np.append(self.corners_mm.mean(axis=0), 0.0)
        self.tolerance_px = tolerance_mm * self.silhouette.pose.px_per_mm(middle)
        self.deciding = Deciding(looks)
        self.picture: Picture | None = None
        self.comparison: Comparison | None = None
        self._order = order
        self._given_px = calibration.size_px
        self._first: list[Still] = []
        self._reference: Still | None = None
        self._printed_then: list[Mask] = []
        self._before: bytes | None = None

    def look(self, pictures: Sequence[Picture], byte: int) -> Glance:
        """Compare *pictures* of now with the job up to *byte*. Raises ReadError's children."""
        for strokes in self._order.until_byte(byte):
            self.silhouette.add(strokes)
        problem = self._problem(pictures)
        if problem is not None:
            return self.blind(problem)
        now = merged([shrunk(picture, self.size_px) for picture in pictures])
        self.picture = now.picture
        if self._reference is None and self._takes_reference(now):
            return self._glance(None, None, "The empty bed is remembered.")
        return self._compared(now)

    def blind(self, reason: str) -> Glance:
        """A look without pictures."""
        self.deciding.blind(reason)
        return self._glance(None, Outcome.CANNOT_TELL, reason)

    def _problem(self, pictures: Sequence[Picture]) -> str | None:
        sizes = {picture.shape[1::-1] for picture in pictures}
        if sizes != {self._given_px}:
            return "The pictures have another size than the one that was calibrated."
        newest = pictures[-1].tobytes()
        frozen, self._before = newest == self._before, newest
        if frozen:
            return "The picture has not changed at all since the last look."
        return None

    def _takes_reference(self, now: Still) -> bool:
        """Keep *now* as a picture of the empty bed; False when that is over."""
        mask = self.silhouette.closed()
        added = np.count_nonzero(mask) - np.count_nonzero(self._printed_then[:1])
        full = len(self._first) == REFERENCE_LOOKS
        if self._first and (full or added >= BEGUN_PX):
            self._reference = _reference(self._first)
            return False
        self._first.append(now)
        self._printed_then.append(mask)
        return True

    def _compared(self, now: Still) -> Glance:
        cv2 = opencv()
        reference = self._reference
        if reference is None:
            raise RuntimeError("a reference is taken first")
        expected = self.silhouette.closed()
        then = self._printed_then[(len(self._printed_then) - 1) // 2]  # what their median shows
        area = self._area(expected)
        problem = unusable(now.picture, reference.picture, area)
        if problem is not None:
            return self.blind(problem)
        seen = self._seen(now, reference, expected, area, then)
        added = cv2.bitwise_and(expected, cv2.bitwise_not(then))
        self.comparison = compare(added, seen.material, seen.known, self.tolerance_px)
        begun = cv2.countNonZero(added) >= LEAST_PX
        if self.comparison.outcome is Outcome.CANNOT_TELL and not begun:
            return self._glance(self.comparison, None, self.comparison.reason)  # it is no fault
        self.deciding.add(self.comparison)
        return self._glance(self.comparison, self.comparison.outcome, self.comparison.reason)

    def _area(self, expected: Mask) -> Mask:
        return reach(self.silhouette.pose, self.corners_mm, self.silhouette.top_mm, expected)

    def _seen(self, now: Still, reference: Still, expected: Mask, area: Mask, then: Mask) -> Seen:
        """What is seen where prints can be, and was not there when the reference was taken."""
        cv2 = opencv()
        seen = compared(now, reference, expected)
        known = cv2.bitwise_and(seen.known, cv2.bitwise_and(area, cv2.bitwise_not(then)))
        return Seen(cv2.bitwise_and(seen.material, known), known, seen.gain)

    def _glance(self, look: Comparison | None, outcome: Outcome | None, reason: str) -> Glance:
        said = (outcome, reason, self.deciding.outcome, self.deciding.reason)
        top_mm = round(self.silhouette.top_mm, 2)
        if look is None:
            return Glance(*said, top_mm)
        return Glance(
            *said, top_mm, round(look.overlap, 3), round(look.precision, 3), round(look.recall, 3)
        )


def _scaled(calibration: Calibration, size_px: tuple[int, int]) -> Calibration:
    """The same for pictures of *size_px*."""
    across, down = (new / old for new, old in zip(size_px, calibration.size_px, strict=True))
    first, second, third, fourth = ((x * across, y * down) for x, y in calibration.points_px)
    points = (first, second, third, fourth)
    return Calibration(points, size_px, calibration.bed_mm, calibration.origin_mm)


def _reference(stills: Sequence[Still]) -> Still:
    """The median of the first looks; where a part of them moved throughout, nothing is known."""
    if len(stills) == 1:
        return stills[0]
    middle = (len(stills) - 1) // 2
    pictures = in_order([still.picture for still in stills])
    return Still(pictures[middle], in_order([still.moving for still in stills])[middle])
