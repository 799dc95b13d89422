"""Scores -> verdict; pure. The strongest object of a plate decides.

The words say what was seen and by how much, never what an object is for. Between the two
thresholds the answer is "not sure", and a person looks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from classifier.runtime.bundle import Thresholds
from classifier.runtime.errors import PolicyError
from classifier.runtime.scorer import ObjectScore


class Outcome(StrEnum):
    """What becomes of a job that could be read, in ascending concern."""

    CLEAR = "clear"
    REVIEW = "review"
    FLAGGED = "flagged"


@dataclass(frozen=True, slots=True)
class Policy:
    """What a site changes about a bundle's thresholds; None keeps the bundle's own."""

    review_at: float | None = None
    flag_at: float | None = None

    @classmethod
    def from_table(cls, table: Mapping[str, Any], *, where: str) -> Policy:
        """Read a TOML table. Raises PolicyError on unknown keys and on what is no share."""
        known = [field.name for field in fields(cls)]
        for key, value in table.items():
            if key not in known:
                raise PolicyError(where, f"no setting {key!r}", f"There are: {', '.join(known)}")
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise PolicyError(where, f"{key} = {value!r} is not a number", "Give 0 to 1")
        return cls(**table)

    def applied(self, bundled: Thresholds) -> Thresholds:
        """The thresholds in force. Raises PolicyError unless 0 < review_at <= flag_at <= 1.

        A site that moves one threshold past the other one of the bundle takes it along.
        """
        review, flag = self.review_at, self.flag_at
        if review is None:
            review = bundled.review_at if flag is None else min(bundled.review_at, flag)
        if flag is None:
            flag = max(bundled.flag_at, review)
        if not 0.0 < review <= flag <= 1.0:
            raise PolicyError(
                "policy",
                f"review_at = {review} and flag_at = {flag} do not agree",
                "Choose 0 < review_at <= flag_at <= 1",
            )
        return Thresholds(review, flag)


@dataclass(frozen=True, slots=True)
class ObjectFinding:
    """One object's outcome and the sentence that a person reads. number counts from 1."""

    number: int
    outcome: Outcome
    score: ObjectScore
    reason: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What the scores of a whole job come to. reasons: of the objects that decided."""

    outcome: Outcome
    weapon_score: float
    thresholds: Thresholds
    reasons: tuple[str, ...]
    findings: tuple[ObjectFinding, ...]


def decide(
    scores: Sequence[ObjectScore], bundled: Thresholds, policy: Policy | None = None
) -> Decision:
    """Judge a job by its objects. Raises ValueError without any: nothing seen is not clear."""
    if not scores:
        raise ValueError("no object was scored; an unreadable job has no verdict")
    thresholds = (policy or Policy()).applied(bundled)
    findings = tuple(_finding(n, score, thresholds) for n, score in enumerate(scores, start=1))
    outcome = max((finding.outcome for finding in findings), key=list(Outcome).index)
    reasons = tuple(finding.reason for finding in findings if finding.outcome is outcome)
    if outcome is Outcome.CLEAR:
        reasons = (_all_clear(scores, thresholds),)
    highest = max(score.weapon_score for score in scores)
    return Decision(outcome, highest, thresholds, reasons, findings)


def _finding(number: int, score: ObjectScore, thresholds: Thresholds) -> ObjectFinding:
    level = score.weapon_score
    seen = f"(weapon-shape score {level:.2f}"
    if level >= thresholds.flag_at:
        words = (
            f"Object {number} looks {score.nearest_weapon_shape} {seen}, "
            f"flagged from {thresholds.flag_at:.2f})"
        )
        return ObjectFinding(number, Outcome.FLAGGED, score, words)
    if level >= thresholds.review_at:
        words = (
            f"Object {number} may look {score.nearest_weapon_shape}; not sure {seen}, "
            f"review from {thresholds.review_at:.2f})"
        )
        return ObjectFinding(number, Outcome.REVIEW, score, words)
    words = f"Object {number} looks most like: {score.label} {seen})"
    return ObjectFinding(number, Outcome.CLEAR, score, words)


def _all_clear(scores: Sequence[ObjectScore], thresholds: Thresholds) -> str:
    highest = max(score.weapon_score for score in scores)
    several = (
        f"None of {len(scores)} objects looks" if len(scores) > 1 else "The object does not look"
    )
    return (
        f"{several} weapon-shaped (highest score {highest:.2f}, "
        f"review from {thresholds.review_at:.2f})"
    )
