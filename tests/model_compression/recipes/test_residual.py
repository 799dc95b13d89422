"""Every recipe follows norms, sums and depthwise convolutions, and would on a GPU."""

import pytest
import torch
from torch import nn

from model_compression.framework import running
from model_compression.framework.layers import layers_of
from model_compression.framework.running import Order, run
from model_compression.framework.targets import Target
from model_compression.recipes.registry import RECIPES, find
from model_compression.tasks import mnist
from model_compression.tasks.mnist import mnist_task
from model_compression.tasks.networks import micro_resnet
from tests.model_compression.pretending import GPU, PretendGpu, is_there

SHARE = 0.6


def _gray() -> nn.Module:
    network = micro_resnet()
    network.conv = nn.Conv2d(1, 16, 3, padding=1, stride=2, bias=False)
    return network


@pytest.fixture
def task(tiny_mnist, monkeypatch):
    monkeypatch.setattr(mnist, "VALIDATION", 60)
    return mnist_task("residual", _gray, tiny_mnist)


@pytest.mark.parametrize("name", RECIPES)
def test_it_thins_a_residual_network_on_another_device(name, task, monkeypatch):
    monkeypatch.setattr(running, "device", lambda: GPU)
    torch.manual_seed(1)
    parent, recipe = task.build().eval(), find(name)
    target = Target(share=SHARE if recipe.groups else None, bits=recipe.target.bits)
    with PretendGpu():
        subject, _ = run(Order(recipe, task, parent, 1, target, epochs=0.5))
    assert not any(is_there(one) for one in subject.network.state_dict(keep_vars=True).values())
    kept = sum(int((one.weight != 0).sum()) for one in layers_of(subject.network).values())
    whole = sum(one.weight.numel() for one in layers_of(parent).values())
    free = subject.marks.tied or not recipe.groups
    assert 0 < kept <= (whole if free else SHARE * whole)
    outputs = subject.network(*task.test.inputs(torch.arange(4)))
    assert outputs.shape == (4, 10)
    assert outputs.isfinite().all()
