"""What has been sent of a running job -> what it looks like so far; the whole of it, at every look.

    eye = SoFar(judge)
    look = eye.look(Path("sent.gcode"))
    if look.flagged: ...

Nothing is remembered between looks, so watching can begin anywhere and survives a crash. Reading
anew what is there costs little if the next look comes when a fixed share more exists: all looks
together then read the job about as often as one over that share.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classifier.runtime.early import (
    FIRST_LOOK,
    EarlyNetwork,
    EarlyScore,
    Watcher,
    early_network,
)
from classifier.runtime.early_growth import Grid
from classifier.runtime.early_job import plates_of
from classifier.runtime.errors import BundleError
from classifier.runtime.judge import UNREADABLE, Evidence, Judge
from dataset_builder.errors import EmptyToolpath, ReadError
from dataset_builder.geometry.layers import Layers
from dataset_builder.readers.open_job import open_job
from dataset_builder.reading import read_job


@dataclass(frozen=True, slots=True)
class Look:
    """One look. verdict: of the detector on what exists, None when nothing does yet.

    early: weapon score of the network for growing prints, None without one. layers: so far.
    flagged: the detector flags what exists, or the early score reaches its rule.
    """

    verdict: str | None
    reason: str
    weapon_score: float | None
    early: float | None
    layers: int
    flagged: bool


class SoFar:
    """A judge, and the bundle's network for growing prints where it has one.

    detector: whether a flag of the detector counts. early_at: early score from where on it counts,
    the bundle's own rule when None.
    """

    def __init__(
        self, judge: Judge, *, detector: bool = True, early_at: float | None = None
    ) -> None:
        self.judge = judge
        self.detector = detector
        self.network = _network(judge)
        self.early_at = early_at
        if self.early_at is None and self.network is not None:
            self.early_at = self.network.rule.at

    def look(self, sent: Path, name: str) -> Look:
        """At what is in the file *sent*, plain G-code cut anywhere."""
        found = self.judge.examine(sent, name=name, growing=True)
        record = found.record
        verdict = record["verdict"]
        layers = max((len(solid.layers.z_top_mm) for solid in found.solids), default=0)
        empty = verdict == UNREADABLE and EmptyToolpath.default_flag in record["flags"]
        if empty or (verdict != UNREADABLE and layers <= FIRST_LOOK):
            return Look(None, "Nothing to speak of yet.", None, None, layers, flagged=False)
        early = self._early(sent, name) if verdict != UNREADABLE else None
        score = early.weapon_score if early else None
        by_early = score is not None and self.early_at is not None and score >= self.early_at
        return Look(
            verdict=verdict,
            reason=_reason(record, early, by_early=by_early),
            weapon_score=record["weapon_score"],
            early=score,
            layers=layers,
            flagged=by_early or (self.detector and verdict == "flagged"),
        )

    def evidence(self, sent: Path, name: str) -> Evidence:
        """What a look rests on, for a picture."""
        return self.judge.examine(sent, name=name, growing=True)

    def _early(self, sent: Path, name: str) -> EarlyScore | None:
        if self.network is None:
            return None
        try:
            with open_job(sent, name=name) as job:
                looks = [_top(self.network, layers) for layers in plates_of(read_job(job))]
        except ReadError:
            return None
        return max(looks, key=lambda look: look.weapon_score, default=None)


def _network(judge: Judge) -> EarlyNetwork | None:
    try:
        return early_network(judge.bundle)
    except BundleError:
        return None  # it has none: the detector looks alone


def _top(network: EarlyNetwork, layers: Layers) -> EarlyScore:
    """The score now, without the newest layer: it is being printed, and half a layer misleads."""
    watcher = Watcher(network, Grid.of(layers))
    done = zip(layers.bits[:-1], layers.z_top_mm[:-1], layers.height_mm[:-1], strict=True)
    for bits, z_top_mm, height_mm in done:
        watcher.growth.add(bits, float(z_top_mm), float(height_mm))
    return watcher.look()


def _reason(record: dict[str, Any], early: EarlyScore | None, *, by_early: bool) -> str:
    if early is None or not by_early:
        return str(record["reason"])
    return (
        f"What exists after {early.layers} layers looks most like: {early.label} "
        f"(early score {early.weapon_score:.3f})."
    )
