"""Bisection finds what a search through all numbers would."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_compression.framework.bisection import geometric, largest, largest_whole


@given(st.integers(0, 40), st.integers(0, 40), st.integers(-5, 60))
def test_the_largest_whole_number_is_that_of_a_search_through_all(low, more, limit):
    found = largest_whole(lambda number: number <= limit, low, low + more)
    assert found == max([low, *(n for n in range(low, low + more + 1) if n <= limit)])


@given(st.floats(0.0, 1.0))
def test_each_halving_doubles_the_precision_of_the_largest_number(limit):
    for halvings in (4, 12):
        found = largest(lambda number: number <= limit, 0.0, 1.0, halvings=halvings)
        assert found <= limit <= found + 2.0**-halvings


@pytest.mark.parametrize("limit", [3e-4, 3.0, 40.0])
def test_geometric_halvings_are_as_precise_for_small_factors_as_for_large_ones(limit):
    found = largest(lambda it: it <= limit, 1e-4, 100.0, halvings=14, mean=geometric)
    assert 0.0 <= math.log(limit / found) <= math.log(1e6) / 2**14


@given(st.lists(st.booleans(), min_size=1, max_size=30))
def test_what_is_found_holds_also_where_not_all_smaller_ones_do(holds):
    found = largest_whole(lambda number: holds[number], 0, len(holds) - 1)
    assert found == 0 or holds[found]
