"""The projection onto levels against searching all scales; codes there and back, to the bit."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from classifier.runtime.packed.levels import KINDS
from model_compression.errors import CompressionError
from model_compression.framework.levels import Levels, project

SETS = [
    (kind, bits, zero)
    for kind, family in KINDS.items()
    for bits in range(family.least_bits, family.most_bits + 1)
    for zero in (False, True)
    if not (kind == "binary" and zero)
]
sets = st.sampled_from(SETS)
seeds = st.integers(0, 10_000)


def some_weights(seed: int, *shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def table_of(levels: Levels) -> torch.Tensor:
    most = 1 << (levels.bits - 1)
    codes = torch.arange(-most + levels.zero, most + 1 - levels.zero)
    return levels.values(codes if levels.zero else codes[codes != 0])


@given(seeds, sets.filter(lambda chosen: chosen[1] <= 4))
def test_no_scale_of_a_fine_grid_is_much_nearer(seed, chosen):
    kind, bits, zero = chosen
    weight = some_weights(seed, 8, 6)
    found, levels = project(weight, kind, bits, zero=zero)
    unit = table_of(Levels(kind, bits, 1.0, zero))
    top = float(weight.abs().max() / unit.max())

    def distance(scale: float) -> float:
        gaps = (weight.reshape(-1, 1) - scale * unit).abs().amin(dim=1)
        return float(gaps.square().sum())

    best = min(distance(top * share) for share in torch.linspace(0.02, 1.5, 300).tolist())
    assert float((found - weight).square().sum()) <= best * 1.05 + 1e-9
    assert torch.isin(found, table_of(levels)).all()


@given(seeds, sets)
def test_every_weight_goes_to_its_nearest_level(seed, chosen):
    kind, bits, zero = chosen
    weight = some_weights(seed, 5, 4)
    found, levels = project(weight, kind, bits, zero=zero)
    gaps = (weight.reshape(-1, 1) - table_of(levels)).abs().amin(dim=1)
    torch.testing.assert_close((found - weight).abs().reshape(-1), gaps)


def test_the_scale_of_signs_is_the_mean_of_the_absolute_weights():
    weight = some_weights(3, 20, 5)
    found, levels = project(weight, "binary", 1, zero=False)
    assert levels.scale == pytest.approx(float(weight.abs().mean()))
    assert torch.equal(found.sign(), weight.sign())


@given(seeds, sets, st.booleans())
def test_codes_go_there_and_back_to_the_bit(seed, chosen, per_filter):
    kind, bits, zero = chosen
    weight = some_weights(seed, 6, 3, 2, 2)
    weight[weight.abs() < 0.5] = 0
    found, levels = project(weight, kind, bits, zero=zero, per_filter=per_filter)
    codes = levels.codes(found)
    assert torch.equal(levels.values(codes), found)
    assert int(codes.abs().max()) <= (1 << (bits - 1)) - zero


@given(seeds, sets)
def test_projecting_twice_changes_nothing(seed, chosen):
    kind, bits, zero = chosen
    once, _ = project(some_weights(seed, 7, 9), kind, bits, zero=zero)
    twice, _ = project(once, kind, bits, zero=zero)
    torch.testing.assert_close(twice, once, rtol=1e-6, atol=0)


def test_pruned_weights_stay_zero_and_do_not_pull_at_the_scale():
    weight = some_weights(1, 4, 4)
    pruned = weight.clone()
    pruned[:, :2] = 0
    found, levels = project(pruned, "uniform", 3, zero=False)
    _, alone = project(weight[:, 2:], "uniform", 3, zero=False)
    assert torch.equal(found == 0, pruned == 0)
    assert levels.scale == alone.scale


def test_a_weight_of_a_dense_layer_that_happens_to_be_zero_gets_a_sign():
    weight = torch.tensor([[0.0, 1.0], [-1.0, 2.0]])
    found, _ = project(weight, "binary", 1, zero=False, kept=torch.ones_like(weight).bool())
    assert found.unique().tolist() == [-1.0, 1.0]


def test_a_filter_has_its_own_scale_and_an_empty_one_stays_empty():
    weight = some_weights(2, 3, 2, 2, 2) * torch.tensor([1.0, 100.0, 0.0]).reshape(3, 1, 1, 1)
    found, levels = project(weight, "binary", 1, zero=False, per_filter=True)
    assert isinstance(levels.scale, torch.Tensor)
    assert levels.scale.shape == (3, 1, 1, 1)
    torch.testing.assert_close(levels.scale[:2].reshape(-1), weight[:2].abs().mean(dim=(1, 2, 3)))
    assert not found[2].any()


def test_codes_of_a_weight_off_the_levels_are_refused():
    levels = Levels("uniform", 4, 0.5, zero=True)
    with pytest.raises(CompressionError, match="uniform levels of 4 bits: a weight is on none"):
        levels.codes(torch.tensor([0.5, 0.6]))


@pytest.mark.parametrize(
    ("kind", "bits", "zero", "message"),
    [
        ("ternary", 2, True, "no kind of levels 'ternary'; there are: binary, uniform"),
        ("uniform", 9, True, "uniform levels have 2 to 8 bits, not 9"),
        ("binary", 1, True, "binary levels have no room for 0; project with zero=False"),
    ],
)
def test_a_set_that_does_not_exist_is_named(kind, bits, zero, message):
    with pytest.raises(CompressionError, match=message):
        project(torch.ones(2, 2), kind, bits, zero=zero)


def test_a_weight_that_is_no_number_is_refused():
    with pytest.raises(CompressionError, match="one of them is not a finite number"):
        project(torch.tensor([1.0, float("nan")]), "binary", 1, zero=False)
