"""Scores of channels mean what their papers say, and cuts keep to limit and schedule."""

import copy
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn

from model_compression.framework.channels import alike
from model_compression.framework.energy import energies, high_frequencies
from model_compression.framework.hooks import Teacher
from model_compression.framework.recipe import Goal
from model_compression.framework.relevance import relevance_of
from model_compression.framework.running import Order
from model_compression.framework.similarity import Tree, merge
from model_compression.framework.sites import close, sites_of
from model_compression.framework.stage import Journal, Lab, Retrain, Subject
from model_compression.framework.surgery import answers
from model_compression.framework.targets import Target
from model_compression.framework.widths import Budget, sized
from model_compression.ledger.macs import macs_of
from model_compression.recipes.channels import CUTS, RELEVANCE, WHILE_TRAINING
from model_compression.tasks.networks import lenet5, micro_resnet

DIGIT, PICTURE = (torch.zeros(1, 1, 28, 28),), (torch.zeros(1, 3, 32, 32),)


def made(build, seed=0):
    torch.manual_seed(seed)
    return build().eval()


def test_places_in_a_ranking_give_every_unit_the_same_share():
    places = alike({"a": torch.tensor([5.0, 1.0, 9.0, 1.0]), "b": torch.tensor([0.1, 0.2])})
    assert places["a"].tolist() == [0.75, 0.5, 1.0, 0.25]  # of equal ones the first is better
    assert places["b"].tolist() == [0.5, 1.0]


# ezcrop


def slow_high_frequencies(picture):
    """The score of one map, by loops over its spectrum."""
    height, width = picture.shape
    spectrum = np.log1p(np.abs(np.fft.fftshift(np.fft.fft2(picture))))
    even = height % 2 == 0 and width % 2 == 0
    row, column = (s // 2 if even else (s - 1) // 2 for s in (height, width))
    reach = min(int(np.ceil((s - m - 1) / 4)) for s, m in ((height, row), (width, column)))
    inside = sum(
        spectrum[y, x]
        for y in range(height)
        for x in range(width)
        if abs(y - row) <= reach and abs(x - column) <= reach
    )
    return 1 - inside / spectrum.sum() if spectrum.sum() else 0.0


@pytest.mark.parametrize("shape", [(14, 14), (24, 24), (8, 8), (7, 7), (5, 9)])
def test_the_share_of_high_frequencies_is_that_of_a_loop_over_maps(shape):
    maps = torch.from_numpy(np.random.default_rng(3).random((2, 3, *shape)))
    told = high_frequencies(maps)
    expected = [[slow_high_frequencies(one.numpy()) for one in row] for row in maps]
    np.testing.assert_allclose(told, expected, atol=1e-9)


def test_known_maps_have_the_scores_that_the_reference_has():
    x = torch.arange(14.0)
    chessboard = ((x[:, None] + x[None, :]) % 2) * 2 - 1
    wave = torch.cos(2 * torch.pi * x / 14)[None, :].expand(14, 14)
    noise = torch.randn(400, 14, 14, generator=torch.Generator().manual_seed(0)).double()
    maps = torch.stack([torch.ones(14, 14), wave, chessboard, torch.zeros(14, 14)]).double()
    told = high_frequencies(maps[None])[0].tolist()
    assert told == pytest.approx([0.0, 0.0, 1.0, 0.0], abs=1e-4)
    assert float(high_frequencies(noise[None]).mean()) == pytest.approx(0.87, abs=0.01)


def test_two_halves_of_the_pictures_rank_channels_alike(tiny_mnist_like):
    network, (one, two) = tiny_mnist_like
    sites = sites_of(network, DIGIT)
    first, second = (energies(network, sites, (half,))["conv1"] for half in (one, two))
    ranks = [np.argsort(np.argsort(scores.numpy())) for scores in (first, second)]
    assert np.corrcoef(*ranks)[0, 1] > 0.9


@pytest.fixture
def tiny_mnist_like(tiny_task):
    """LeNet-5 as it starts, and two sets of pictures."""
    inputs = tiny_task.train.inputs(torch.arange(200))[0]
    return made(lenet5), (inputs[:100], inputs[100:])


# feature relevance


def chain():
    torch.manual_seed(5)
    return nn.Sequential(
        nn.Conv2d(1, 6, 3, bias=False), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 8, 3, bias=False), nn.ReLU(), nn.AdaptiveAvgPool2d(4), nn.Flatten(),
        nn.Linear(128, 64, bias=False), nn.ReLU(), nn.Linear(64, 10, bias=False),
    ).eval()  # fmt: skip


