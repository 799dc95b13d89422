"""Circulant blocks: the nearest, by FFT the same, in whole numbers nearly, growing as told."""

import itertools

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from model_compression.circulant.fixed_point import Format, circulant_product, transform
from model_compression.circulant.growth import exponent
from model_compression.circulant.hardware import (
    Chip,
    circulant_work,
    dense_work,
    estimate,
)
from model_compression.circulant.layers import CirculantLinear, circulant_of
from model_compression.circulant.lstm import CirculantLstm, straight_sigmoid, straight_tanh
from model_compression.errors import CompressionError
from model_compression.framework.circulant import Circulant, expand, numbers_of
from model_compression.framework.marks import Marks
from model_compression.ledger.storage import storage_of


@pytest.fixture(autouse=True)
def _same_numbers():
    torch.manual_seed(7)


def by_hand(numbers, rows, columns):
    """Cell by cell, from the definition."""
    block = numbers.shape[2]
    dense = torch.zeros(rows, columns)
    for a, c in itertools.product(range(rows), range(columns)):
        dense[a, c] = numbers[a // block, c // block, (a - c) % block]
    return dense


def test_cells_are_numbered_from_the_diagonal_downwards():
    numbers = torch.tensor([[[1.0, 2.0, 3.0]]])
    assert expand(numbers, 3, 3).tolist() == [[1, 3, 2], [2, 1, 3], [3, 2, 1]]


@pytest.mark.parametrize(("rows", "columns", "block"), [(8, 8, 4), (10, 7, 4), (3, 5, 8)])
def test_the_nearest_are_means_over_wrapped_diagonals(rows, columns, block):
    weight = torch.randn(rows, columns)
    found = numbers_of(weight, block)
    for i, j, d in np.ndindex(*found.shape):
        cells = [float(weight[a, c]) for a in range(rows) for c in range(columns)
                 if (a // block, c // block, (a - c) % block) == (i, j, d)]  # fmt: skip
        assert float(found[i, j, d]) == pytest.approx(np.mean(cells) if cells else 0.0, abs=1e-6)
    assert torch.equal(expand(found, rows, columns), by_hand(found, rows, columns))


def test_no_other_circulant_weights_are_nearer_and_projecting_twice_changes_nothing():
    weight = torch.randn(12, 8, 3, 3)
    allowed = Circulant(4)
    best = allowed(weight)
    assert torch.equal(allowed(best), best)
    least = (weight - best).square().sum()
    numbers = numbers_of(weight, 4)
    for _ in range(20):
        other = expand(numbers + 0.1 * torch.randn_like(numbers), 12, 8)
        assert (weight - other).square().sum() > least


@pytest.mark.parametrize(("rows", "columns", "block"), [(16, 24, 8), (10, 7, 4), (6, 6, 6)])
def test_by_fft_a_linear_layer_gives_what_its_dense_matrix_gives(rows, columns, block):
    layer = CirculantLinear.of(nn.Linear(columns, rows), block)
    x = torch.randn(5, columns, requires_grad=True)
    wanted = functional.linear(x, by_hand(layer.numbers.detach(), rows, columns), layer.bias)
    torch.testing.assert_close(layer(x), wanted, atol=1e-5, rtol=1e-5)
    # and the same gradients, those of numbers summed over where they stand
    target = torch.randn(5, rows)
    (given,) = torch.autograd.grad((layer(x) * target).sum(), layer.numbers)
    dense = layer.dense()
    (asked,) = torch.autograd.grad((functional.linear(x, dense) * target).sum(), layer.numbers)
    torch.testing.assert_close(given, asked, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("settings", [{}, {"padding": 1}, {"stride": 2, "padding": 2}])
def test_by_fft_a_convolution_gives_what_its_dense_kernel_gives(settings):
    layer = nn.Conv2d(6, 10, 3, **settings)
    small = circulant_of(layer, 4)
    x = torch.randn(2, 6, 9, 9)
    wanted = functional.conv2d(x, small.dense(), layer.bias, layer.stride, layer.padding)
    torch.testing.assert_close(small(x), wanted, atol=1e-5, rtol=1e-5)
    assert small.numbers.numel() == 3 * 2 * 4 * 9


def test_an_lstm_of_circulant_blocks_is_the_lstm_of_its_dense_matrix():
    small = CirculantLstm(5, 8, block=4)
    dense = nn.LSTM(5, 8, batch_first=True)
    weight = small.gates.dense().detach()
    with torch.no_grad():
        dense.weight_ih_l0.copy_(weight[:, :5])
        dense.weight_hh_l0.copy_(weight[:, 5:])
        dense.bias_ih_l0.copy_(small.gates.bias)
        dense.bias_hh_l0.zero_()
    x = torch.randn(3, 6, 5)
    torch.testing.assert_close(small(x), dense(x)[0], atol=1e-5, rtol=1e-5)
    small.sigmoid, small.tanh = straight_sigmoid, straight_tanh
    assert (small(x) - dense(x)[0]).abs().max() < 0.1


def test_straight_pieces_stay_near_the_curves_and_rise():
    x = torch.linspace(-8, 8, 2001)
    assert (straight_sigmoid(x) - x.sigmoid()).abs().max() < 0.025
    assert (straight_tanh(x) - x.tanh()).abs().max() < 0.05
    assert (straight_sigmoid(x).diff() >= 0).all()
    torch.testing.assert_close(straight_sigmoid(-x), 1 - straight_sigmoid(x))


def test_an_lstm_of_circulant_blocks_learns_to_remember():
    small = CirculantLstm(4, 16, block=4)
    read = nn.Linear(16, 1)
    optimizer = torch.optim.Adam([*small.parameters(), *read.parameters()], lr=0.02)
    losses = []
    for _ in range(150):
        x = torch.randn(32, 5, 4)
        loss = (read(small(x)[:, -1])[:, 0] - x[:, 1, 0].sign()).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert np.mean(losses[-20:]) < 0.5 * np.mean(losses[:10])


def test_a_transform_in_whole_numbers_is_the_dft_over_its_length():
    form = Format(bits=24, fraction=18)
    x = np.random.default_rng(0).uniform(-1, 1, (3, 32))
    real, imaginary = transform(form.read(x), np.zeros((3, 32), np.int64), form, back=False)
    wanted = np.fft.fft(x) / 32
    assert np.abs(form.value(real) + 1j * form.value(imaginary) - wanted).max() < 1e-4


@pytest.mark.parametrize(("bits", "fraction", "close"), [(12, 9, 3e-2), (16, 12, 4e-3)])
def test_the_whole_number_product_is_the_real_one_but_for_rounding(bits, fraction, close):
    form, rng = Format(bits, fraction), np.random.default_rng(1)
    numbers, x = rng.uniform(-0.3, 0.3, (2, 3, 16)), rng.uniform(-1, 1, (3, 16))
    found, cut = circulant_product(form.read(numbers), form.read(x), form)
    wanted = by_hand(torch.from_numpy(numbers), 32, 48).double() @ torch.from_numpy(x).reshape(48)
    assert cut == 0
    assert np.abs(form.value(found).reshape(32) - wanted.numpy()).max() < close


def test_a_golden_product_stays_to_the_bit():
    form = Format(16, 12)
    numbers = np.arange(-8, 8, dtype=np.int64).reshape(2, 1, 8) * 211
    found, cut = circulant_product(numbers, np.arange(8, dtype=np.int64)[None] * 307, form)
    assert (found.tolist(), cut) == (GOLDEN, 0)


def test_tied_weights_are_stored_once_and_a_layer_that_is_not_tied_is_refused():
    network = nn.Sequential(nn.Linear(32, 16, bias=False))
    with torch.no_grad():
        network[0].weight.copy_(Circulant(8)(network[0].weight))
    storage = storage_of(network, Marks(tied={"0": 8}))
    assert (storage.kept, storage.bits, storage.index_bits) == (64, 64 * 32, 0)
    network[0].weight.data[0, 0] += 1.0
    with pytest.raises(CompressionError, match="layer 0: its blocks of 8 are not circulant"):
        storage_of(network, Marks(tied={"0": 8}))


GOLDEN = [
    [-2214, -1898, -1708, -1644, -1708, -1898, -2214, -2657],
    [1329, 1645, 1835, 1898, 1835, 1645, 1329, 886],
]


def test_what_does_not_fit_is_cut_and_counted_and_odd_blocks_are_refused():
    form = Format(8, 4)
    full = np.full((1, 2, 4), 127, np.int64)
    found, cut = circulant_product(full, full[0], form)
    assert found.tolist() == [[127] * 4]
    assert cut == 4
    with pytest.raises(ValueError, match="blocks have 6"):
        circulant_product(np.zeros((1, 1, 6), np.int64), np.zeros((1, 6), np.int64), form)


def test_numbers_grow_with_the_size_and_work_with_size_times_its_logarithm():
    sizes = [2**power for power in range(6, 13)]
    work = [circulant_work(n, n, n).multiplications for n in sizes]
    assert [CirculantLinear.of(nn.Linear(n, n), n).numbers.numel() for n in sizes[:3]] == sizes[:3]
    ratios = [w / (n * np.log2(n)) for w, n in zip(work, sizes, strict=True)]
    assert max(ratios) / min(ratios) < 1.2
    assert exponent(sizes, [dense_work(n, n).multiplications for n in sizes]) == pytest.approx(2)
    assert 1.0 < exponent(sizes, work) < 1.3


def test_the_slowest_part_of_a_chip_decides_and_energy_adds_up():
    work = circulant_work(64, 64, 16)
    chip = Chip(butterflies=1, multipliers=10**6, words=10**6)
    assert estimate(work, chip).bound == "butterflies"
    assert estimate(work, chip).cycles == work.butterflies
    assert estimate(work, Chip(words=1)).bound == "memory"
    free = Chip(multiply_pj=0.0, add_pj=0.0, read_pj=1.0)
    assert estimate(work, free).nanojoules == pytest.approx(work.words / 1000)
    assert estimate(work, Chip()).nanojoules < estimate(dense_work(64, 64), Chip()).nanojoules
