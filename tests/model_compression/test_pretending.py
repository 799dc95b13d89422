"""The pretended GPU refuses what a real one refuses, and changes no value."""

import copy
from dataclasses import replace

import pytest
import torch
from torch import nn

from model_compression.framework import hooks, training
from model_compression.framework.training import Course, train
from model_compression.tasks import baseline as dense
from model_compression.tasks.task import Learning
from tests.model_compression.pretending import CPU, GPU, PretendGpu, is_there


@pytest.fixture
def there():
    """Three numbers on the GPU, inside of the pretence."""
    with PretendGpu():
        yield torch.arange(3.0).to(GPU)


def test_what_is_made_of_its_tensors_lies_there_too(there):
    layer = nn.Linear(3, 2).to("cuda")
    assert there.device == layer.weight.device == copy.deepcopy(layer).bias.device == GPU
    assert nn.Parameter(there).is_cuda
    assert torch.zeros(2, device=GPU).is_cuda
    assert torch.zeros_like(there).to(there).is_cuda
    layer(there).sum().backward()
    assert layer.weight.grad.is_cuda
    assert layer.cpu().weight.device == there.cpu().device == torch.ones(2).device == CPU


@pytest.mark.parametrize(
    "mistake",
    [
        lambda there: there + torch.ones(3),
        lambda there: torch.ones(3)[there > 0],
        lambda there: torch.zeros(()).add_(there[0]),
        lambda there: torch.where(there > 0, there, torch.ones(3)),
        nn.Linear(3, 2),
        lambda there: torch.stack([there, torch.ones(3)]),
        lambda there: torch.rand(3, device=GPU, generator=torch.Generator()),
    ],
)
def test_two_devices_do_not_mix(mistake, there):
    with pytest.raises(RuntimeError, match=r"same device|generator"):
        mistake(there)


def test_numpy_needs_it_on_the_cpu(there):
    with pytest.raises(TypeError, match=r"Use .cpu\(\) first"):
        there.numpy()
    assert there.cpu().numpy().sum() == 3


def test_scalars_and_indices_of_the_cpu_are_welcome(there):
    assert (there + torch.tensor(1.0)).is_cuda
    assert there[torch.tensor([0, 2])].tolist() == [0.0, 2.0]


def test_training_comes_to_the_same_bits(small_task, monkeypatch, tmp_path):
    task = replace(small_task, learning=Learning(epochs=2))
    here = dense.baseline(task, 1, tmp_path / "here")
    monkeypatch.setattr(dense, "device", lambda: GPU)
    with PretendGpu():
        elsewhere = dense.baseline(task, 1, tmp_path / "elsewhere")
    for name, value in elsewhere.state_dict(keep_vars=True).items():
        assert not is_there(value)
        assert torch.equal(value, here.state_dict()[name])


@pytest.mark.parametrize(
    ("where", "what", "careless"),
    [(training, "_there", lambda batch, place: batch), (hooks.Held, "begin", hooks.Hook.begin)],
)
def test_training_that_forgets_to_move_something_is_caught(
    where, what, careless, small_task, monkeypatch
):
    monkeypatch.setattr(where, what, careless)
    network = small_task.build()
    held = hooks.Held.masks({"1": torch.ones(24, 784) > 0})
    with PretendGpu(), pytest.raises(RuntimeError, match="same device"):
        train(network.to(GPU), small_task, Course(epochs=1), 1, [held])