def right(network, inputs):
    """Labels that the network gives, so that every answer is right."""
    return network(inputs).argmax(dim=1)


@pytest.mark.parametrize("build", [chain, lenet5, micro_resnet])
def test_as_much_relevance_arrives_at_every_layer_as_started(build):
    network = made(build)
    shape = (24, 3, 32, 32) if build is micro_resnet else (24, 1, 28, 28)
    inputs = torch.rand(shape, generator=torch.Generator().manual_seed(1))
    told = relevance_of(network, (inputs,), right(network, inputs))
    beside = {"block2.shortcut.0", "block3.shortcut.0"} | {
        name for name in told if name.startswith("block")
    }
    for name, values in told.items():
        if name not in beside:
            assert float(values.sum()) == pytest.approx(1.0, abs=1e-3), name
        assert (values >= -1e-6).all()
    if build is micro_resnet:  # a block and what is beside it share what comes
        both = told["block2.conv2"].sum() + told["block2.shortcut.0"].sum()
        assert float(both) == pytest.approx(1.0, abs=1e-3)


def test_relevance_is_shared_out_by_what_positive_weights_bring():
    network = chain()
    inputs = torch.rand(1, 1, 28, 28, generator=torch.Generator().manual_seed(1))
    told = relevance_of(network, (inputs,), right(network, inputs))
    hidden = network[:9](inputs)[0]
    brought = hidden * network[9].weight[right(network, inputs)[0]].clamp(min=0)
    torch.testing.assert_close(told["7"], (brought / brought.sum()).detach())


def test_a_channel_that_nothing_reads_is_not_relevant_and_wrong_answers_do_not_count():
    network = made(lenet5)
    with torch.no_grad():
        network.conv2.weight[:, 4] = 0.0
    inputs = torch.rand(16, 1, 28, 28, generator=torch.Generator().manual_seed(1))
    target = right(network, inputs)
    told = relevance_of(network, (inputs,), target)
    assert told["conv1"][4] == 0.0
    with_wrong = relevance_of(
        network, (torch.cat([inputs, inputs]),), torch.cat([target, (target + 1) % 10])
    )
    for name, values in told.items():
        torch.testing.assert_close(with_wrong[name], values)
    assert not relevance_of(network, (inputs,), (target + 1) % 10)["fc1"].any()


def test_two_halves_of_the_pictures_find_the_same_channels_relevant(tiny_mnist_like):
    network, halves = tiny_mnist_like
    told = [relevance_of(network, (one,), right(network, one))["conv2"].numpy() for one in halves]
    ranks = [np.argsort(np.argsort(scores)) for scores in told]
    assert np.corrcoef(*ranks)[0, 1] > 0.9


# channel similarity


def doubled(build, name):
    """A network two of whose channels say the same; what reads them shares it out."""
    network = made(build, seed=1)
    example = PICTURE if build is micro_resnet else DIGIT
    site = next(one for one in sites_of(network, example) if one.root == name)
    with torch.no_grad():
        for place in site.places:
            for module in (place.layer, place.norm):
                for values in network.get_submodule(module).parameters() if module else ():
                    values[3] = values[1]
    return network, site, example


