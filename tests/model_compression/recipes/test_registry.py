"""Every recipe passes the same checks, on a network that takes seconds."""

import pytest
import torch

from model_compression.errors import CompressionError
from model_compression.framework.circulant import Circulant, numbers_of
from model_compression.framework.layers import layers_of
from model_compression.framework.recipe import Goal
from model_compression.framework.running import Order
from model_compression.framework.saved import load
from model_compression.framework.targets import Target, read_target
from model_compression.framework.training import Course, train
from model_compression.outcome import compress
from model_compression.recipes.registry import RECIPES, find
from model_compression.tasks.networks import NETWORKS

recipes = pytest.mark.parametrize("recipe", RECIPES.values(), ids=lambda recipe: recipe.name)
BUDGET = 3.0  # epochs of a tiny training split


def target_of(recipe) -> Target:
    """One that is reached in one step, with the recipe's own bits."""
    return Target(share=0.2 if recipe.groups else None, bits=recipe.target.bits)


@pytest.fixture(scope="module")
def outcomes():
    """Recipe -> subject and outcome; each is run once for all checks."""
    return {}


@pytest.fixture
def done(small_task, outcomes, tmp_path_factory):
    def of(recipe):
        if recipe.name not in outcomes:
            torch.manual_seed(1)
            parent = small_task.build()
            train(parent, small_task, Course(epochs=60), 1)
            folder = tmp_path_factory.mktemp(recipe.name)
            order = Order(recipe, small_task, parent, 1, target_of(recipe), BUDGET)
            outcomes[recipe.name] = (*compress(order, folder), folder)
        return outcomes[recipe.name]

    return of


@recipes
def test_it_keeps_no_more_than_was_asked_for(recipe, done):
    subject, outcome, _ = done(recipe)
    tied = subject.marks.tied
    kept = sum(
        numbers_of(one.weight.detach(), tied[name]).numel() if name in tied
        else int((one.weight != 0).sum())
        for name, one in layers_of(subject.network).items()
    )  # fmt: skip
    assert kept == outcome.kept_in_all
    asked = target_of(recipe).share or 1.0
    assert 0 < kept <= asked * outcome.weights


@recipes
def test_its_marks_say_what_its_weights_are(recipe, done):
    subject, _, _ = done(recipe)
    layers = layers_of(subject.network)
    for name, mask in subject.marks.masks.items():
        assert not (layers[name].weight[~mask] != 0).any()
    for name, block in subject.marks.tied.items():
        assert torch.equal(Circulant(block)(layers[name].weight), layers[name].weight)
    for name, levels in subject.marks.levels.items():
        weight = layers[name].weight.detach()
        assert torch.equal(levels.values(levels.codes(weight)), weight)
    assert bool(subject.marks.levels) == (recipe.target.bits is not None)


@recipes
def test_it_is_read_back_as_it_was_written(recipe, done, small_task):
    subject, _, folder = done(recipe)
    back, entry = load(folder / "network", small_task.build)
    inputs = small_task.test.inputs(torch.arange(8))
    assert torch.equal(back.network(*inputs), subject.network(*inputs))
    assert entry["recipe"] == recipe.name
    assert (folder / "result.json").is_file()


@recipes
def test_its_cost_is_within_the_budget(recipe, done, small_task):
    _, outcome, _ = done(recipe)
    # a teacher adds a third of a visit, annealing its evaluations, a stage a batch of rounding
    assert outcome.visits <= 1.5 * BUDGET * len(small_task.train) + 60 * 60


@recipes
@pytest.mark.parametrize("network", NETWORKS)
def test_it_explains_itself_for_every_network(recipe, network):
    goal = Goal(NETWORKS[network](), network, recipe.target)
    lines = [stage.describe() for stage in recipe.planned(goal)]
    assert lines
    assert all(lines)
    assert recipe.title
    assert recipe.paper


def test_an_unknown_recipe_is_told_the_known():
    with pytest.raises(CompressionError, match="no recipe 'magic'; there are: admm-progressive, "):
        find("magic")


def test_a_structure_that_cannot_be_so_small_says_which_layer_stops_it(small_task):
    goal = Goal(small_task.build(), "small", read_target("11"))
    with pytest.raises(CompressionError, match="layer 5 stops it"):
        find("p-rm").planned(goal)
