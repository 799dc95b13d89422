"""DMCP's chains and BWCP's whitening are what their equations say."""

import copy

import pytest
import torch
from torch import nn

from model_compression.framework.chains import Chain, Chains, overspent
from model_compression.framework.gates import insert, take_out
from model_compression.framework.mixing import merge
from model_compression.framework.sites import sites_of
from model_compression.framework.surgery import answers
from model_compression.framework.training import Course
from model_compression.framework.whitening import (
    Whitened,
    active,
    drawn,
    inverse_root,
    whitening,
)
from model_compression.framework.widths import Budget, Limit, size_of
from model_compression.recipes.dmcp import LearnWidths
from model_compression.tasks.networks import lenet5, micro_resnet


@pytest.fixture(autouse=True)
def _same_chances():
    torch.manual_seed(4)


def chain(channels=50):
    made = Chain(channels)
    made.alpha.data = torch.randn(len(made.alpha)) + 1.5
    return made


def test_a_chains_channels_stay_ever_less_surely_and_the_first_always():
    stays = chain().stays()
    assert len(stays) == 50
    assert (stays.diff() <= 0).all()
    assert stays[0] == 1.0
    assert [len(Chain(c).stays()) for c in (1, 2, 5, 11)] == [1, 2, 5, 11]


def test_the_expected_width_is_the_mean_of_drawn_ones():
    made = chain()
    drawn_ = [made.drawn(torch.rand(len(made.alpha))) for _ in range(4000)]
    assert float(made.stays().sum()) == pytest.approx(sum(drawn_) / 4000, abs=0.8)


def chains_of_lenet(most):
    size = size_of(lenet5(), (torch.zeros(1, 1, 28, 28),), of_macs=True)
    gates = {"conv1": chain(20), "conv2": chain(50), "fc1": chain(500)}
    return Chains(gates, Budget(size, most))


def test_a_larger_alpha_never_makes_the_network_smaller():
    chains = chains_of_lenet(1e5)
    alphas = [one.alpha.requires_grad_(True) for one in chains.gates.values()]
    gradients = torch.autograd.grad(chains.expected(), alphas)
    assert all((gradient >= 0).all() for gradient in gradients)
    assert any((gradient > 0).any() for gradient in gradients)


def test_a_size_just_below_the_wanted_one_is_not_pulled_and_others_towards_it():
    def pull(value):
        expected = torch.tensor(value, requires_grad=True)
        (gradient,) = torch.autograd.grad(overspent(expected, 100.0), expected)
        return float(gradient)

    assert pull(97.0) == 0.0
    assert pull(120.0) > 0.0
    assert pull(80.0) < 0.0


def test_the_widths_fit_and_not_by_far():
    for most in (120_000.0, 400_000.0):
        chains = chains_of_lenet(most)
        shares = {r: w / chains.gates[r].channels for r, w in chains.widths().items()}
        assert 0.7 * most < chains.budget.size(shares) <= most


def test_when_all_may_stay_the_chains_become_surer(trained):
    subject, lab = trained()
    stage = LearnWidths(limit=Limit(1.0), course=Course(epochs=30.0))
    before = 19_360 * float(Chain(24).stays().mean())
    stage.run(subject, lab)
    note = lab.journal.entries[-1]
    assert note["expected"] > before
    assert all((layer.weight != 0).any() for layer in subject.network if hasattr(layer, "weight"))


def test_newtons_inverse_root_is_that_of_the_eigenvalues():
    mixing = torch.randn(12, 12).double() * 0.1 + torch.eye(12)
    covariance = mixing @ mixing.T
    values, vectors = torch.linalg.eigh(covariance)
    exact = vectors @ (values**-0.5).diag() @ vectors.T
    near = inverse_root(covariance, iterations=10)
    assert (near - exact).norm() / exact.norm() < 1e-2
    errors = [float((inverse_root(covariance, i) - exact).norm()) for i in (1, 2, 3, 5, 8)]
    assert errors == sorted(errors, reverse=True)


def test_whitened_channels_of_a_group_lose_their_correlations():
    flat = torch.randn(12, 12).exp() @ torch.randn(12, 4000)
    before, after = (torch.corrcoef(one) - torch.eye(12) for one in (flat, whitening(flat) @ flat))
    assert after.abs().mean() < 0.6 * before.abs().mean()


def test_a_channel_is_active_as_often_as_is_told():
    factor, shift = torch.tensor([0.7, -0.7, 1e-9]), torch.tensor([-0.4, -0.4, -0.1])
    told = active(factor, shift)
    seen = ((factor[:, None] * torch.randn(3, 200_000) + shift[:, None]) > 0).float().mean(dim=1)
    assert float(told[0]) == pytest.approx(0.2839, abs=1e-3)
    torch.testing.assert_close(told, seen, atol=5e-3, rtol=0)


def test_masks_are_drawn_with_their_chances():
    chances = torch.tensor([0.1, 0.5, 0.9]).repeat(20_000, 1)
    open_ = (drawn(chances) > 0.5).float().mean(dim=0)
    torch.testing.assert_close(open_, chances[0], atol=0.02, rtol=0)


@pytest.mark.parametrize(("build", "shape"), [(lenet5, (1, 28, 28)), (micro_resnet, (3, 16, 16))])
def test_a_merged_whitening_does_in_evaluation_what_it_did_behind_its_layer(build, shape):
    network, x = build().eval(), (torch.randn(16, *shape),)
    sites = [site for site in sites_of(network, (x[0][:1],)) if site.single]
    gates = {}
    for site in sites:
        place = site.places[0]
        norm = network.get_submodule(place.norm) if place.norm else None
        gates[place] = Whitened(site.unit.size, norm)
        insert(network, place.name, gates[place])
    network.train()
    for _ in range(3):
        network(*x)
    whole = copy.deepcopy(network).eval()
    for place, gate in gates.items():
        take_out(network, place.name)
        merge(network, place, *gate.merged())
    before = answers(whole, x)
    difference = (answers(network.eval(), x) - before).abs().max()
    assert difference <= 1e-4 * max(1.0, float(before.abs().max()))
    assert isinstance(network, nn.Module)
