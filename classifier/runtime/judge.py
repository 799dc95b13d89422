"""Bytes of a job -> verdict: the one function that the command line, the guard and tests call.

    judge = Judge(load_bundle())
    record = judge.judge(Path("cup.gcode"))      # schema printwarden.verdict/1

Never torch. Whatever goes wrong with a job ends in the verdict `unreadable`, never in `clear`.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from classifier.runtime.bundle import ModelBundle
from classifier.runtime.known.library import Library
from classifier.runtime.known.matching import Match, find_matches
from classifier.runtime.policy import Policy
from classifier.runtime.scorer import ObjectScore, Scorer
from classifier.runtime.verdict import ObjectFinding, Outcome, decide
from dataset_builder.errors import ReadError, Truncated
from dataset_builder.geometry.layers import Layers
from dataset_builder.readers.job import Job
from dataset_builder.readers.open_job import open_job
from dataset_builder.reading import JobReading, digest, read_job, unreadable
from dataset_builder.solids import ObjectSolid, objects_of

SCHEMA = "printwarden.verdict/1"
UNREADABLE = "unreadable"

Record = dict[str, Any]


@dataclass(slots=True)
class Evidence:
    """What a verdict rests on, kept for pictures. solids and findings are of one length."""

    record: Record
    solids: list[ObjectSolid] = field(default_factory=list)
    findings: tuple[ObjectFinding, ...] = ()


class Judge:
    """A bundle, a policy and the shapes a site knows, ready to judge any number of jobs.

    Raises BundleError and PolicyError for those that nothing can be judged with.
    """

    def __init__(
        self,
        bundle: ModelBundle,
        policy: Policy | None = None,
        library: Library | None = None,
    ) -> None:
        self.bundle = bundle
        self.policy = policy or Policy()
        self.library = library or Library.empty()
        self.rules = self.policy.applied(bundle.thresholds, bundle.labels)
        # made at once, not at the first job: a network that can't run must not begin to judge
        self.scorer = Scorer(bundle)
        self._model = {"name": bundle.identity, "sha256": hashlib.sha256(bundle.model).hexdigest()}
        self._policy = {"name": self.rules.policy, "sha256": self.rules.digest()}

    def judge(self, source: Path | BinaryIO, *, name: str | None = None) -> Record:
        """The verdict on one job, as the contract's JSON object."""
        return self.examine(source, name=name).record

    def examine(
        self, source: Path | BinaryIO, *, name: str | None = None, growing: bool = False
    ) -> Evidence:
        """The verdict with the solids it rests on.

        growing: the job is being sent, and what is there of it is judged: no end is missed.
        """
        clock = _Clock()
        name = name or str(source)
        try:
            with open_job(source, name=name) as job:
                return self._examine_open(job, clock, growing=growing)
        except ReadError as problem:
            return Evidence(self._record(unreadable(name, problem), digest(source), clock))

    def unjudged(self, reading: JobReading) -> Record:
        """The record of a job that never got as far as being judged."""
        return self._record(reading, None, _Clock())

    def _examine_open(self, job: Job, clock: _Clock, *, growing: bool) -> Evidence:
        job.hash_in_background()
        reading = read_job(job)
        if (
            growing
            and reading.problem is not None
            and reading.problem.flag == Truncated.default_flag
        ):
            reading.problem = None
            reading.flags.discard(Truncated.default_flag)
        clock.lap("read")
        solids: list[ObjectSolid] = []
        if reading.problem is None:
            try:
                solids = list(objects_of(reading))
            except ReadError as problem:
                reading = unreadable(job.name, problem, job.format)
        clock.lap("draw")
        if reading.problem is not None:
            return Evidence(self._record(reading, job.sha256, clock))
        scores = self.scorer.score(solid.layers for solid in solids)
        clock.lap("score")
        matches = [find_matches(solid.layers, self.library) for solid in solids]
        clock.lap("match")
        record = self._record(reading, job.sha256, clock)
        return Evidence(record, solids, self._decided(record, solids, scores, matches))

    def _record(self, reading: JobReading, sha256: str | None, clock: _Clock) -> Record:
        """The record of a job nobody could judge; a decision replaces its verdict."""
        return {
            "schema": SCHEMA,
            "job": reading.name,
            "sha256": sha256,
            "verdict": UNREADABLE,
            "reason": reading.reason,
            "weapon_score": None,
            "objects": [],
            "flags": sorted(reading.flags),
            "warnings": [{"line": line, "text": text} for line, text in reading.warnings],
            "model": self._model,
            "policy": self._policy,
            "timings_ms": clock.milliseconds(),
        }

    def _decided(
        self,
        record: Record,
        solids: Sequence[ObjectSolid],
        scores: Sequence[ObjectScore],
        matches: Sequence[tuple[Match, ...]],
    ) -> tuple[ObjectFinding, ...]:
        """What was found of each object, after putting the decision into *record*."""
        helpers = [solid.role != "model" for solid in solids]
        layers = [len(solid.layers.z_top_mm) for solid in solids]
        decision = decide(scores, self.rules, helpers=helpers, layers=layers, matches=matches)
        outcome, reason = decision.outcome, "; ".join(decision.reasons) + "."
        if outcome is Outcome.CLEAR and "truncated" in record["flags"]:
            outcome, reason = (
                Outcome.REVIEW,
                f"{reason} But the end of the job seems to be missing.",
            )
        record |= {
            "verdict": outcome.value,
            "reason": reason,
            "weapon_score": decision.weapon_score,
            "objects": [
                _object(solid, finding)
                for solid, finding in zip(solids, decision.findings, strict=True)
            ],
        }
        return decision.findings


def _object(solid: ObjectSolid, finding: ObjectFinding) -> Record:
    score = finding.score
    return {
        "id": finding.number,
        "role": solid.role,
        "label": score.label,
        "weapon_score": score.weapon_score,
        "scores": score.scores,
        "extent_mm": extent_mm(solid.layers),
        "layers": len(solid.layers.z_top_mm),
        "unfamiliar": round(score.unfamiliar, 4),
        "nearest": [
            {"name": near.name, "label": near.label, "similarity": round(near.similarity, 4)}
            for near in score.nearest
        ],
        "matches": [
            {"name": match.name, "overlap": round(match.overlap, 4), "kind": match.kind.value}
            for match in finding.matches
        ],
    }


def extent_mm(layers: Layers) -> list[float]:
    """Sides of the box around a cropped object: x, y, z."""
    bottom = layers.z_top_mm[0] - layers.height_mm[0]
    return [
        round(layers.width_px * layers.mm_per_px, 2),
        round(layers.bits.shape[1] * layers.mm_per_px, 2),
        round(float(layers.z_top_mm[-1] - bottom), 2),
    ]


class _Clock:
    """Wall time by step."""

    def __init__(self) -> None:
        self._start = self._last = time.perf_counter()
        self._laps: dict[str, float] = {}

    def lap(self, step: str) -> None:
        now = time.perf_counter()
        self._laps[step], self._last = now - self._last, now

    def milliseconds(self) -> dict[str, float]:
        total = time.perf_counter() - self._start
        return {k: round(1e3 * v, 1) for k, v in (self._laps | {"total": total}).items()}
