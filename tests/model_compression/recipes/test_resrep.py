"""ResRep: what is forgotten vanishes, and what is merged computes the same."""

import copy

import torch

from model_compression.framework.compactors import PULL, RATE, Forgetting, gradient
from model_compression.framework.gates import insert
from model_compression.framework.hooks import Moment, Teacher
from model_compression.framework.mixing import Mixed
from model_compression.framework.stage import Journal, Lab, Subject
from model_compression.framework.surgery import answers
from model_compression.framework.training import STEEPEST, Course, train
from model_compression.framework.widths import Budget, Limit, size_of
from model_compression.recipes.resrep import Forget
from model_compression.tasks.networks import lenet5


def test_a_compactor_that_was_not_trained_changes_nothing():
    network, x = lenet5().eval(), (torch.randn(3, 1, 28, 28),)
    before = answers(network, x)
    insert(network, "conv2", Mixed(50))
    assert torch.equal(answers(network, x), before)


def test_marked_rows_are_pulled_but_not_asked_and_the_others_both():
    matrix, asked = torch.eye(4), torch.randn(4, 4)
    stays = torch.tensor([True, False, True, False])
    step = gradient(matrix, asked, stays, pull=0.5)
    assert torch.equal(step[1], 0.5 * matrix[1])
    torch.testing.assert_close(step[2], asked[2] + 0.5 * matrix[2])


def test_a_compactor_takes_no_longer_steps_than_the_loop_would():
    compactor = Mixed(4)
    hook = Forgetting({"fc": compactor}, Budget(lambda shares: 1.0, 1.0))
    hook.begin(torch.nn.Identity())
    compactor.matrix.grad = 1e6 * torch.ones(4, 4)
    moment = Moment(torch.nn.Identity(), 0, 1000, None, None)
    hook.after_backward(moment)
    moved = compactor.matrix.detach() - torch.eye(4)
    assert 0 < float(moved.norm()) < RATE * (STEEPEST + 2 * PULL)


def test_no_more_is_marked_than_was_allowed_and_in_the_end_what_the_limit_needs():
    network, x = lenet5(), (torch.randn(1, 1, 28, 28),)
    compactors = {"conv1": Mixed(20), "conv2": Mixed(50), "fc1": Mixed(500)}
    hook = Forgetting(compactors, Budget(size_of(network, x, of_macs=False), 40_000))
    hook.choose(12)
    assert sum(int((~stays).sum()) for stays in hook.stays.values()) == 12
    hook.choose(570)
    kept = {root: int(stays.sum()) for root, stays in hook.stays.items()}
    weights = 25 * kept["conv1"] * (1 + kept["conv2"]) + (16 * kept["conv2"] + 10) * kept["fc1"]
    assert weights <= 40_000


def test_dropping_forgotten_rows_loses_nothing_before_any_retraining(small_task):
    torch.manual_seed(1)
    network = small_task.build()
    train(network, small_task, Course(epochs=60), 1)
    lab = Lab(small_task, Teacher(copy.deepcopy(network), small_task), 1, Journal())
    Forget(limit=Limit(0.4), course=Course(epochs=300.0)).run(Subject(network), lab)
    forgotten, merged = lab.journal.entries
    assert max(forgotten["largest_row_left"].values()) < 0.02
    assert merged["validation"] >= forgotten["validation"] - 0.02
