"""Annealing finds what is best within its budget, and never asks twice."""

from collections import Counter

import numpy as np
import pytest

from model_compression.framework.search import Annealing, anneal


def to_budget(vector, total=2.0):
    """By one factor; none above 1."""
    scaled = np.array(vector) * total / sum(vector)
    return tuple(np.minimum(scaled, 1.0).round(6).tolist())


def energy(vector):
    """Separable: entry i wants to be large with weight i + 1."""
    return sum((one + 1) / share for one, share in enumerate(vector))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_separable_optimum_is_found_within_two_percent(seed):
    wanted = np.sqrt([1.0, 2.0, 3.0, 4.0])  # Lagrange: shares go as the root of the weights
    best = energy(to_budget(wanted))
    found, least = anneal((0.5,) * 4, energy, to_budget, Annealing(moves=400), seed)
    assert least == pytest.approx(best, rel=0.02)
    assert energy(found) == least


def test_every_vector_is_within_the_budget_and_asked_for_once():
    asked = Counter()

    def counting(vector):
        asked[vector] += 1
        return energy(vector)

    anneal((0.5,) * 4, counting, to_budget, Annealing(moves=80), 1)
    assert set(asked.values()) == {1}
    assert all(sum(vector) <= 2.0 + 1e-5 for vector in asked)


def test_the_same_seed_finds_the_same():
    plan = Annealing(moves=50)
    runs = [anneal((0.5,) * 3, energy, to_budget, plan, 4) for _ in range(2)]
    assert runs[0] == runs[1]


def test_temperatures_are_points_so_that_a_hopeless_move_is_hardly_taken_when_cold():
    def steep(vector):
        return 0.0 if vector == start else 50.0

    start = to_budget((0.5,) * 4)
    found, least = anneal(start, steep, to_budget, Annealing(moves=30), 1)
    assert (found, least) == (start, 0.0)
