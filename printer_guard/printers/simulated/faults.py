"""Faults to order: what goes wrong, when, and how often."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """What can go wrong with a simulated printer."""

    RESEND = "resend"  # a good line counts as damaged and is asked for again
    LOST_OK = "lost-ok"  # a line is carried out and never answered
    EXTRA_OK = "extra-ok"  # it is answered twice
    GARBAGE = "garbage"  # bytes of no meaning come before the answer
    SILENCE = "silence"  # lines are carried out, nothing is said any more
    UNPLUGGED = "unplugged"  # the port goes away
    DEAF_STOP = "deaf-stop"  # M25, M410 and M524 are answered and not obeyed
    DEAF_HEATERS = "deaf-heaters"  # targets of zero are answered and not obeyed


@dataclass(slots=True)
class Ordered:
    """A fault that befalls *times* lines, from the *after*-th next one on."""

    fault: Fault
    after: int = 0
    times: int = 1


class Faults:
    """What has been ordered and has not happened yet."""

    def __init__(self) -> None:
        self._ordered: list[Ordered] = []

    def order(self, fault: Fault, *, after: int = 0, times: int = 1) -> None:
        """Let *fault* befall *times* lines, once *after* lines have passed it unharmed."""
        self._ordered.append(Ordered(fault, after, times))

    def strikes(self, fault: Fault) -> bool:
        """Does it befall what happens just now? Each question counts as a line."""
        for ordered in self._ordered:
            if ordered.fault is not fault:
                continue
            if ordered.after > 0:
                ordered.after -= 1
                continue
            ordered.times -= 1
            if ordered.times <= 0:
                self._ordered.remove(ordered)
            return True
        return False
