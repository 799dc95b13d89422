"""Other proportions: another member of the same kind, as closed and about as large."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset_builder.sources.primitives import block, joined
from dataset_builder.sources.proportions import CHANGES, reproportioned
from dataset_builder.sources.solids import SOLIDS
from tests.dataset_builder.shells import unmatched_edges


@pytest.fixture(scope="module")
def mug():
    return joined(SOLIDS["mug"].model(np.random.default_rng(2)))


@given(seed=st.integers(0, 10_000))
def test_a_solid_stays_closed_and_about_as_large(mug, seed):
    other = reproportioned(mug, np.random.default_rng(seed))
    assert np.isfinite(other).all()
    assert not unmatched_edges(other)
    before, after = (np.ptp(corners.reshape(-1, 3), axis=0).max() for corners in (mug, other))
    assert 0.4 * before < after < 2.5 * before


def test_every_draw_is_another_and_the_same_draw_the_same(mug):
    one, again, other = (reproportioned(mug, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert not np.allclose(one, other)


@pytest.mark.parametrize(
    ("chance", "change"), CHANGES, ids=lambda one: getattr(one, "__name__", "")
)
def test_each_change_moves_something_and_bears_a_flat_sheet(chance, change):
    assert 0 < chance <= 1
    corners = block((0, 0, 0), (4, 2, 1)).reshape(-1, 3) / 4
    rng = np.random.default_rng(4)
    assert not np.allclose(change(corners, rng), corners)
    assert np.isfinite(change(corners * (1, 1, 0), rng)).all()
