"""Recipes of channels and of blocks follow norms, sums and depthwise convolutions."""

import pytest
import torch
from torch import nn

from model_compression.framework.layers import layers_of
from model_compression.framework.running import Order, run
from model_compression.framework.targets import Target
from model_compression.recipes.registry import find
from model_compression.tasks import mnist
from model_compression.tasks.mnist import mnist_task
from model_compression.tasks.networks import micro_resnet

NAMES = ["resrep", "gate-decorator", "bwcp", "dmcp", "pconv-own", "circulant"]
SHARE = 0.6


def _gray() -> nn.Module:
    network = micro_resnet()
    network.conv = nn.Conv2d(1, 16, 3, padding=1, stride=2, bias=False)
    return network


@pytest.fixture
def task(tiny_mnist, monkeypatch):
    monkeypatch.setattr(mnist, "VALIDATION", 60)
    return mnist_task("residual", _gray, tiny_mnist)


@pytest.mark.parametrize("name", NAMES)
def test_it_thins_a_residual_network_to_its_target(name, task):
    torch.manual_seed(1)
    parent, recipe = task.build().eval(), find(name)
    target = Target(share=SHARE, bits=recipe.target.bits)
    subject, _ = run(Order(recipe, task, parent, 1, target, epochs=0.5))
    kept = sum(int((one.weight != 0).sum()) for one in layers_of(subject.network).values())
    whole = sum(one.weight.numel() for one in layers_of(parent).values())
    assert 0 < kept <= (whole if subject.marks.tied else SHARE * whole)
    outputs = subject.network(*task.test.inputs(torch.arange(4)))
    assert outputs.shape == (4, 10)
    assert outputs.isfinite().all()
