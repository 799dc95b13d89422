"""What the recipes agree on, so that a comparison compares methods and not training.

Every figure here is ours, found on the validation split of LeNet-5 on MNIST.
"""

from __future__ import annotations

from collections.abc import Sequence

from model_compression.framework.admm import Penalty
from model_compression.framework.plans import Plan
from model_compression.framework.pruning import AdmmPrune
from model_compression.framework.purify import RemoveUnused
from model_compression.framework.schedules import steps_between, warm_cosine
from model_compression.framework.stage import Aids, Retrain, Stage
from model_compression.framework.training import Course
from model_compression.framework.widths import Limit

TAUGHT = Aids(distil=3.0, temperature=2.0)
AIDED = Aids(distil=3.0, temperature=2.0, average=0.998)
PENALTY = Penalty(rho=5e-3, growth=1.6)
FIRM = Penalty(rho=1e-2, growth=1.6)
"""For whole groups, whose norms resist: with the gentler one the gap stays at a third."""
SOFT = Penalty(rho=5e-3, growth=1.4)
"""For whole groups out of the dense network, in rounds of half an epoch."""
RATE = 3e-3
FIRST_FACTOR, FACTOR, LAST_FACTOR = 40.0, 1.9, 1.3
"""How much smaller one step makes a network: a dense one has much to spare, a small one little."""
SMALL, FEW = 0.03, 0.3
"""A network that keeps less than the first share of its weights learns from batches of which the
second share is changed: with more it learns too little, with none it remembers."""


def changed_for(share: float) -> float:
    """How many examples are changed for a network that keeps *share* of its weights."""
    return FEW if share < SMALL else 1.0


def stations(dense: int, kept: int) -> list[int]:
    """Weights kept after each step from *dense* to *kept*."""
    if kept * FIRST_FACTOR >= dense:
        return [kept]
    first, before = dense / FIRST_FACTOR, LAST_FACTOR * kept
    if before >= first:
        return [round(first), kept]
    return [round(first), *(round(one) for one in steps_between(first, before, FACTOR)), kept]


def first_step(
    plan: Plan, penalty: Penalty, *, required: bool, limit: Limit | None = None
) -> list[Stage]:
    """The step out of the dense network, in which few epochs do. required: see `RemoveUnused`."""
    return [
        AdmmPrune(plan=plan, rounds=4, round_epochs=0.5, rate=1e-3, penalty=penalty, limit=limit),
        RemoveUnused(required),
        Retrain(course=Course(epochs=2.0, rate=RATE), aids=AIDED),
    ]


def later_step(
    plan: Plan, penalty: Penalty, *, required: bool, limit: Limit | None = None
) -> list[Stage]:
    """One step of a network that is small already: ADMM, projection, unused paths, retraining."""
    return [
        AdmmPrune(
            plan=plan,
            rounds=6,
            rate=RATE,
            penalty=penalty,
            aids=TAUGHT,
            changed=FEW,
            limit=limit,
        ),
        RemoveUnused(required),
        Retrain(course=Course(epochs=3.0, rate=RATE, changed=FEW), aids=AIDED),
    ]


def towards(plan: Plan, share: float, rounds: int) -> list[Stage]:
    """ADMM towards sets that stay as they are, and a retraining: no unused path is cut out, which
    would leave some rows with less than others. share: of weights that are kept.
    """
    course = Course(epochs=3.0, rate=RATE, changed=changed_for(share))
    admm = AdmmPrune(
        plan=plan, rounds=rounds, rate=RATE, penalty=FIRM, aids=TAUGHT, changed=course.changed
    )
    return [admm, Retrain(course=course, aids=AIDED)]


def steps(
    plans: Sequence[Plan],
    *,
    required: bool,
    limit: Limit | None = None,
    first: Penalty = PENALTY,
    penalty: Penalty = PENALTY,
) -> list[Stage]:
    """Progressive pruning to each of *plans* in turn, out of the dense network with the penalty
    *first*. limit: see `AdmmPrune`, of the last one.
    """
    limits = [None] * (len(plans) - 1) + [limit]
    stages = first_step(plans[0], first, required=required, limit=limits[0])
    for plan, most in zip(plans[1:], limits[1:], strict=True):
        stages += later_step(plan, penalty, required=required, limit=most)
    return stages


def finish(share: float, epochs: float) -> Retrain:
    """What every recipe ends with. share: of weights that are kept."""
    course = Course(epochs=epochs, rate=5e-3, shape=warm_cosine, changed=changed_for(share))
    return Retrain(course=course, aids=AIDED)
