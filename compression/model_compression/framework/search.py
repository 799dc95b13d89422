"""Simulated annealing over a vector of shares, one a layer and kind of group.

Energies and temperatures are both accuracy points, so that a temperature says what loss is often
accepted. Experience guides the moves: an entry whose lowering was often rejected is lowered less
often. Source: arXiv 1907.03141; temperatures and the weights of experience are ours.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from model_compression.framework.schedules import geometric

Vector = tuple[float, ...]
Budgeted = Callable[[Vector], Vector]
"""Brings a vector back to the budget: all entries by one factor, none above 1."""
LOW, HIGH = 0.02, 1.0  # a share is never less, nor more


@dataclass(frozen=True, slots=True)
class Annealing:
    """*moves* proposals at temperatures from *hot* to *cold*, in points of accuracy. stride: the
    largest change of a share's logarithm while it is hot.
    """

    moves: int = 60
    hot: float = 2.0
    cold: float = 0.05
    stride: float = 0.7


PATIENT = Annealing()


def anneal(
    start: Vector,
    energy: Callable[[Vector], float],
    budgeted: Budgeted,
    plan: Annealing,
    seed: int,
) -> tuple[Vector, float]:
    """The best vector seen and its energy. energy: points lost; each vector is asked for once."""
    random = np.random.default_rng(seed)
    heat_at = geometric(plan.hot, plan.cold)
    known: dict[Vector, float] = {}

    def asked(vector: Vector) -> float:
        if vector not in known:
            known[vector] = energy(vector)
        return known[vector]

    here = budgeted(start)
    harm = np.ones(len(here))  # of lowering each entry: 1 + how often that was rejected
    for number in range(plan.moves):
        heat = heat_at(number / max(1, plan.moves - 1))
        lowered, there = _move(here, harm, plan.stride * heat / plan.hot, random)
        there = budgeted(there)
        worse = asked(there) - asked(here)
        if worse <= 0 or random.random() < math.exp(-worse / heat):
            here = there
        else:
            harm[lowered] += 1
    best = min(known, key=lambda vector: known[vector]) if known else here
    return best, asked(best)


def _move(
    vector: Vector, harm: np.ndarray, stride: float, random: np.random.Generator
) -> tuple[int, Vector]:
    """Lower one entry and raise another; which one was lowered, and the new vector."""
    weights = 1.0 / harm
    lowered = int(random.choice(len(vector), p=weights / weights.sum()))
    raised = int(random.integers(len(vector)))
    changed = np.log(np.array(vector))
    changed[lowered] -= stride * random.random()
    changed[raised] += stride * random.random()
    return lowered, tuple(np.clip(np.exp(changed), LOW, HIGH).tolist())
