"""One weight a block, and circulant blocks: found where they are, at the price of a formula."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from classifier.runtime.packed.bits import BitReader
from classifier.runtime.packed.blocks import BLOCKS, block_sizes
from classifier.runtime.packed.circulant import CIRCULANT, first_cells
from classifier.runtime.packed.codings import CODINGS
from model_compression.framework.admm import project_hard
from model_compression.framework.balanced import BlockMax
from model_compression.framework.circulant import Circulant, numbers_of
from model_compression.framework.layers import layers_of
from model_compression.framework.marks import Marks
from model_compression.ledger.formats import Occupancy, costs_of
from model_compression.ledger.storage import storage_of
from model_compression.recipes.darb import one_size, sizes_by_row
from model_compression.tasks.networks import lenet5

BITS = 5
rows_of_sizes = st.lists(st.sampled_from([1, 2, 4, 8, 16]), min_size=1, max_size=6)


def kept_by(sizes: list[int], shape: tuple[int, ...], seed: int) -> np.ndarray:
    """What DARB's own projection keeps of random weights."""
    weight = torch.randn(len(sizes), *shape, generator=torch.Generator().manual_seed(seed))
    return (BlockMax(sizes)(weight) != 0).numpy()


def fits(row: np.ndarray, size: int) -> bool:
    """Whether every block keeps one, block by block."""
    return all(row[at : at + size].sum() == 1 for at in range(0, len(row), size))


def there_and_back(name: str, kept: np.ndarray, side: int = 0) -> None:
    """As many bits as the formula says, and the same entries from them."""
    cost = costs_of(Occupancy(kept, BITS, zero=False, side=side))[name]
    coded = CODINGS[name].write(kept, cost.k)
    assert len(coded.bits) + len(coded.entries) * BITS == cost.bits
    assert eval(cost.sum.replace(",", "").replace("x", "*")) == cost.bits  # noqa: S307  # digits
    stream = BitReader(np.packbits(coded.bits).tobytes())
    entries = CODINGS[name].read(stream, kept.shape, len(coded.entries), coded.numbers)
    assert np.array_equal(entries, coded.entries)


@given(rows_of_sizes, st.sampled_from([(1,), (7,), (16,), (37,), (3, 2, 2)]), st.integers(0, 99))
def test_rows_of_blocks_are_found_and_cost_what_their_formula_says(sizes, shape, seed):
    kept = kept_by(sizes, shape, seed)
    there_and_back(BLOCKS, kept)
    entries = CODINGS[BLOCKS].write(kept, 0).entries
    assert np.array_equal(entries, np.flatnonzero(kept))


@given(st.integers(2, 40), st.integers(1, 40), st.integers(1, 5), st.integers(0, 99))
def test_one_size_for_all_rows_may_be_any_number_and_rows_say_nothing(columns, size, rows, seed):
    kept = kept_by([size] * rows, (columns,), seed)
    blocks, width = math.ceil(columns / size), math.ceil(math.log2(min(size, columns)))
    assert costs_of(Occupancy(kept, BITS, zero=False))[BLOCKS].bits <= rows * blocks * (
        width + BITS
    )
    there_and_back(BLOCKS, kept)


@given(st.integers(1, 3), st.integers(1, 9), st.integers(0, 999), st.sampled_from([0.2, 0.5, 0.9]))
def test_blocks_are_found_exactly_where_trying_every_size_finds_them(rows, columns, seed, share):
    kept = np.random.default_rng(seed).random((rows, columns)) < share
    tries = range(1, 17)
    alike = any(all(fits(row, size) for row in kept) for size in tries)
    powers = all(any(fits(row, size) for size in (1, 2, 4, 8, 16)) for row in kept)
    found = block_sizes(kept)
    assert (found is not None) == (alike or powers)
    if found is not None:
        sizes = [found.least << int(one) for one in found.which]
        assert all(fits(row, size) for row, size in zip(kept, sizes, strict=True))
        assert (found.which < found.sizes).all()


