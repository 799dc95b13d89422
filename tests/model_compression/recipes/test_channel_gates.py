"""Gate Decorator, PruneNet and C2S2 do what their papers say."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from model_compression.framework.gates import Dual, Scale, fold, insert
from model_compression.framework.hooks import Moment
from model_compression.framework.layers import layers_of
from model_compression.framework.pulls import CostAware
from model_compression.framework.schedules import triangle
from model_compression.framework.sites import gated, sites_of
from model_compression.framework.surgery import answers
from model_compression.framework.taylor import Taylor, decorated
from model_compression.framework.training import Course
from model_compression.framework.widths import Limit, size_of
from model_compression.recipes.c2s2 import Decide
from model_compression.recipes.gate_decorator import Tick
from model_compression.recipes.prunenet import LearnScales, costs_of
from model_compression.tasks.networks import lenet5, micro_resnet

ONE = (torch.zeros(1, 3, 16, 16),)


def normed():
    torch.manual_seed(2)
    network = micro_resnet().eval()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.bias)
            nn.init.normal_(module.weight)
            nn.init.normal_(module.running_mean)
    network.bn.weight.data[3] = 0.0
    network.bn.weight.data[4] = 1e-4  # its shift over its factor is large
    return network


def test_a_decorated_norm_and_its_melting_change_nothing():
    network, x = normed(), (torch.randn(4, 3, 16, 16),)
    before = answers(network, x)
    gates = decorated(network, sites_of(network, ONE))
    with gated(network, gates):
        torch.testing.assert_close(answers(network, x), before, atol=1e-4, rtol=1e-4)
        assert network.get_submodule("bn.0").weight[5].item() == 1.0
    torch.testing.assert_close(answers(network, x), before, atol=1e-4, rtol=1e-4)


def test_scores_are_summed_absolute_values_of_gradient_times_gate():
    gate = Scale(2)
    gate.factor.data = torch.tensor([2.0, -1.0])
    taylor = Taylor({"one": gate})
    for gradient in ([1.0, 3.0], [-1.0, 3.0]):  # of opposite signs: they must not cancel
        gate.factor.grad = torch.tensor(gradient)
        taylor.after_backward(Moment(nn.Identity(), 0, 1, None, None))
    assert taylor.totals["one"].tolist() == [4.0, 6.0]


def test_the_score_of_a_gate_is_what_closing_it_costs_to_first_order():
    torch.manual_seed(0)
    network, x, target = lenet5().eval(), torch.randn(64, 1, 28, 28), torch.arange(64) % 10
    gate = Scale(500)
    insert(network, "fc1", gate)
    base = functional.cross_entropy(network(x), target)
    base.backward()
    told = gate.factor.grad.clone()
    for channel in (3, 77):
        with torch.no_grad():
            gate.factor[channel] = 0.0
            cost = float(functional.cross_entropy(network(x), target) - base)
            gate.factor[channel] = 1.0
        assert cost == pytest.approx(-float(told[channel]), abs=2e-4)


def test_in_a_tick_no_weight_moves_but_those_of_the_answers(trained):
    subject, lab = trained()
    first = subject.network[1]
    before = first.weight.detach().clone()
    Tick(limit=Limit(0.5), course=Course(epochs=3.0)).run(subject, lab)
    closed = (first.weight == 0).all(dim=1)
    assert closed.any()
    # what stays is a multiple of what it was: the gate has moved and was folded in
    cosines = functional.cosine_similarity(first.weight[~closed], before[~closed])
    torch.testing.assert_close(cosines, torch.ones_like(cosines))


def test_the_rate_of_a_tock_rises_and_falls():
    assert [round(triangle(p), 6) for p in (0.0, 0.25, 0.5, 1.0)] == [0.1, 0.55, 1.0, 0.1]


def test_learning_scales_moves_nothing_else_to_the_bit(trained):
    subject, lab = trained()
    network = subject.network
    before = {n: p.detach().clone() for n, p in layers_of(network).items() for p in [p.weight]}
    scales = {"1": Scale(24), "3": Scale(16)}
    for name, scale in scales.items():
        insert(network, name, scale)
    stage = LearnScales(limit=Limit(0.5), course=Course(epochs=30.0, rate=1e-2))
    stage.learn(subject, lab, scales, {"1": 1 / 48, "3": 1 / 32})
    after = {n.removesuffix(".0"): layer.weight for n, layer in layers_of(network).items()}
    assert all(torch.equal(after[name], weight) for name, weight in before.items())
    assert all(scale.factor.std() > 1e-3 for scale in scales.values())
    assert all((scale.factor >= 0).all() for scale in scales.values())
    for name in scales:
        fold(network, name)


def test_what_a_channel_costs_is_its_part_of_the_whole():
    network, x = lenet5(), (torch.zeros(1, 1, 28, 28),)
    sites = sites_of(network, x)
    costs = costs_of(sites, size_of(network, x, of_macs=False))
    assert sum(costs[s.root] * s.unit.size for s in sites) == pytest.approx(1.0)
    assert costs["conv2"] / costs["fc1"] == pytest.approx((20 * 25 + 500 * 16) / (800 + 10))


def test_a_dual_gate_of_ones_changes_nothing_and_a_binary_one_is_the_masked_layer():
    network, x = lenet5().eval(), (torch.randn(4, 1, 28, 28),)
    before = answers(network, x)
    gate = Dual(50)
    insert(network, "conv2", gate)
    assert torch.equal(answers(network, x), before)
    gate.factor.data = torch.rand(50)
    gate.kept = 20
    binary = answers(network, x)
    fold(network, "conv2")
    with torch.no_grad():
        network.conv2.weight[~gate.stays] = 0.0
        network.conv2.bias[~gate.stays] = 0.0
    assert int(gate.stays.sum()) == 20
    torch.testing.assert_close(answers(network, x), binary)


def test_gradients_pass_a_binary_gate_as_if_it_were_real():
    gate = Dual(3)
    gate.factor.data = torch.tensor([0.9, 0.1, 0.5])
    gate.kept = 1
    gate(torch.ones(2, 3)).sum().backward()
    assert gate.factor.grad.tolist() == [2.0, 2.0, 2.0]


def test_the_pull_weakens_as_the_loss_rises_and_ends_with_the_allowance(small_task):
    gate, target = Dual(4), torch.zeros(8, dtype=torch.long)
    hook = CostAware(gate, small_task, 0.5)

    def pull(logit):
        logits = torch.zeros(8, 10)
        logits[:, 0] = logit
        batch = next(small_task.batches(1, 0))._replace(target=target)
        return hook.loss(Moment(nn.Identity(), 0, 1, batch, logits)).item()

    pulls = [pull(logit) for logit in (5.0, 4.0, 3.0, *[-20.0] * 20)]
    assert pulls == sorted(pulls, reverse=True)
    assert pulls[-1] == 0.0
    assert hook.risen > 1.0


def test_a_layer_that_cannot_do_without_its_channels_keeps_them(trained):
    subject, lab = trained()
    stage = Decide(layer="1", limit=Limit(0.045), course=Course(epochs=20.0), allowance=0.05)
    network = stage.run(subject, lab).network  # one channel would be left
    assert lab.journal.entries[-1]["kept"] == 24
    assert (network[1].weight != 0).any(dim=1).all()
    easy = Decide(layer="3", limit=Limit(0.8), course=Course(epochs=20.0))
    assert (easy.run(subject, lab).network[3].weight == 0).all(dim=1).any()
