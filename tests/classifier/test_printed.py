"""What a printer makes of an object: a piece, or it and its supports, or rags."""

from __future__ import annotations

import numpy as np
import pytest

from classifier.training.printed import KEPT, as_printed, cut, supported
from dataset_builder.geometry.mesh import Mesh
from dataset_builder.render.slice_mesh import slice_mesh
from dataset_builder.sources.primitives import block, joined


@pytest.fixture(scope="module")
def table():
    """A plate on one leg: most of it hangs."""
    shells = [block((-30, -20, 20), (30, 20, 26)), block((-4, -4, 0), (4, 4, 21))]
    return slice_mesh(Mesh(joined(shells), watertight=True), cells=80)


def volume(layers):
    pixels = np.bitwise_count(layers.bits).sum(axis=(1, 2), dtype=np.int64)
    return float(pixels @ layers.height_mm) * layers.mm_per_px**2


@pytest.mark.parametrize("seed", range(5))
def test_a_cut_leaves_the_lower_part_and_most_of_the_volume(table, seed):
    piece = cut(table, np.random.default_rng(seed))
    kept = len(piece.bits)
    np.testing.assert_array_equal(piece.bits, table.bits[:kept])
    assert len(piece.z_top_mm) == len(piece.height_mm) == kept
    one_layer = volume(table) / len(table.bits) * 8  # the plate's layers are the large ones
    assert KEPT[0] * volume(table) <= volume(piece) <= KEPT[1] * volume(table) + one_layer


@pytest.mark.parametrize("seed", range(5))
def test_supports_stand_below_what_hangs_and_nowhere_else(table, seed):
    stood = supported(table, np.random.default_rng(seed))
    added = np.unpackbits(stood.bits & ~table.bits, axis=2)
    assert added.any()
    solid = np.unpackbits(table.bits, axis=2)
    above = np.logical_or.accumulate(solid[::-1], axis=0)[::-1]  # material here or higher up
    assert above[added.astype(bool)].all()
    np.testing.assert_array_equal(stood.bits & table.bits, table.bits)


def test_supports_are_thin_walls_not_a_block(table):
    stood = supported(table, np.random.default_rng(1))
    box = 60 * 40 * 26.0
    assert volume(table) < volume(stood) < 0.85 * box


def test_without_shares_an_object_is_printed_as_it_is(table):
    rng = np.random.default_rng(0)
    for _ in range(20):
        assert as_printed(table, rng, share_cut=0.0, share_supported=0.0) is table


def test_shares_are_those_that_were_asked_for(table):
    rng, made = np.random.default_rng(0), []
    for _ in range(300):
        made.append(as_printed(table, rng, share_cut=0.2, share_supported=0.3))
    shorter = sum(len(one.bits) < len(table.bits) for one in made)
    same = sum(one is table for one in made)
    assert shorter == pytest.approx(60, abs=25)
    assert same == pytest.approx(150, abs=35)
