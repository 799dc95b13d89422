"""Weights that leave during training: how many, which, and that they stay away."""

from itertools import pairwise

import pytest
import torch

from model_compression.framework.criteria import magnitude
from model_compression.framework.hooks import Hook, Moment
from model_compression.framework.layers import layers_of
from model_compression.framework.movement import Movement
from model_compression.framework.schedules import Annealed, Cubic
from model_compression.framework.stage import Subject
from model_compression.framework.thinning import Counts, Thinning
from model_compression.framework.training import Course, train
from model_compression.tasks.task import Batch


def annealed_count(kept, dense, epochs, epoch, mu):
    """As the paper has it, with epochs."""
    way = max(0.0, (epochs - 2 * epoch) / (2 * epoch * mu + epochs))
    return kept + (dense - kept) * way


@pytest.mark.parametrize(
    ("mu", "counts"), [(10.0, [505, 340, 258, 208]), (1.0, [836, 700, 585, 486])]
)
def test_annealing_leaves_what_the_paper_says_after_each_epoch(mu, counts):
    left = Annealed(mu)
    for epoch in range(1, 21):
        ours = 100 + 900 * left(epoch / 20)
        assert ours == pytest.approx(annealed_count(100, 1000, 20, epoch, mu))
    assert [round(100 + 900 * left(epoch / 20)) for epoch in range(1, 5)] == counts
    assert left(0.5) == 0.0


@pytest.mark.parametrize("left", [Cubic(), Cubic(begins=0.1, ends=0.8), Annealed(3.0)])
def test_a_schedule_starts_with_all_ends_with_none_and_never_rises(left):
    values = [left(step / 50) for step in range(51)]
    assert (values[0], values[-1]) == (1.0, 0.0)
    assert values == sorted(values, reverse=True)


class Watching(Hook):
    """Notes which weights there are after each step."""

    def __init__(self):
        self.there = []

    def after_step(self, moment):
        layers = layers_of(moment.network).items()
        self.there.append({name: layer.weight.detach() != 0 for name, layer in layers})


def thinned(task, hook, steps=30):
    torch.manual_seed(4)
    network, watching = task.build(), Watching()
    course = Course(epochs=steps, rate=3e-3, decay=0.01)  # a step is an epoch of the tiny digits
    train(network, task, course, 1, [hook, watching])
    return network, watching.there


def counts_of(network, share, left):
    dense = {name: one.weight.numel() for name, one in layers_of(network).items()}
    return Counts(dense, {name: round(share * count) for name, count in dense.items()}, left)


def test_after_every_look_exactly_the_scheduled_weights_are_left_and_none_returns(small_task):
    counts = counts_of(small_task.build(), 0.05, Annealed(2.0))
    hook = Thinning(lambda network: magnitude(Subject(network), None), counts, every=5)
    network, there = thinned(small_task, hook)
    for step, masks in enumerate(there, start=1):
        expected = counts(step // 5 * 5 / 30)
        assert {name: int(mask.sum()) for name, mask in masks.items()} == expected
    for before, after in pairwise(there):
        assert not any((after[name] & ~before[name]).any() for name in after)
    assert all(int(mask.sum()) == counts.kept[n] for n, mask in hook.masks.items())
    assert all(torch.equal(hook.masks[n], one.weight != 0) for n, one in layers_of(network).items())


class Accumulating(Hook):
    """Sums - gradient of the shown weights * weights behind, by its own arithmetic."""

    def __init__(self, movement):
        self.movement, self.sums = movement, {}

    def after_backward(self, moment):
        for name, layer in layers_of(moment.network).items():
            change = -layer.weight.grad * self.movement.real[name]
            self.sums[name] = self.sums.get(name, 0) + change


def test_a_score_is_minus_the_sum_of_gradient_times_weight_of_all_weights(small_task):
    torch.manual_seed(4)
    network = small_task.build()
    movement = Movement(counts_of(network, 0.1, Cubic()))
    oracle = Accumulating(movement)
    train(network, small_task, Course(epochs=12), 1, [oracle, movement])  # it sees gradients first
    for name, score in movement.scores.items():
        torch.testing.assert_close(score, oracle.sums[name])


def test_a_weight_that_moves_away_from_0_outlives_a_larger_one_that_moves_towards_it():
    network = torch.nn.Sequential(torch.nn.Linear(2, 1, bias=False))
    with torch.no_grad():
        network[0].weight.copy_(torch.tensor([[0.1, 5.0]]))
    hook = Movement(Counts({"0": 2}, {"0": 1}, Cubic()))
    hook.begin(network)
    network[0].weight.grad = torch.tensor([[-1.0, 1.0]])  # the first shall rise, the second fall
    batch = Batch((torch.zeros(1, 2),), torch.zeros(1))
    moment = Moment(network, 0, 1, batch, torch.zeros(1, 1))
    hook.after_backward(moment)
    hook.after_step(moment)
    assert hook.masks["0"].tolist() == [[True, False]]
    torch.testing.assert_close(network[0].weight.detach(), torch.tensor([[0.1, 0.0]]))


def test_what_is_shown_is_the_scheduled_count_of_each_layer_and_may_return(small_task):
    network = small_task.build()
    counts = counts_of(network, 0.02, Cubic(begins=1 / 9, ends=7 / 9))
    hook = Movement(counts)
    network, there = thinned(small_task, hook, steps=36)
    for step, masks in enumerate(there, start=1):
        assert {name: int(mask.sum()) for name, mask in masks.items()} == counts(step / 36)
    returned = [(b[n] > a[n]).any() for a, b in pairwise(there) for n in a]
    assert any(returned)
