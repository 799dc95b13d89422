"""Stages that decide which weights stay: by ADMM, or at once by a criterion."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from model_compression.errors import CompressionError
from model_compression.framework.admm import Admm, Gap, Penalty, project_hard
from model_compression.framework.criteria import Criterion
from model_compression.framework.granularity import Granularity, largest
from model_compression.framework.layers import layers_of
from model_compression.framework.marks import Marks
from model_compression.framework.plans import Plan, within
from model_compression.framework.schedules import constant
from model_compression.framework.sites import silence, traced_sites
from model_compression.framework.splits import Split, count_best
from model_compression.framework.stage import UNAIDED, Aids, Journal, Lab, Subject, Untrained
from model_compression.framework.training import Course, steps_per_epoch
from model_compression.framework.widths import Limit
from model_compression.ledger.macs import macs_of

GENTLE = Penalty(rho=1e-2, growth=1.2)
"""For rounds of about an epoch; 1e-3 closes the gap too slowly for ten of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmmPrune:
    """ADMM towards *plan*, then the hard projection. A round is *round_epochs*; it ends with a
    Z- and a U-step. limit: what may be left on paths that are used; the projection keeps less than
    the plan where it must.
    """

    plan: Plan
    rounds: int
    round_epochs: float = 1.0
    rate: float = 1e-3
    penalty: Penalty = GENTLE
    aids: Aids = UNAIDED
    changed: float = 1.0
    limit: Limit | None = None

    @property
    def epochs(self) -> float:
        """Of all rounds."""
        return self.rounds * self.round_epochs

    def scaled(self, factor: float) -> AdmmPrune:
        """As many rounds, each longer or shorter."""
        return replace(self, round_epochs=factor * self.round_epochs)

    def describe(self) -> str:
        """Rounds, penalty, plan."""
        limit = f"; at most {self.limit.describe()} on used paths" if self.limit else ""
        return (
            f"ADMM, {self.rounds} rounds of {self.round_epochs:g} epochs, rho {self.penalty.rho:g} "
            f"x{self.penalty.growth:g}, then hard projection to {self.plan.describe()}{limit}"
        )

    def run(self, subject: Subject, lab: Lab) -> Subject:
        """The network with exactly the planned groups, and their masks."""
        inputs = lab.example(subject.network)
        constraints = self.plan(subject.network, inputs)
        every = max(1, round(self.round_epochs * steps_per_epoch(lab.task)))
        epochs = self.rounds * every / steps_per_epoch(lab.task)
        admm = Admm(constraints, self.penalty, every, noting(lab.journal))
        course = Course(epochs=epochs, rate=self.rate, shape=constant, changed=self.changed)
        lab.train(subject, course, self.aids, [admm])
        before = lab.validated(subject.network)
        if self.limit is not None:
            most, of_macs = self.limit.within(lab), self.limit.of_macs
            constraints = within(subject.network, constraints, most, inputs, of_macs=of_macs)
        masks = project_hard(subject.network, constraints)
        silence(subject.network, traced_sites(subject.network, inputs))
        return marked(subject, masks, lab, before)


@dataclass(frozen=True, slots=True)
class Cut(Untrained):
    """Keep the best groups by a criterion, at once and without training. overall: the split says
    only how many stay in all; which layers have them, the criterion says.
    """

    criterion: Criterion
    granularity: Granularity
    split: Split
    overall: bool = False

    def describe(self) -> str:
        """Criterion and split."""
        name = self.criterion.__name__.replace("_", " ")
        among = ", all layers ranked together" if self.overall else ""
        return f"cut {self.granularity.name}s by {name}{among} to {self.split.describe()}"

    def run(self, subject: Subject, lab: Lab) -> Subject:
        """The network with exactly the groups of the split, and their masks."""
        layers, masks = layers_of(subject.network), dict[str, Tensor]()
        before = lab.validated(subject.network)
        counts = self.split(subject.network, self.granularity)
        found = self.criterion(subject, lab)
        scores = {name: self.granularity.scores(found[name]) for name in counts}
        if self.overall:
            counts = count_best(scores, sum(counts.values()), dict.fromkeys(counts, 1))
        for name, kept in counts.items():
            best = largest(scores[name], kept)
            masks[name] = self.granularity.spread(best, layers[name].weight.shape).clone()
            with torch.no_grad():
                layers[name].weight.mul_(masks[name])
        return marked(subject, masks, lab, before)


@dataclass(frozen=True, slots=True)
class Reached(Untrained):
    """Whole groups are coarse: stop before long training when more than *limit* is left."""

    limit: Limit

    def describe(self) -> str:
        """The limit."""
        return f"check that at most {self.limit.describe()} are left"

    def run(self, subject: Subject, lab: Lab) -> Subject:
        """The same. Raises CompressionError, which names the layer that holds most."""
        uses = macs_of(subject.network, lab.example(subject.network)).uses
        left = {
            name: uses[name] * layer.weight.numel()
            if self.limit.of_macs
            else int((layer.weight != 0).sum())
            for name, layer in layers_of(subject.network).items()
        }
        most, what = self.limit.within(lab), "MACs" if self.limit.of_macs else "weights"
        if sum(left.values()) > most:
            widest = max(left, key=lambda name: left[name])
            raise CompressionError(
                f"layer {widest} stops it: it still has {left[widest]:,} of {sum(left.values()):,} "
                f"{what} where {most:,.0f} in all shall stay. Ask for more, or prune weights."
            )
        return subject


def noting(journal: Journal) -> Callable[[float, list[Gap]], None]:
    """Writes rho and the gaps of each round of ADMM down."""

    def note(rho: float, gaps: list[Gap]) -> None:
        journal.note(
            "round",
            rho=round(rho, 6),
            primal={gap.layer: round(gap.primal, 4) for gap in gaps},
            change={gap.layer: round(gap.change, 4) for gap in gaps},
        )

    return note


def marked(subject: Subject, masks: Mapping[str, Tensor], lab: Lab, before: float) -> Subject:
    """*subject* with *masks*, and a note of what the projection did."""
    lab.journal.note(
        "projected",
        validation_before=before,
        validation=lab.validated(subject.network),
        kept={name: int(mask.sum()) for name, mask in masks.items()},
    )
    marks = Marks({**subject.marks.masks, **masks}, subject.marks.levels)
    return replace(subject, marks=marks)
