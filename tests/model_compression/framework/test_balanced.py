"""Patterns, connectivity and blocks keep exactly what they say, and the nearest of it."""

import itertools
import math

import pytest
import torch

from model_compression.framework.admm import project_hard
from model_compression.framework.balanced import (
    CENTRE,
    T_SHAPES,
    BlockMax,
    Connected,
    Patterned,
    commonest,
    row_blocks,
)
from model_compression.framework.layers import layers_of
from model_compression.ledger.formats import Occupancy, costs_of
from model_compression.recipes.darb import Blocks, one_size, sizes_by_row
from model_compression.recipes.pconv import PatternsAndConnectivity
from model_compression.tasks.networks import lenet5, micro_resnet


@pytest.fixture(autouse=True)
def _same_weights():
    torch.manual_seed(5)


def test_the_four_t_together_are_the_stencil_of_the_paper():
    counts = [sum(tap in shape for shape in T_SHAPES) for tap in range(9)]
    assert counts == [0, 3, 0, 3, 4, 3, 0, 3, 0]


def test_a_pattern_is_the_best_of_all_for_every_kernel():
    weight = torch.randn(6, 4, 3, 3)
    found = Patterned(T_SHAPES)(weight)
    for kernel, kept in zip(weight.reshape(-1, 9), found.reshape(-1, 9), strict=True):
        tries = [torch.where(torch.isin(torch.arange(9), torch.tensor(p)), kernel, 0.0)
                 for p in T_SHAPES]  # fmt: skip
        best = min(tries, key=lambda one: float((one - kernel).square().sum()))
        assert torch.equal(kept, best)
    assert torch.equal(Patterned(T_SHAPES)(found), found)


def test_a_networks_own_patterns_are_those_that_its_kernels_have_most():
    shapes = [(0, 1, 2, 4), (4, 5, 7, 8), (1, 3, 4, 6)]
    kernels = torch.full((9, 1, 9), 0.01)
    for row, shape in enumerate([shapes[0]] * 2 + [shapes[1]] * 4 + [shapes[2]] * 3):
        kernels[row, 0, list(shape)] = torch.rand(4) + 0.5
    kernels[:, 0, CENTRE] = 0.001  # it is in every pattern, however small
    weights = [kernels.reshape(9, 1, 3, 3)]
    assert commonest(weights, 2) == [shapes[1], shapes[2]]
    assert len(commonest(weights, 99)) == 3


@pytest.mark.parametrize("shape", [(5, 6, 3, 3), (5, 6)])
def test_connectivity_keeps_as_many_kernels_in_every_filter_and_the_largest(shape):
    weight = torch.randn(shape)
    found = Connected(2)(weight)
    assert ((found != 0).flatten(2).any(2) if len(shape) > 2 else found != 0).sum(1).eq(2).all()
    for row, kept in zip(weight, found, strict=True):
        energy = row.reshape(6, -1).square().sum(1)
        best = max(float(energy[list(two)].sum()) for two in itertools.combinations(range(6), 2))
        assert float(kept.square().sum()) == pytest.approx(best)


def test_a_block_keeps_its_largest_weight_and_a_row_one_a_block():
    weight = torch.randn(3, 10)
    blocks = BlockMax([4, 1, 16])
    found = blocks(weight)
    assert (found != 0).sum(dim=1).tolist() == [3, 10, 1]
    assert blocks.kept(10) == 14
    assert torch.equal(found[1], weight[1])
    for start in (0, 4, 8):
        block = slice(start, min(start + 4, 10))
        assert found[0, block].abs().max() == weight[0, block].abs().max()
    assert torch.equal(blocks(found), found)


def test_equal_weights_are_decided_by_index():
    assert BlockMax([2, 2])(torch.ones(2, 4)).tolist() == [[1, 0, 1, 0]] * 2


def test_denser_rows_have_smaller_blocks_and_the_budget_is_met():
    weight = torch.randn(12, 60) * torch.linspace(0.2, 2.0, 12)[:, None]
    for kept in (12, 40, 90, 300):
        blocks = row_blocks(weight, kept)
        assert blocks.kept(60) <= kept
        assert all(size & (size - 1) == 0 for size in blocks.sizes)
        best = weight.abs().flatten().sort(descending=True).values[kept - 1]
        density = (weight.abs() >= best).sum(dim=1).tolist()
        pairs = sorted(zip(density, blocks.sizes, strict=True))
        assert all(a[1] >= b[1] for a, b in itertools.pairwise(pairs) if a[0] < b[0])
    assert len(set(row_blocks(weight, 90).sizes)) > 1


# one power of two for all rows of a layer can leave half of a budget unspent
@pytest.mark.parametrize(("sizes", "spent"), [(sizes_by_row, 0.9), (one_size, 0.5)])
def test_blocks_of_a_network_keep_exactly_what_they_say_within_the_budget(sizes, spent):
    network = lenet5()
    constraints = Blocks(20_000, sizes)(network, ())
    masks = project_hard(network, constraints)
    for name, blocks in constraints:
        columns = masks[name][0].numel()
        rows = [math.ceil(columns / size) for size in blocks.sizes]
        assert masks[name].flatten(1).sum(dim=1).tolist() == rows
    kept = sum(int(mask.sum()) for mask in masks.values())
    assert spent * 20_000 < kept <= 20_000


def test_sizes_of_later_steps_hold_whole_blocks_of_earlier_ones():
    network = lenet5()
    before = dict.fromkeys(layers_of(network), 1)
    for kept in (150_000, 60_000, 27_000):
        constraints = Blocks(kept, one_size)(network, ())
        project_hard(network, constraints)
        sizes = {name: blocks.sizes[0] for name, blocks in constraints}
        assert all(sizes[name] % before[name] == 0 for name in sizes)
        before = sizes
    for name, layer in layers_of(network).items():
        rows = layer.weight.flatten(1)
        assert ((rows != 0).sum(dim=1) == math.ceil(rows.shape[1] / before[name])).all()


def test_patterns_and_connectivity_of_a_network_are_balanced_and_within_the_budget():
    network = micro_resnet()
    plan = PatternsAndConnectivity(6_000, shapes=6)
    constraints = plan(network, ())
    masks = project_hard(network, constraints)
    library = next(p.patterns for _, p in constraints if isinstance(p, Patterned))
    for mask in masks.values():
        if mask.dim() == 4 and mask.shape[2] == 3:
            kernels = mask.reshape(*mask.shape[:2], 9)
            shapes = {tuple(k.nonzero().flatten().tolist()) for k in kernels.reshape(-1, 9)}
            assert shapes - {()} <= set(library)
            assert len(set(kernels.any(2).sum(1).tolist())) == 1
    assert sum(int(mask.sum()) for mask in masks.values()) <= 6_000
    assert masks["conv"].reshape(16, 3, 9).any(2).all()
    assert set(masks) == set(layers_of(network))


def test_where_patterns_are_is_told_in_fewer_bits_than_any_four_of_nine():
    free = torch.zeros(64, 64, 9)
    free.scatter_(2, torch.rand(64, 64, 9).argsort(dim=2)[:, :, :4], 1.0)
    shaped = Patterned(T_SHAPES)(torch.randn(64, 64, 3, 3)) != 0
    bits = [min(cost.bits for cost in costs_of(Occupancy(kept.numpy(), 8, zero=False)).values())
            for kept in (shaped, free.reshape(64, 64, 3, 3) > 0)]  # fmt: skip
    assert bits[0] < 0.95 * bits[1]
