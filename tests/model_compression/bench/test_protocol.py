"""Equal targets and equal budgets, for every recipe that there is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from model_compression.bench.board import SLACK
from model_compression.bench.protocol import (
    AIMS,
    BUDGETS,
    FROM_SCRATCH,
    budget_of,
    epochs_within,
    pairs,
    takes_part,
    target_of,
)
from model_compression.errors import CompressionError
from model_compression.framework.hooks import FORWARD_COST
from model_compression.framework.layers import layers_of
from model_compression.framework.marks import Marks
from model_compression.framework.recipe import Goal
from model_compression.framework.stage import UNAIDED
from model_compression.ledger.storage import storage_of
from model_compression.recipes.registry import RECIPES, find
from model_compression.tasks.networks import mlp300

EVERY = [
    pytest.param(recipe, aim, id=f"{recipe.name}-{aim.name}")
    for recipe, aim in pairs([*RECIPES.values()], [*AIMS.values()])
]
TRAINING = 12.0


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=lambda recipe: recipe.name)
def test_every_recipe_takes_part_somewhere(recipe):
    assert any(takes_part(recipe, aim) for aim in AIMS.values())


@pytest.mark.parametrize(("recipe", "aim"), EVERY)
def test_no_recipe_spends_more_than_the_budget(recipe, aim):
    network = mlp300()
    goal = Goal(network, "mlp300", target_of(recipe, aim, network))
    try:
        epochs = epochs_within(recipe, goal, BUDGETS["small"], TRAINING)
    except CompressionError:
        return  # it says itself why it cannot take part
    stages = recipe.planned(replace(goal, epochs=epochs))
    visits = sum(
        stage.epochs * (1 + FORWARD_COST * bool(getattr(stage, "aids", UNAIDED).distil))
        for stage in stages
    )
    allowed = BUDGETS["small"] + TRAINING * (recipe.name in FROM_SCRATCH)
    assert visits <= allowed * 1.001


@pytest.mark.parametrize("aim", ["bits-5", "bits-1"])
@pytest.mark.parametrize("name", ["random-mask", "admm-joint"])
def test_single_weights_fit_into_the_bits_with_their_positions(name, aim):
    network, recipe = mlp300(), find(name)
    dense = storage_of(network, Marks()).bits
    kept = target_of(recipe, AIMS[aim], network).weights(266_200)
    stored = []
    for count in (kept, round(1.1 * kept)):
        rng = np.random.default_rng(1)
        for layer in layers_of(network).values():
            mask = torch.from_numpy(rng.random(layer.weight.shape) < count / 266_200)
            values = torch.randn(layer.weight.shape) * mask
            if recipe.target.bits:
                values = values.sign() * torch.randint(1, 4, values.shape)
            layer.weight.data = values
        stored.append(storage_of(network, Marks()).bits / dense)
    assert stored[0] <= AIMS[aim].share * SLACK
    assert stored[1] > AIMS[aim].share


def test_what_keeps_all_weights_takes_part_only_where_its_bits_fit():
    binary, three_bits = find("admm-binary"), find("admm-levels")
    assert takes_part(binary, AIMS["bits-5"])
    assert not takes_part(binary, AIMS["bits-1"])
    assert not takes_part(three_bits, AIMS["bits-5"])
    assert not takes_part(binary, AIMS["macs-50"])
    assert takes_part(three_bits, AIMS["own"])


def test_a_budget_is_a_name_or_a_number():
    assert budget_of("small") == BUDGETS["small"]
    assert budget_of("3") == 3.0
