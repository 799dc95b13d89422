"""Growing penalties push out what was chosen, and tell flat directions from steep ones."""

import copy

import pytest
import torch
from torch import nn

from model_compression.framework.channels import CutChannels, chosen, smallest_filters
from model_compression.framework.growing import Growing, PushOut, Separating
from model_compression.framework.hooks import Moment, Teacher
from model_compression.framework.layers import layers_of
from model_compression.framework.schedules import Ramp
from model_compression.framework.stage import Journal, Lab, Subject
from model_compression.framework.surgery import answers
from model_compression.framework.training import Course, train
from model_compression.framework.widths import Limit
from model_compression.tasks.task import Batch

LIMIT = Limit(0.7)
PUSH = Ramp(100.0, 0.6)
COURSE = Course(epochs=200.0, rate=5e-3)  # steps, of the tiny digits


def test_lambda_never_falls_and_stays_at_its_top():
    ramp = Ramp(1.0, 0.6)
    values = [ramp(step / 20) for step in range(21)]
    assert values == sorted(values)
    assert values[0] == 0.0
    assert values[12:] == [1.0] * 9


@pytest.fixture
def parent(small_task):
    torch.manual_seed(1)
    network = small_task.build()
    train(network, small_task, Course(epochs=60), 1)
    return network


@pytest.fixture
def lab(parent, small_task):
    return Lab(small_task, Teacher(copy.deepcopy(parent), small_task), 1, Journal())


def test_the_penalty_is_lambda_times_the_weights_that_go_and_nothing_for_the_others(parent, lab):
    subject = Subject(parent)
    choice = chosen(smallest_filters, LIMIT, subject, lab)
    for values in parent.parameters():
        values.grad = torch.zeros_like(values)
    batch = Batch((torch.zeros(1, 1, 28, 28),), torch.zeros(1))
    hook = Growing(choice, Ramp(0.5, 0.5), kept=-0.25)
    hook.after_backward(Moment(parent, 9, 10, batch, torch.zeros(1, 10)))
    for one in choice:
        layer = layers_of(parent)[one.site.root]
        factor = torch.where(one.stays, -0.25, 0.5)
        torch.testing.assert_close(layer.weight.grad, layer.weight.detach() * factor[:, None])
        torch.testing.assert_close(layer.bias.grad, layer.bias.detach() * factor)
    assert not layers_of(parent)["5"].weight.grad.any()  # the answers belong to no unit


def pushed(parent, lab):
    push = PushOut(score=smallest_filters, limit=LIMIT, course=COURSE, push=PUSH)
    return push.run(Subject(copy.deepcopy(parent)), lab)


def test_what_was_pushed_out_is_next_to_nothing_before_it_is_cut(parent, lab, small_task):
    network = copy.deepcopy(parent)
    choice = chosen(smallest_filters, LIMIT, Subject(network), lab)
    train(network, small_task, COURSE, 1, [Growing(choice, PUSH)])
    inputs = small_task.test.inputs(torch.arange(50))
    before = answers(network, inputs)
    with torch.no_grad():
        for one in choice:
            layers_of(network)[one.site.root].weight[~one.stays] = 0.0
            layers_of(network)[one.site.root].bias[~one.stays] = 0.0
    change = (answers(network, inputs) - before).abs().max() / before.abs().max()
    assert float(change) < 1e-3


def test_pushing_out_and_cutting_at_once_remove_the_same_filters(parent, lab):
    at_once = CutChannels(smallest_filters, LIMIT).run(Subject(copy.deepcopy(parent)), lab).network
    slowly = pushed(parent, lab).network
    for name, layer in layers_of(at_once).items():
        closed = (layer.weight == 0).all(dim=1)
        assert torch.equal(closed, (layers_of(slowly)[name].weight == 0).all(dim=1))
        assert closed.any() or name == "5"


def test_pushing_out_loses_less_at_the_cut_than_cutting_at_once(parent, lab):
    CutChannels(smallest_filters, LIMIT).run(Subject(copy.deepcopy(parent)), lab)
    pushed(parent, lab)
    at_once, slowly = (
        entry["validation_before"] - entry["validation"]
        for entry in lab.journal.entries
        if entry["what"] == "channels closed"
    )
    assert slowly <= 0.02 < at_once


def test_a_penalty_on_all_ranks_by_curvature_and_not_by_size():
    """f(w) = sum h_i (w_i - c_i)^2 / 2: with lambda its minimum is h c / (h + lambda)."""
    torch.manual_seed(0)
    curvature, centre = torch.tensor([1.0, 0.001]), torch.tensor([0.5, 2.0])
    network = nn.Sequential(nn.Linear(2, 1, bias=False))
    weight = network[0].weight
    with torch.no_grad():
        weight.copy_(centre[None, :])
    hook, batch = Separating(Ramp(1e-2, 0.5)), Batch((torch.zeros(1, 2),), torch.zeros(1))
    optimizer = torch.optim.SGD([weight], lr=1.0)
    for step in range(4000):
        weight.grad = curvature * (weight.detach() - centre)
        hook.after_backward(Moment(network, step, 4000, batch, torch.zeros(1, 1)))
        optimizer.step()
    torch.testing.assert_close(
        weight.detach()[0], curvature * centre / (curvature + 1e-2), rtol=1e-3, atol=1e-4
    )
    assert weight[0, 0] > weight[0, 1]  # the larger one lies in a flat direction
