"""Scores -> verdict; pure. The strongest object of a plate decides.

An object has a *share* of a threshold: the sum, over the weapon-shaped labels that count, of the
label's probability by the label's threshold. From 1 on the threshold is reached. With one threshold
for all labels that is the plain rule "weapon score >= threshold"; with several, evidence split
between two shapes still adds up, and each label alone decides at its own threshold.

The words say what was seen and by how much, never what an object is for. Between the two
thresholds the answer is "not sure", and a person looks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from classifier.runtime.known.library import Kind
from classifier.runtime.known.matching import Match
from classifier.runtime.policy import Action, Rule, Rules, Unfamiliar
from classifier.runtime.scorer import ObjectScore

FEWEST_LAYERS = 3  # fewer show an outline, which letters and calibration strips have as well
WORTH_NAMING = 0.05  # of a threshold: less than that explains nothing


class Outcome(StrEnum):
    """What becomes of a job that could be read, in ascending concern."""

    CLEAR = "clear"
    REVIEW = "review"
    FLAGGED = "flagged"


@dataclass(frozen=True, slots=True)
class ObjectFinding:
    """One object's outcome and the sentence that a person reads. number counts from 1.

    matches: the known shapes that it is, the best overlap first.
    """

    number: int
    outcome: Outcome
    score: ObjectScore
    reason: str
    matches: tuple[Match, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What the scores of a whole job come to. reasons: of the objects that decided."""

    outcome: Outcome
    weapon_score: float
    reasons: tuple[str, ...]
    findings: tuple[ObjectFinding, ...]


class _Shares(NamedTuple):
    """An object's share of each threshold; would_flag: had no label been for review only."""

    review: float
    flag: float
    would_flag: float


def decide(
    scores: Sequence[ObjectScore],
    rules: Rules,
    *,
    helpers: Sequence[bool] | None = None,
    layers: Sequence[int] | None = None,
    matches: Sequence[tuple[Match, ...]] | None = None,
) -> Decision:
    """Judge a job by its objects. Raises ValueError without any: nothing seen is not clear.

    helpers: for each object whether the job itself calls it support or the like. What a job throws
    away can raise a question but stop nothing by itself, and it may look like nothing known.
    layers: how many each object has; an outline of too few can only raise a question, too.
    matches: for each object the known shapes that it is, which outweigh what the network says.
    """
    if not scores:
        raise ValueError("no object was scored; an unreadable job has no verdict")
    count = len(scores)
    rows = zip(
        scores,
        helpers or [False] * count,
        layers or [FEWEST_LAYERS] * count,
        matches or [()] * count,
        strict=True,
    )
    findings = tuple(
        _known(_with_few(_judged(number, score, rules, helper=helper), height), known)
        for number, (score, helper, height, known) in enumerate(rows, start=1)
    )
    outcome = max((finding.outcome for finding in findings), key=list(Outcome).index)
    reasons = tuple(finding.reason for finding in findings if finding.outcome is outcome)
    if outcome is Outcome.CLEAR:
        reasons = _all_clear(findings, rules)
    return Decision(outcome, max(score.weapon_score for score in scores), reasons, findings)


def _known(finding: ObjectFinding, matches: tuple[Match, ...]) -> ObjectFinding:
    """A shape that a site flags is flagged, whatever else it matches; one it allows is clear."""
    if not matches:
        return finding
    flagged = [match for match in matches if match.kind is Kind.FLAG]
    best = flagged[0] if flagged else matches[0]
    return replace(
        finding,
        outcome=Outcome.FLAGGED if flagged else Outcome.CLEAR,
        reason=f"Object {finding.number} {best}{'' if flagged else ', and is always allowed'}",
        matches=matches,
    )


def _judged(number: int, score: ObjectScore, rules: Rules, *, helper: bool) -> ObjectFinding:
    return _as_helper(number, score, rules) if helper else _finding(number, score, rules)


def _with_few(finding: ObjectFinding, layers: int) -> ObjectFinding:
    """*finding* of an object of *layers*: what is flagged has enough of them."""
    if layers >= FEWEST_LAYERS or finding.outcome is not Outcome.FLAGGED:
        return finding
    words = f"{finding.reason}, but has only {layers} layer{'s' if layers > 1 else ''}"
    return replace(finding, outcome=Outcome.REVIEW, reason=words)


def _finding(number: int, score: ObjectScore, rules: Rules) -> ObjectFinding:
    by_shape = _by_shape(number, score, rules)
    strange = score.unfamiliar > 1.0 and rules.unfamiliar is Unfamiliar.REVIEW
    if by_shape.outcome is not Outcome.CLEAR or not strange:
        return by_shape
    words = (
        f"Object {number} is unlike anything the network learned from "
        f"({score.unfamiliar:.1f} times the limit)"
    )
    return ObjectFinding(number, Outcome.REVIEW, score, words)


