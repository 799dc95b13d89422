"""Every job judged by the network that has seen nothing of its mesh's source, as a scan judges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from classifier.holdout.workers import each
from classifier.runtime.bundle import load_bundle
from classifier.runtime.judge import Judge
from classifier.runtime.verdict import Outcome
from dataset_builder.sources.origin import Origin
from dataset_builder.terminal import Advance

Folded = tuple[int, Origin, Path]
"""The fold that holds an origin out, the origin, and its G-code."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a scan says of one job. verdict: may be "unreadable". score: None without one."""

    origin: Origin
    verdict: str
    score: float | None
    reason: str

    @property
    def flagged(self) -> bool:
        """Whether the job would be stopped."""
        return self.verdict == Outcome.FLAGGED

    @property
    def not_clear(self) -> bool:
        """Whether a person at least would look at it."""
        return self.verdict != Outcome.CLEAR


def judged(
    jobs: Sequence[Folded],
    bundles: Mapping[int, Path],
    workers: int,
    advance: Advance,
) -> list[Finding]:
    """One finding each of *jobs*, in order, by the bundle of its fold."""
    return each(partial(_judged, bundles), jobs, workers, advance)


def _judged(bundles: Mapping[int, Path], job: Folded) -> Finding:
    fold, origin, gcode = job
    record = _judge(bundles[fold]).judge(gcode, name=origin.name)
    return Finding(origin, record["verdict"], record["weapon_score"], record["reason"])


@cache
def _judge(folder: Path) -> Judge:
    return Judge(load_bundle(folder))