@pytest.mark.parametrize(
    ("build", "name"), [(lenet5, "conv1"), (lenet5, "conv2"), (micro_resnet, "conv")]
)
def test_a_doubled_channel_is_merged_and_no_output_changes(build, name):
    network, site, example = doubled(build, name)
    tree = Tree.of(network, site)
    assert tree.distances[1, 3] == pytest.approx(0.0, abs=1e-6)
    inputs = (torch.rand(4, *example[0].shape[1:], generator=torch.Generator().manual_seed(2)),)
    before = answers(network, inputs)
    chosen = merge(network, site, tree, site.unit.size - 1)
    assert chosen.stays.tolist().count(False) == 1
    assert not (chosen.stays[1] and chosen.stays[3])
    close(network, site, chosen.stays)
    torch.testing.assert_close(answers(network, inputs), before, atol=1e-5, rtol=1e-5)


def test_only_doubles_are_joined_at_height_0():
    network, site, _ = doubled(lenet5, "conv1")
    heights = Tree.of(network, site).heights
    assert (heights < 1e-6).tolist().count(True) == 1


def test_a_channel_and_its_negative_are_not_alike():
    network, site, _ = doubled(lenet5, "conv1")
    with torch.no_grad():
        network.conv1.weight[3] *= -1
        network.conv1.bias[3] *= -1
    assert Tree.of(network, site).distances[1, 3] > 1.0


# cuts


@pytest.mark.parametrize("of_macs", [False, True])
@pytest.mark.parametrize("build", [lenet5, micro_resnet])
def test_a_cut_leaves_no_more_than_its_limit_and_nearly_that(build, of_macs):
    network = made(build)
    example = PICTURE if build is micro_resnet else DIGIT
    sites = sites_of(network, example)
    scores = alike({one.root: torch.rand(one.unit.size) for one in sites})
    size = sized(network, [one.unit for one in sites], example, of_macs=of_macs)
    stays = Budget(size, 0.3 * float(size({}))).best(scores)
    kept = float(size({root: float(one.float().mean()) for root, one in stays.items()}))
    assert 0.2 * float(size({})) < kept <= 0.3 * float(size({}))


@pytest.mark.parametrize("recipe", [RELEVANCE, WHILE_TRAINING], ids=lambda one: one.name)
def test_gradual_recipes_come_nearer_by_equal_factors_and_end_at_the_target(recipe):
    goal = Goal(lenet5(), "lenet5", Target(share=1 / 20))
    limits = [one.limit.share for one in recipe.planned(goal) if hasattr(one, "limit")]
    assert len(limits) == CUTS
    assert limits[-1] == pytest.approx(1 / 20, rel=1e-3)
    factors = [after / before for before, after in pairwise([1.0, *limits])]
    assert factors == pytest.approx([factors[0]] * CUTS)


def test_training_becomes_cheaper_as_the_schedule_says(small_task):
    """Removed filters take no multiplications; masked ones would."""
    torch.manual_seed(1)
    order = Order(WHILE_TRAINING, small_task, small_task.build(), 1, Target(share=0.1), epochs=3.0)
    costs = []
    stages = order.recipe.planned(order.goal())
    teacher = Teacher(copy.deepcopy(order.parent), small_task)
    lab, subject = Lab(small_task, teacher, 1, Journal()), Subject(copy.deepcopy(order.parent))
    for stage in stages:
        subject = stage.run(subject, lab)
        if isinstance(stage, Retrain):
            costs.append(macs_of(subject.network, small_task.example_input).dense)
    whole = macs_of(order.parent, small_task.example_input).dense
    limits = [0.1 ** (number / CUTS) * whole for number in range(1, CUTS + 1)]
    assert all(cost <= limit for cost, limit in zip(costs, [*limits, limits[-1]], strict=True))
    assert costs == sorted(costs, reverse=True)
    assert costs[0] > 0.5 * whole
