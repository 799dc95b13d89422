"""Shares and their intervals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from classifier.metrics import Rate, wilson

counts = st.integers(1, 10_000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of)))


@given(counts)
def test_the_interval_is_wilsons(counted):
    hits, of = counted
    oracle = binomtest(hits, of).proportion_ci(method="wilson")
    assert wilson(hits, of) == pytest.approx((oracle.low, oracle.high), abs=1e-9)


@given(counts)
def test_the_share_lies_within_its_interval(counted):
    rate = Rate(*counted)
    low, high = rate.interval
    assert 0 <= low <= rate.share <= high <= 1


def test_nothing_counted_says_nothing():
    rate = Rate.among([])
    assert math.isnan(rate.share)
    assert rate.interval == (0.0, 1.0)


def test_a_rate_counts_what_is_true():
    assert Rate.among(np.array([True, False, True])) == Rate(2, 3)
    assert str(Rate(2, 3)) == "2/3 = 66.7% [20.8%, 93.9%]"
