"""What was found of a job x what the site wants -> what becomes of the job; a table, and pure.

A finding that no table knows is held. Nothing that went wrong is ever a reason to release: an owner
who wants that says so for that finding by name, and every use of it is in the journal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Finding(StrEnum):
    """Everything that can be found of a job; the words are keys of `[guard.actions]`."""

    CLEAR = "clear"
    REVIEW = "review"
    FLAGGED = "flagged"
    UNREADABLE = "unreadable"  # the verdict: cannot be analysed
    CANNOT_FETCH = "cannot_fetch"  # its bytes cannot be had, as of an SD card
    JUDGING_FAILED = "judging_failed"  # out of time or memory, or a fault of ours
    MODEL_MISSING = "model_missing"  # the bundle or the policy cannot be used
    RECORDS_FAILED = "records_failed"  # the journal cannot be written: a full disk
    CHANGED = "changed"  # other bytes are sent than those that were cleared
    UNSEEN_STREAM = "unseen_stream"  # lines come one by one, nobody has the whole
    UNANNOUNCED = "unannounced"  # it prints without having been offered
    GROWING_FLAGGED = "growing_flagged"  # what has been sent looks flagged, twice on end
    GROWING_UNREADABLE = "growing_unreadable"  # what has been sent cannot be analysed
    WATCH_FAILED = "watch_failed"  # nobody watches the running print any more
    CAMERA_DIFFERS = "camera_differs"  # what grows is not what was approved, look after look
    CAMERA_BLIND = "camera_blind"  # a camera that cannot tell
    GUARD_LOST = "guard_lost"  # for the guard's half in a host: the daemon does not answer
    CONSOLE_UNREACHABLE = "console_unreachable"  # a person is asked for, and cannot be


class Action(StrEnum):
    """What becomes of a job. Of a running one: go on, pause it for review, cancel it."""

    RELEASE = "release"
    HOLD = "hold"
    REFUSE = "refuse"


class Mode(StrEnum):
    """Whether anything is stopped at all."""

    OBSERVE = "observe"  # judge, watch and write down, and let everything print
    ENFORCE = "enforce"


SAFE: Mapping[Finding, Action] = MappingProxyType({
    **dict.fromkeys(Finding, Action.HOLD),
    Finding.CLEAR: Action.RELEASE,
    # A printer that is fed line by line would never print otherwise; it is watched meanwhile.
    Finding.UNSEEN_STREAM: Action.RELEASE,
    # These bytes were cleared, and a camera errs: it calls a person and stops nothing.
    Finding.CAMERA_DIFFERS: Action.RELEASE,
    Finding.CAMERA_BLIND: Action.RELEASE,
})  # fmt: skip
"""What holds unless a site says otherwise."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What becomes of a job, and why. asked: the action but for observe mode or an override."""

    action: Action
    finding: str
    reason: str
    asked: Action


def rule(
    finding: str, reason: str, site: Mapping[Finding, Action], mode: Mode = Mode.ENFORCE
) -> Ruling:
    """The ruling on *finding*. site: what the owner wants, over `SAFE`."""
    known = {**SAFE, **site}
    asked = next((action for word, action in known.items() if word == finding), Action.HOLD)
    action = Action.RELEASE if mode is Mode.OBSERVE else asked
    return Ruling(action, finding, reason, asked)


def overridden(ruling: Ruling, by: str, why: str) -> Ruling:
    """The same, released by the owner."""
    reason = f"released by {by}: {why}"
    return Ruling(Action.RELEASE, ruling.finding, reason, ruling.asked)
