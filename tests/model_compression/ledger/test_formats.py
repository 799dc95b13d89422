"""The formulas of storage against what is really written, and against arithmetic done elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.runtime.packed.bits import BitReader
from classifier.runtime.packed.codings import CODINGS
from classifier.runtime.packed.compacted import WITHIN
from classifier.runtime.packed.positions import CSR, PATTERN, RELATIVE, RICE
from model_compression.ledger.formats import FORMATS, Occupancy, costs_of, lower_bound

SHAPES = [(1,), (9,), (4, 7), (6, 3, 3, 3), (5, 1, 2, 2)]
SPLITS = {246: (80, 700, 800, 170), 348: (70, 520, 520, 127)}
BITS = 4
LENET_5 = ((20, 25), (50, 500), (500, 800), (10, 500))


def scattered(seed: int, shape: tuple[int, ...], share: float) -> np.ndarray:
    return np.random.default_rng(seed).random(shape) < share


def scattered_layers(seed: int, kept: tuple[int, ...]) -> list[Occupancy]:
    """LeNet-5 with so many weights kept a layer, at random places."""
    rng = np.random.default_rng(seed)
    layers = []
    for (rows, columns), count in zip(LENET_5, kept, strict=True):
        mask = np.zeros(rows * columns, bool)
        mask[rng.choice(len(mask), count, replace=False)] = True
        layers.append(Occupancy(mask.reshape(rows, columns), BITS, zero=True))
    return layers


def index_bits(layers: list[Occupancy], name: str) -> int:
    return sum(costs_of(layer)[name].bits - layer.count * BITS for layer in layers)


def bound_of(layers: list[Occupancy]) -> float:
    return sum(lower_bound(layer) - layer.count * BITS for layer in layers)


def test_there_is_a_formula_for_everything_that_can_be_written():
    assert list(FORMATS) == list(CODINGS)


@given(
    seed=st.integers(0, 999),
    shape=st.sampled_from(SHAPES),
    share=st.sampled_from([0.0, 0.02, 0.1, 0.5, 0.95, 1.0]),
    bits=st.sampled_from([1, 4, 32]),
    zero=st.booleans(),
)
def test_every_format_writes_as_many_bits_as_its_formula_says_and_reads_them_back(
    seed, shape, share, bits, zero
):
    kept = scattered(seed, shape, share)
    layer = Occupancy(kept, bits, zero=zero)
    costs = costs_of(layer)
    assert costs
    for name, cost in costs.items():
        coded = CODINGS[name].write(kept, cost.k)
        assert len(coded.bits) + len(coded.entries) * bits == cost.bits, name
        stream = BitReader(np.packbits(coded.bits).tobytes())
        entries = CODINGS[name].read(stream, shape, len(coded.entries), coded.numbers)
        assert np.array_equal(entries, coded.entries), name
        assert set(np.flatnonzero(kept)) <= set(entries.tolist()), name
        if not zero:
            assert len(entries) == layer.count, f"{name} needs a code for 0"


def test_patterns_and_connectivity_are_found_where_they_are():
    rng = np.random.default_rng(0)
    patterns = np.zeros((4, 9), bool)
    for row, places in zip(patterns, ((1, 3, 4, 5), (1, 3, 4, 7), (1, 4, 5, 7), (3, 4, 5, 7)),
                           strict=True):  # fmt: skip
        row[list(places)] = True
    kept = np.zeros((8, 16, 9), bool)
    for filter_ in kept:
        filter_[rng.choice(16, 5, replace=False)] = patterns[rng.integers(0, 4, 5)]
    layer = Occupancy(kept.reshape(8, 16, 3, 3), 8, zero=False)
    costs = costs_of(layer)
    assert costs[PATTERN].bits == 40 * (2 + 4 + 4 * 8) + 4 * 9
    assert min(costs, key=lambda name: costs[name].bits) == PATTERN
    kept[0, :] = False
    assert PATTERN not in costs_of(Occupancy(kept.reshape(8, 16, 3, 3), 8, zero=False))


def test_empty_rows_and_columns_cost_what_the_paper_counts_for_columns():
    kept = np.zeros((20, 100), bool)
    kept[:, [3, 50, 51, 99]] = True
    assert costs_of(Occupancy(kept, 4, zero=False))[f"{WITHIN}dense"].bits == 20 * 4 * 4 + 4 * 7


@pytest.mark.parametrize(
    ("rate", "relative", "csr", "bound"),
    [(246, 15_700, 22_000, 14_300), (348, 11_600, 17_100, 10_500)],
)
def test_lenet_5_costs_what_arithmetic_with_expected_fillers_says(rate, relative, csr, bound):
    layers = [scattered_layers(seed, SPLITS[rate]) for seed in range(3)]
    assert bound_of(layers[0]) == pytest.approx(bound, rel=0.01)
    assert index_bits(layers[0], CSR) == pytest.approx(csr, rel=0.01)
    assert np.mean([index_bits(some, RELATIVE) for some in layers]) == pytest.approx(
        relative, rel=0.02
    )


@pytest.mark.parametrize("rate", SPLITS)
def test_rice_codes_lie_between_the_bound_and_the_relative_index(rate):
    layers = scattered_layers(0, SPLITS[rate])
    bound = bound_of(layers)
    assert bound < index_bits(layers, RICE) < 1.05 * bound < index_bits(layers, RELATIVE)


def test_a_relative_index_with_fillers_needs_a_code_for_zero():
    far = np.zeros((1, 40), bool)
    far[0, [0, 39]] = True
    with_zero = costs_of(Occupancy(far, 4, zero=True))[RELATIVE]
    without = costs_of(Occupancy(far, 4, zero=False))[RELATIVE]
    assert (without.k, without.bits) == (6, 2 * (4 + 6))
    assert with_zero.bits <= without.bits
