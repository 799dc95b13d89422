"""Hooks hold what must not move, teach, and average."""

import copy

import pytest
import torch

from model_compression.errors import CompressionError
from model_compression.framework.hooks import Averaged, Distil, Held, Hook, Moment, Teacher, follow
from model_compression.framework.layers import layers_of
from model_compression.framework.training import Course, batches_of, train


def fresh(task):
    torch.manual_seed(3)
    return task.build()


def test_held_weights_stay_to_the_bit_through_momentum_and_decay(tiny_task):
    network = fresh(tiny_task)
    free = {n: torch.rand(one.weight.shape) < 0.5 for n, one in layers_of(network).items()}
    values = {n: torch.full(one.weight.shape, 0.25) for n, one in layers_of(network).items()}
    train(network, tiny_task, Course(epochs=2, decay=0.1), 1, [Held(free, values)])
    for name, layer in layers_of(network).items():
        assert (layer.weight[~free[name]] == 0.25).all()
        assert (layer.weight[free[name]] != 0.25).all()


def test_a_network_that_answers_as_its_teacher_has_nothing_to_learn_from_it(tiny_task):
    network = fresh(tiny_task).eval()
    hook = Distil(Teacher(copy.deepcopy(network), tiny_task), weight=2.0, temperature=4.0)
    batch = next(batches_of(tiny_task, 0.0, 1))
    loss = hook.loss(Moment(network, 0, 1, batch, network(*batch.inputs)))
    assert float(loss.detach().abs()) < 1e-5


def test_a_teacher_answers_known_examples_as_it_would_anew(tiny_task):
    teacher = Teacher(fresh(tiny_task), tiny_task)
    batch = next(batches_of(tiny_task, 0.0, 1))
    anew = teacher.answers(batch._replace(rows=None))
    torch.testing.assert_close(teacher.answers(batch), anew)


def test_training_ends_with_the_average(tiny_task):
    network = fresh(tiny_task)
    start = copy.deepcopy(network)
    train(network, tiny_task, Course(epochs=1), 1, [Averaged(1.0 - 1e-9)])
    plain = copy.deepcopy(start)
    train(plain, tiny_task, Course(epochs=1), 1)
    moved = (plain.fc1.weight - start.fc1.weight).norm()
    assert 0 < (network.fc1.weight - start.fc1.weight).norm() < moved


def test_following_goes_the_share_of_the_way(tiny_task):
    near, far = fresh(tiny_task), tiny_task.build()
    wanted = near.fc1.weight.detach() * 0.75 + far.fc1.weight.detach() * 0.25
    follow(near, far, 0.25)
    torch.testing.assert_close(near.fc1.weight.detach(), wanted)


def test_the_same_seed_gives_the_same_bits(tiny_task):
    one, two = fresh(tiny_task), fresh(tiny_task)
    for network in (one, two):
        train(network, tiny_task, Course(epochs=1, changed=0.3), 7)
    assert torch.equal(one.fc1.weight, two.fc1.weight)


def test_the_share_of_changed_examples_is_kept(tiny_task):
    def batch(changed):
        return next(batches_of(tiny_task, changed, 1))

    new, old, mixed = (batch(share).inputs[0].flatten(1) for share in (1.0, 0.0, 0.4))
    assert torch.equal(batch(1.0).rows, batch(0.4).rows)
    is_new = (mixed == new).all(dim=1)
    assert (is_new | (mixed == old).all(dim=1)).all()
    assert 0.2 < float(is_new.float().mean()) < 0.6


class Endless(Hook):
    def loss(self, moment):
        return float("inf") * moment.logits.sum()


def test_training_that_diverges_is_told_and_not_handed_on(tiny_task):
    with pytest.raises(CompressionError, match=r"diverged.*Train longer"):
        train(fresh(tiny_task), tiny_task, Course(epochs=1), 1, [Endless()])
