"""Looks on end -> what the camera says of the print; a hand that passes is in one look only.

A look that cannot tell says nothing for or against the job: between others it is passed over.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from printer_guard.camera.comparing import LEAST_EXTRA_PX, Comparison, Outcome
from printer_guard.camera.imaging import opencv

if TYPE_CHECKING:
    from printer_guard.camera.expected import Mask


class Deciding:
    """outcome: the last one that so many looks on end agreed about; None before the first."""

    def __init__(self, looks: int) -> None:
        self.looks = looks
        self.outcome: Outcome | None = None
        self.reason = "It has not looked often enough yet."
        self._telling: deque[Comparison] = deque(maxlen=looks)
        self._blind = 0

    def add(self, look: Comparison) -> Outcome | None:
        """Take in a look that compared; the outcome now."""
        if look.outcome is Outcome.CANNOT_TELL:
            return self.blind(look.reason)
        self._blind = 0
        self._telling.append(look)
        agree = {told.outcome for told in self._telling} == {look.outcome}
        settled = look.outcome is Outcome.MATCHES or self._same_place()
        if len(self._telling) == self.looks and agree and settled:
            self.outcome, self.reason = look.outcome, look.reason
        return self.outcome

    def blind(self, reason: str) -> Outcome | None:
        """Take in a look that could not tell; the outcome now."""
        self._blind += 1
        if self._blind >= self.looks:
            self.outcome, self.reason = Outcome.CANNOT_TELL, reason
            self._telling.clear()
        return self.outcome

    def _same_place(self) -> bool:
        """Whether what speaks against the job in all these looks is in one place, and stays."""
        extra = _common([look.extra for look in self._telling])
        missing = _common([look.missing for look in self._telling])
        return any(opencv().countNonZero(mask) >= LEAST_EXTRA_PX for mask in (extra, missing))


def _common(masks: list[Mask]) -> Mask:
    common = masks[0]
    for mask in masks[1:]:
        common = opencv().bitwise_and(common, mask)
    return common
