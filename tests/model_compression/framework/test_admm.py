"""ADMM does what its equations say."""

import copy

import pytest
import torch
from torch import nn

from model_compression.framework.admm import Admm, Constraint, Penalty, project_hard
from model_compression.framework.granularity import WEIGHT
from model_compression.framework.hooks import Moment
from model_compression.framework.layers import layers_of
from model_compression.framework.projection import Keep
from model_compression.framework.training import Course, train


def one_layer():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 4))


def moment(network, step=0):
    return Moment(network, step, 10, None, None)


def begun(network, penalty):
    admm = Admm([Constraint("0", Keep(WEIGHT, 5))], penalty, every=1)
    admm.begin(network)
    return admm


def test_without_a_penalty_training_is_plain_training_to_the_bit(tiny_task):
    torch.manual_seed(1)
    plain = tiny_task.build()
    pulled = copy.deepcopy(plain)
    course = Course(epochs=2)
    train(plain, tiny_task, course, 1)
    nothing = Admm([Constraint("fc1", Keep(WEIGHT, 100))], Penalty(rho=0.0), every=1)
    train(pulled, tiny_task, course, 1, [nothing])
    for name, layer in layers_of(plain).items():
        assert torch.equal(layer.weight, layers_of(pulled)[name].weight)


def test_the_penalty_is_the_gradient_of_its_square():
    network = one_layer()
    weight = network[0].weight
    admm = begun(network, Penalty(rho=0.3))
    copy_ = admm.copies[0]
    copy_.u = torch.randn_like(weight)
    value = 0.3 / 2 * (weight - copy_.z + copy_.u).square().sum()
    (wanted,) = torch.autograd.grad(value, weight)
    weight.grad = torch.zeros_like(weight)
    admm.after_backward(moment(network))
    torch.testing.assert_close(weight.grad, wanted)


def test_a_round_projects_sums_the_gap_and_rescales_the_dual_with_rho():
    network = one_layer()
    weight = network[0].weight.detach()
    admm = begun(network, Penalty(rho=0.1, growth=2.0))
    before = admm.copies[0].u.clone()
    z = Keep(WEIGHT, 5)(weight + before)
    admm.after_step(moment(network))
    torch.testing.assert_close(admm.copies[0].z, z)
    # rho * U, the true dual, is what it was plus rho * (W - Z): growth of rho must not change it
    torch.testing.assert_close(admm.rho * admm.copies[0].u, 0.1 * (before + weight - z))


def test_rho_stops_at_its_limit_and_then_leaves_the_dual_alone():
    network = one_layer()
    admm = begun(network, Penalty(rho=0.5, growth=4.0, most=1.0))
    admm.end_round(network)
    assert admm.rho == 1.0
    dual = admm.copies[0].u.clone()
    gap = network[0].weight.detach() - Keep(WEIGHT, 5)(network[0].weight.detach() + dual)
    admm.end_round(network)
    torch.testing.assert_close(admm.copies[0].u, dual + gap)


def test_the_gap_closes_and_what_is_found_is_the_nearest_allowed_point():
    network = one_layer()
    wanted = network[0].weight.detach().clone()
    admm = begun(network, Penalty(rho=2.0, growth=1.0, most=2.0))  # steeper than the loss
    gaps = []
    admm.on_round = lambda rho, seen: gaps.append(seen[0].primal)
    for _ in range(30):  # f(W) = |W - wanted|^2 / 2 has its W-step in closed form
        z, u = admm.copies[0].z, admm.copies[0].u
        with torch.no_grad():
            network[0].weight.copy_((wanted + admm.rho * (z - u)) / (1 + admm.rho))
        admm.end_round(network)
    assert gaps[-1] < 1e-3 < gaps[0]
    torch.testing.assert_close(admm.copies[0].z, Keep(WEIGHT, 5)(wanted))


def test_a_hard_projection_leaves_exactly_what_was_asked_for():
    network = one_layer()
    masks = project_hard(network, [Constraint("0", Keep(WEIGHT, 5))])
    assert int(masks["0"].sum()) == int((network[0].weight != 0).sum()) == 5


@pytest.mark.parametrize("kept", [30, 300])
def test_admm_loses_less_at_the_projection_than_one_cut(tiny_task, kept):
    torch.manual_seed(1)
    parent = tiny_task.build()
    train(parent, tiny_task, Course(epochs=6), 1)
    constraints = [Constraint(name, Keep(WEIGHT, kept)) for name in ("fc1", "fc2")]
    cut = copy.deepcopy(parent)
    project_hard(cut, constraints)
    admm = Admm(constraints, Penalty(rho=0.05, growth=1.4), every=4)
    train(parent, tiny_task, Course(epochs=20, rate=3e-3), 2, [admm])
    project_hard(parent, constraints)
    accuracy = [tiny_task.evaluate(one, tiny_task.validation).accuracy for one in (cut, parent)]
    assert accuracy[0] < accuracy[1]
