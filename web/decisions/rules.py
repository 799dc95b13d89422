"""What a choice does: a table, and pure. `service.py` carries it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from printer_guard.wire import Choice as Told
from web.errors import NotMeant
from web.models.decisions import Choice
from web.models.jobs import State

SHORTEST_REASON = 3
DOUBTED = ("flagged", "unreadable", None)
"""Verdicts that say no. `review` says "not sure": who then decides overrules nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What becomes of a job. told: what its guard is told. stands: it holds for later jobs too."""

    state: State
    told: Told | None
    stands: bool = False
    releases: bool = False
    always_why: bool = False


EFFECTS: Mapping[Choice, Effect] = MappingProxyType({
    Choice.APPROVE_ONCE: Effect(state=State.RELEASED, told=Told.RELEASE, releases=True),
    Choice.APPROVE_FILE: Effect(
        state=State.RELEASED, told=Told.RELEASE, releases=True, stands=True
    ),
    Choice.PERMIT: Effect(
        state=State.RELEASED, told=Told.RELEASE, releases=True, stands=True, always_why=True
    ),
    Choice.DENY: Effect(state=State.DENIED, told=Told.CANCEL),
    Choice.ASK: Effect(state=State.ASKED, told=None, always_why=True),
})  # fmt: skip
AGREED = Effect(state=State.SECOND, told=None, releases=True)
"""The first of two persons has agreed: nobody is told anything yet."""


def overrules(choice: Choice, verdict: str | None) -> bool:
    """Whether *choice* goes against what the machine said."""
    effect = EFFECTS[choice]
    return (effect.releases and verdict in DOUBTED) or (
        effect.state is State.DENIED and verdict == "clear"
    )


def reasoned(choice: Choice, verdict: str | None, why: str) -> str:
    """*why*, trimmed. Raises NotMeant when a reason is needed and missing."""
    words = why.strip()
    needed = EFFECTS[choice].always_why or overrules(choice, verdict)
    if needed and len(words) < SHORTEST_REASON:
        raise NotMeant("Say why: this choice needs a reason.")
    return words


def needs_second(choice: Choice, verdict: str | None, *, two_persons: bool) -> bool:
    """Whether one person alone cannot do this."""
    return two_persons and verdict == "flagged" and EFFECTS[choice].releases