def _as_helper(number: int, score: ObjectScore, rules: Rules) -> ObjectFinding:
    found = _by_shape(number, score, rules)
    if found.outcome is not Outcome.FLAGGED:
        return found
    words = f"{found.reason}, but the job says it is support or the like"
    return ObjectFinding(number, Outcome.REVIEW, score, words)


def _by_shape(number: int, score: ObjectScore, rules: Rules) -> ObjectFinding:
    shares, seen = _shares(score.scores, rules), _seen(score, rules)
    if shares.flag >= 1.0:
        words = f"Object {number} looks {seen} ({_why(score, rules, 'flag_at')})"
        return ObjectFinding(number, Outcome.FLAGGED, score, words)
    if shares.would_flag >= 1.0:
        words = (
            f"Object {number} looks {seen} ({_why(score, rules, 'review_at')}), "
            f"which policy {rules.policy} leaves to a person"
        )
        return ObjectFinding(number, Outcome.REVIEW, score, words)
    if shares.review >= 1.0:
        words = f"Object {number} may look {seen}; not sure ({_why(score, rules, 'review_at')})"
        return ObjectFinding(number, Outcome.REVIEW, score, words)
    level = f"weapon-shape score {score.weapon_score:.2f}"
    words = f"Object {number} looks most like: {score.label} ({level})"
    return ObjectFinding(number, Outcome.CLEAR, score, words)


def _shares(scores: Mapping[str, float], rules: Rules) -> _Shares:
    counted = [rule for rule in rules.labels if rule.action is not Action.IGNORE]
    judged = [rule for rule in counted if rule.action is Action.JUDGE]
    return _Shares(
        review=_share(scores, [(rule.label, rule.review_at.at) for rule in counted]),
        flag=_share(scores, [(rule.label, rule.flag_at.at) for rule in judged]),
        would_flag=_share(scores, [(rule.label, rule.flag_at.at) for rule in counted]),
    )


def _share(scores: Mapping[str, float], thresholds: Sequence[tuple[str, float]]) -> float:
    """Sum of score by threshold, labels of one threshold added first.

    So the common case is exactly "the sum of scores reaches the threshold", without a rounding.
    """
    together: dict[float, float] = defaultdict(float)
    for label, threshold in thresholds:
        together[threshold] += scores.get(label, 0.0)
    return sum(level / threshold for threshold, level in together.items())


def _seen(score: ObjectScore, rules: Rules) -> str:
    """The shape to speak of: the likeliest that the rules have anything to say about."""
    counted = [rule.label for rule in rules.labels if rule.action is not Action.IGNORE]
    return max(counted, key=lambda label: score.scores.get(label, 0.0))


def _why(score: ObjectScore, rules: Rules, threshold: str) -> str:
    """Which score met which threshold; *threshold* is the name of a Rule's field."""
    verb = {"review_at": "review", "flag_at": "flagged"}[threshold]
    if rules.plain:
        at = getattr(rules.general, threshold).at
        return f"weapon-shape score {score.weapon_score:.2f}, {verb} from {at:.2f}"
    parts = _parts(score, rules, threshold)
    label, level, at = parts[0]
    if level >= at:
        return f"{label} score {level:.2f}, {verb} from {at:.2f}"
    listed = " and ".join(
        f"{name} {part:.2f} of {own:.2f}" for name, part, own in parts if part / own >= WORTH_NAMING
    )
    return f"{verb} from these together: {listed}"


def _parts(score: ObjectScore, rules: Rules, threshold: str) -> list[tuple[str, float, float]]:
    """(label, its score, its threshold), the one nearest to its threshold first."""
    actions = {Action.JUDGE} if threshold == "flag_at" else {Action.JUDGE, Action.REVIEW_ONLY}
    counted: list[Rule] = [rule for rule in rules.labels if rule.action in actions]
    rows = [
        (rule.label, score.scores.get(rule.label, 0.0), getattr(rule, threshold).at)
        for rule in counted
    ]
    return sorted(rows, key=lambda row: -row[1] / row[2])


def _all_clear(findings: Sequence[ObjectFinding], rules: Rules) -> tuple[str, ...]:
    """Why none raises concern: those that match a shape always allowed, then the others."""
    allowed = tuple(finding.reason for finding in findings if finding.matches)
    judged = [finding for finding in findings if not finding.matches]
    return (*allowed, _nothing_seen(judged, rules)) if judged else allowed


def _nothing_seen(findings: Sequence[ObjectFinding], rules: Rules) -> str:
    highest = max(findings, key=lambda finding: finding.score.weapon_score)
    level = highest.score.weapon_score
    count = len(findings)
    if rules.plain or level < rules.general.review_at.at:
        who = f"None of {count} objects looks" if count > 1 else "The object does not look"
        at = rules.general.review_at.at
        return f"{who} weapon-shaped (highest score {level:.2f}, review from {at:.2f})"
    return (
        f"Object {highest.number} looks {highest.score.nearest_weapon_shape} "
        f"(weapon-shape score {level:.2f}), which policy {rules.policy} lets pass"
    )
