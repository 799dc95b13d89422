"""Findings -> rates by label, and every mistake by name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from classifier.holdout.jobs import SlicedJob
from classifier.holdout.judging import Finding
from classifier.metrics import Rate
from dataset_builder.sources.labels import LABEL_NAMES

Json = dict[str, Any]
Row = tuple[str, Rate, Rate]
"""What, the share flagged, the share flagged or sent to a person."""


def results_of(findings: Sequence[Finding], unsliced: Sequence[SlicedJob], profile: str) -> Json:
    """The document: totals, rates by label, mistakes, and meshes that gave no job."""
    return {
        "profile": profile,
        "rates": [
            {"what": what, "flagged": flagged.to_json(), "not_clear": asked.to_json()}
            for what, flagged, asked in _rows(findings)
        ],
        "everyday_not_clear": [_named(one) for one in _worst_first(findings, weapon=False)],
        "weapon_shaped_clear": [_named(one) for one in _worst_first(findings, weapon=True)],
        "unsliced": [{"mesh": job.origin.name, "problem": job.problem} for job in unsliced],
    }


def text_of(findings: Sequence[Finding]) -> str:
    """The rates as a table of Markdown."""
    lines = [
        "| G-code of unseen sources | flagged | flagged or sent to a person |",
        "|---|---|---|",
    ]
    lines += [f"| {what} | {flagged} | {asked} |" for what, flagged, asked in _rows(findings)]
    return "\n".join(lines)


def _rows(findings: Sequence[Finding]) -> Iterable[Row]:
    for weapon, what in ((True, "weapon-shaped"), (False, "everyday")):
        some = [one for one in findings if one.origin.weapon_shaped == weapon]
        if some:
            yield _row(what, some)
        for label in LABEL_NAMES:
            named = [one for one in some if one.origin.label == label]
            if named:
                yield _row(label, named)


def _row(what: str, findings: Sequence[Finding]) -> Row:
    return (
        what,
        Rate.among([one.flagged for one in findings]),
        Rate.among([one.not_clear for one in findings]),
    )


def _worst_first(findings: Iterable[Finding], *, weapon: bool) -> list[Finding]:
    """The mistakes among what is weapon-shaped, or among what is not."""
    wrong = [
        one for one in findings if one.origin.weapon_shaped == weapon and one.not_clear != weapon
    ]
    return sorted(wrong, key=lambda one: one.score or 0.0, reverse=not weapon)


def _named(one: Finding) -> Json:
    return {
        "mesh": one.origin.name,
        "label": one.origin.label,
        "verdict": one.verdict,
        "weapon_score": one.score,
        "reason": one.reason,
    }