@pytest.mark.parametrize("plan", [sizes_by_row, one_size])
def test_what_darb_keeps_of_lenet_5_costs_what_the_paper_counts(plan):
    torch.manual_seed(3)
    network = lenet5()
    constraints = plan(network, 20_000)
    masks = project_hard(network, list(constraints.items()))
    for name, layer in layers_of(network).items():
        columns, sizes = layer.weight[0].numel(), constraints[name].sizes
        which = math.ceil(math.log2(max(sizes) / min(sizes) * 2)) if len(set(sizes)) > 1 else 1
        by_hand = len(sizes) * math.ceil(math.log2(which)) + sum(
            math.ceil(columns / size) * (BITS + math.ceil(math.log2(size))) for size in sizes
        )
        costs = costs_of(Occupancy(masks[name].numpy(), BITS, zero=False))
        assert costs[BLOCKS].bits == by_hand, name
    assert BLOCKS in storage_of(network, Marks(masks)).format


def test_blocks_are_cheaper_than_any_code_that_knows_of_none():
    costs = costs_of(Occupancy(kept_by([16] * 50, (800,), 0), BITS, zero=False))
    assert costs[BLOCKS].bits == 50 * 50 * (4 + BITS)
    others = min(cost.bits for name, cost in costs.items() if name != BLOCKS)
    assert costs[BLOCKS].bits < 0.95 * others


@pytest.mark.parametrize("row", [[], [0, 1], [0, 8, 9], [4]])
def test_an_empty_row_or_block_and_a_block_of_two_have_no_such_format(row):
    kept = np.zeros((2, 12), bool)
    kept[0, [3, 4, 11]] = True
    assert BLOCKS in costs_of(Occupancy(kept[:1], BITS, zero=True))
    kept[1, row] = True
    there = BLOCKS in costs_of(Occupancy(kept, BITS, zero=True))
    assert there == (row == [4]), "one weight is one block, wherever it is"


sides = st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(1, 12))


@given(sides, st.sampled_from([(), (3, 3)]))
def test_circulant_blocks_cost_what_their_formula_says(sizes, kernel):
    rows, columns, side = sizes
    there_and_back(CIRCULANT, np.ones((rows, columns, *kernel), bool), side)


@given(sides)
def test_the_first_cell_of_a_value_is_the_first_of_its_wrapped_diagonal(sizes):
    rows, columns, side = sizes
    seen = {}
    for a, c in product(range(rows), range(columns)):
        seen.setdefault((a // side, c // side, (a - c) % side), a * columns + c)
    wanted = [seen[a // side, c // side, (a - c) % side]
              for a, c in product(range(rows), range(columns))]  # fmt: skip
    assert first_cells((rows, columns), side).tolist() == wanted
    assert first_cells((rows, columns, 1, 2), side).tolist() == [
        2 * cell + tap for cell in wanted for tap in (0, 1)
    ]


def test_a_whole_block_stores_its_first_row_and_a_cut_one_what_the_row_lacks():
    def stored(rows, columns):
        return CODINGS[CIRCULANT].write(np.ones((rows, columns), bool), 4).entries.tolist()

    assert stored(4, 4) == [0, 1, 2, 3]
    assert stored(4, 2) == [0, 1, 2, 4], "rows 1 and 2 begin with values that the first lacks"
    assert stored(1, 2) == [0, 1], "the other two diagonals lie beyond both edges"


def test_a_tied_layer_is_stored_as_such_and_pays_for_no_number_beyond_its_edges():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(6, 10, 3), nn.Flatten(), nn.Linear(40, 17))
    layers = layers_of(network)
    with torch.no_grad():
        for name, side in (("0", 4), ("2", 16)):
            layers[name].weight.copy_(Circulant(side)(layers[name].weight))
    conv, linear = storage_of(network, Marks(tied={"0": 4, "2": 16})).layers
    assert conv.kept == numbers_of(layers["0"].weight, 4).numel() - 9 == (3 * 2 * 4 - 1) * 9
    assert linear.kept == 2 * 3 * 16 - 8
    for layer in (conv, linear):
        assert (list(layer.costs), layer.index_bits) == ([CIRCULANT], 0)
        assert layer.bits == layer.lower_bound_bits == layer.kept * 32
