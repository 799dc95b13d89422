"""Purification prunes the weakest groups, and stops where it was told to."""

import copy

import pytest
import torch

from model_compression.framework.hooks import Teacher
from model_compression.framework.layers import layers_of
from model_compression.framework.purify import Purify, RemoveUnused, weights_kept
from model_compression.framework.stage import Journal, Lab, Subject
from model_compression.framework.training import Course, train


@pytest.fixture
def lab(small_task):
    torch.manual_seed(1)
    parent = small_task.build()
    train(parent, small_task, Course(epochs=40), 1)
    return Lab(small_task, Teacher(parent, small_task), 1, Journal())


def purified(lab, stage):
    """The network after *stage* and after what is unused then is gone; groups that were pruned."""
    subject = stage.run(Subject(copy.deepcopy(lab.teacher.parent)), lab)
    return RemoveUnused().run(subject, lab).network, lab.journal.entries[-2]["groups"]


@pytest.mark.parametrize("kept", [15_000, 5_000])
def test_it_comes_to_its_goal_and_wastes_little(lab, kept):
    network, groups = purified(lab, Purify(kept=kept))
    assert groups > 0
    assert 0.9 * kept < weights_kept(network) <= kept


def test_what_is_small_enough_stays_as_it_is(lab):
    network, groups = purified(lab, Purify(kept=weights_kept(lab.teacher.parent)))
    assert groups == 0
    assert all(
        torch.equal(new.weight, old.weight)
        for new, old in zip(
            layers_of(network).values(), layers_of(lab.teacher.parent).values(), strict=True
        )
    )


def test_without_a_goal_accuracy_says_where_it_stops(lab):
    before = lab.validated(lab.teacher.parent)
    network, groups = purified(lab, Purify(tolerance=0.05))
    assert groups > 0
    assert before - 0.05 <= lab.validated(network) <= before + 0.05


def test_a_network_that_answers_by_chance_is_left_alone(lab):
    network = copy.deepcopy(lab.teacher.parent)
    answers = list(layers_of(network).values())[-1]
    with torch.no_grad():
        answers.weight.mul_(1e-6)
        answers.bias.copy_(torch.eye(len(answers.bias))[0])
    before = weights_kept(network)
    Purify(tolerance=0.05).run(Subject(network), lab)
    assert weights_kept(network) == before
    assert "one answer" in lab.journal.entries[-1]["reason"]
