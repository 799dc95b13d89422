"""Paired outcomes: chances by brute force, intervals, and what may be called lossless."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_compression.bench.pairing import Pairing

counts = st.integers(0, 60)


@given(counts, counts)
def test_the_chance_is_that_of_tossing_a_coin(lost, won):
    tosses = lost + won
    by_hand = sum(
        comb(tosses, k) for k in range(tosses + 1) if abs(2 * k - tosses) >= abs(won - lost)
    )
    assert Pairing(lost, won, 10_000).chance == pytest.approx(by_hand / 2**tosses)


def test_a_large_number_of_changes_does_not_overflow():
    assert Pairing(6000, 5000, 30_000).chance < 1e-20
    assert Pairing(5000, 5000, 30_000).chance == pytest.approx(1.0)


@given(counts, counts)
def test_the_interval_holds_the_difference_and_shrinks_with_more_examples(lost, won):
    few, many = (Pairing(lost * k, won * k, 1000 * k) for k in (1, 9))
    assert few.interval[0] <= few.points <= few.interval[1]
    widths = [one.interval[1] - one.interval[0] for one in (few, many)]
    assert widths[1] == pytest.approx(widths[0] / 3)


def test_seeds_are_pooled_in_their_order():
    before = [np.array([True, True, False]), np.array([True, False, False])]
    after = [np.array([True, False, True]), np.array([False, False, True])]
    assert Pairing.pooled(before, after) == Pairing(lost=2, won=2, of=6)


@pytest.mark.parametrize(
    ("lost", "won", "lossless"),
    [
        (0, 0, True),
        (40, 15, False),  # 0.08 points, but no accident
        (40, 25, True),
        (60, 10, False),
        (300, 280, True),
        (10, 60, True),  # a gain is no loss, however sure
    ],
)
def test_lossless_is_a_small_change_that_chance_may_make(lost, won, lossless):
    pairing = Pairing(lost, won, 30_000)
    assert pairing.lossless == lossless
    assert pairing.words().startswith("lossless" if lossless else "within")
