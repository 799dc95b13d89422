"""Projections against brute force, on weights small enough to try everything."""

from itertools import combinations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from model_compression.errors import CompressionError
from model_compression.framework.granularity import GRANULARITIES, WEIGHT, largest
from model_compression.framework.projection import Crossed, Keep, mask_of

shapes = st.sampled_from([(2, 3), (3, 2), (2, 2, 1, 2), (2, 1, 2, 2)])
granularities = st.sampled_from(list(GRANULARITIES.values()))


def weight_of(shape, seed):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@given(shapes, granularities, st.integers(0, 99), st.data())
def test_a_kept_choice_is_the_nearest_of_all_choices(shape, granularity, seed, data):
    weight = weight_of(shape, seed)
    groups = granularity.count(weight.shape)
    kept = data.draw(st.integers(0, groups))
    distances = []
    for chosen in combinations(range(groups), kept):
        flags = torch.zeros(groups, dtype=torch.bool)
        flags[list(chosen)] = True
        distances.append(float((weight * ~granularity.spread(flags, weight.shape)).norm()))
    found = float((weight - Keep(granularity, kept)(weight)).norm())
    assert found == pytest.approx(min(distances), abs=1e-6)


@given(shapes, granularities, st.integers(0, 99), st.data())
def test_a_projection_keeps_exactly_its_count_and_projecting_again_changes_nothing(
    shape, granularity, seed, data
):
    weight = weight_of(shape, seed)
    kept = data.draw(st.integers(0, granularity.count(weight.shape)))
    once = Keep(granularity, kept)(weight)
    assert int((granularity.scores(once.square()) > 0).sum()) == kept
    assert torch.equal(Keep(granularity, kept)(once), once)


@given(st.integers(1, 3), st.integers(1, 4), st.integers(0, 99))
def test_rows_and_columns_are_projected_to_both_counts(filters, columns, seed):
    once = Crossed(filters, columns)(weight_of((3, 2, 1, 2), seed))
    flat = once.reshape(3, 4) != 0
    assert int(flat.any(dim=1).sum()) == filters
    assert int(flat.any(dim=0).sum()) == columns
    assert torch.equal(Crossed(filters, columns)(once), once)


def test_of_equal_scores_the_first_stay():
    assert largest(torch.tensor([1.0, 2.0, 1.0, 1.0]), 2).tolist() == [True, True, False, False]


def test_a_mask_is_where_the_projection_is_not_zero():
    weight = torch.tensor([[3.0, -1.0], [0.5, 2.0]])
    assert mask_of(Keep(WEIGHT, 2), weight).tolist() == [[True, False], [False, True]]


def test_more_than_there_is_cannot_be_kept():
    with pytest.raises(CompressionError, match="cannot keep 5 of 4"):
        largest(torch.ones(4), 5)
