"""What papers claim, put to the test: two networks from one parent, judged on the same examples.

A claim is a row: a method, what it shall beat or come near to, and a margin. Each side is made anew
for every seed and judged on the test split once. A claim has held when the whole 95 % interval of
the paired difference lies above the margin, has not held when it lies below, and is not decided
otherwise.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from model_compression.bench.cells import Json
from model_compression.bench.journal import add_line, read_journal
from model_compression.bench.pairing import Outcomes, Pairing
from model_compression.errors import CompressionError
from model_compression.framework.recipe import Goal, Recipe
from model_compression.framework.running import Order, run
from model_compression.framework.stage import Stage, Subject
from model_compression.framework.targets import FAIR, Target
from model_compression.tasks.baseline import baseline
from model_compression.tasks.task import Task

JOURNAL = "claims.jsonl"


@dataclass(frozen=True, slots=True)
class Trial:
    """What a side starts from. order: the dense parent, its task, the seed, and the target; it has
    no recipe of its own yet. times: how many times as long to train as a claim says.
    """

    order: Order
    times: float = 1.0

    def made(self, stages: Callable[[Goal], Sequence[Stage]]) -> Subject:
        """What *stages* make of the parent. Raises CompressionError."""

        def scaled(goal: Goal) -> list[Stage]:
            return [stage.scaled(self.times) for stage in stages(goal)]

        return run(replace(self.order, recipe=replace(NAMELESS, stages=scaled)))[0]

    def right(self, subject: Subject) -> Outcomes:
        """Which test examples *subject* has right."""
        task = self.order.task
        return task.evaluate(subject.network, task.test).right


Side = Callable[[Trial], Outcomes]
"""Which test examples one side of a claim has right."""
NAMELESS = Recipe(name="side", title="", paper="", stages=lambda goal: [], target=FAIR)


def by(stages: Callable[[Goal], Sequence[Stage]]) -> Side:
    """The network that *stages* make."""
    return lambda trial: trial.right(trial.made(stages))


def dense(trial: Trial) -> Outcomes:
    """The dense parent, as it is."""
    return trial.right(Subject(trial.order.parent))


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """says: the paper's claim in a sentence, with what we made of it. margin: in points, what the
    difference of *method* and *other* must exceed; below 0 where a claim is about losing little.
    """

    name: str
    paper: str
    says: str
    method: Side
    other: Side
    network: str = "mlp300"
    share: float = 1 / 50
    margin: float = 0.0

    def sides(self, trial: Trial) -> Json:
        """Outcomes of both, as the journal holds them."""
        found = {"other": self.other(trial), "method": self.method(trial)}
        return {name: bytes(np.packbits(one)).hex() for name, one in found.items()} | {
            "of": len(found["other"])
        }


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of a claim. method, other: shares of right answers, all seeds pooled."""

    claim: Claim
    seeds: int
    method: float
    other: float
    pairing: Pairing

    @property
    def verdict(self) -> str:
        """In two or three words."""
        low, high = self.pairing.interval
        if low > self.claim.margin:
            return "held"
        return "did not hold" if high < self.claim.margin else "not decided"

    def to_json(self) -> Json:
        """All figures."""
        low, high = self.pairing.interval
        return {
            "claim": self.claim.name, "paper": self.claim.paper, "says": self.claim.says,
            "verdict": self.verdict, "method": self.method, "other": self.other,
            "points": self.pairing.points, "low": low, "high": high, "p": self.pairing.chance,
            "margin": self.claim.margin, "seeds": self.seeds, "n": self.pairing.of,
            "network": self.claim.network,
        }  # fmt: skip

    def line(self) -> str:
        """For a terminal."""
        low, high = self.pairing.interval
        above = f" against {self.claim.margin:+g}" if self.claim.margin else ""
        return (
            f"{self.claim.name}: {self.verdict.upper()}. {self.claim.says} "
            f"{100 * self.method:.2f} % and {100 * self.other:.2f} %: {self.pairing.points:+.2f} "
            f"points [{low:+.2f}, {high:+.2f}]{above}, p = {self.pairing.chance:.2g}; "
            f"n = {self.pairing.of:,} ({self.seeds} seeds), {self.claim.network}. "
            f"{self.claim.paper}"
        )


@dataclass(frozen=True, slots=True)
class Asking:
    """How claims are tested. tasks: network -> task. folder: of journal and dense parents."""

    tasks: Callable[[str], Task]
    folder: Path
    seeds: int = 3
    times: float = 1.0


def judged(claim: Claim, asking: Asking) -> Finding:
    """Both sides for every seed; what the journal has is not made again."""
    lines = [_line(claim, seed, asking) for seed in range(1, asking.seeds + 1)]
    sides = {name: [_outcomes(line, name) for line in lines] for name in ("other", "method")}
    shares = {name: float(np.concatenate(right).mean()) for name, right in sides.items()}
    pairing = Pairing.pooled(sides["other"], sides["method"])
    return Finding(claim, asking.seeds, shares["method"], shares["other"], pairing)


def _line(claim: Claim, seed: int, asking: Asking) -> Json:
    task, journal = asking.tasks(claim.network), asking.folder / JOURNAL
    decides = [claim.name, claim.share, seed, asking.times, task.digest, torch.__version__]
    key = hashlib.sha256(json.dumps(decides).encode()).hexdigest()[:24]
    known: Mapping[str, Json] = read_journal(journal)
    if key not in known:
        parent = baseline(task, seed, asking.folder / "parents")
        order = Order(NAMELESS, task, parent, seed, Target(share=claim.share))
        line = {"key": key, "claim": claim.name, "seed": seed}
        add_line(journal, line | claim.sides(Trial(order, asking.times)))
    return read_journal(journal)[key]


def _outcomes(line: Json, side: str) -> Outcomes:
    bits = np.frombuffer(bytes.fromhex(line[side]), np.uint8)
    return np.asarray(np.unpackbits(bits, count=line["of"]), bool)


def named(names: Sequence[str], claims: Mapping[str, Claim]) -> list[Claim]:
    """The claims *names*, or all. Raises CompressionError, which lists the known ones."""
    for name in names:
        if name not in claims:
            raise CompressionError(f"no claim {name!r}; there are: {', '.join(claims)}")
    return [claims[name] for name in names or claims]
