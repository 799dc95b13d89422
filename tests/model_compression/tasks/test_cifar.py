"""Pictures of an archive, and the residual networks that papers put on them."""

from __future__ import annotations

import pytest
import torch

from model_compression.errors import CompressionError
from model_compression.framework.layers import layers_of
from model_compression.ledger.macs import macs_of
from model_compression.tasks.cifar import ARCHIVE, CLASSES, mirrored_and_shifted
from model_compression.tasks.networks import resnet18, resnet56
from model_compression.tasks.registry import load_task

PICTURE = torch.zeros(1, 3, 32, 32)


@pytest.fixture
def task(tiny_cifar):
    return load_task("micro-resnet", tiny_cifar)


def test_the_last_tenth_of_each_class_chooses(task):
    assert [len(part) for part in (task.train, task.validation, task.test)] == [180, 20, 40]
    for part in (task.train, task.validation, task.test):
        assert torch.bincount(part.target).tolist() == [len(part) // 10] * 10
    raw = torch.cat([task.train.raw, task.validation.raw, task.test.raw]).flatten(1)
    assert len(raw.unique(dim=0)) == 240


def test_labels_are_the_folders_names(task):
    """The stand-in's pictures have a bar at a place of their class."""
    rows = task.test.raw.float().mean(dim=(1, 3)).argmax(dim=1)
    assert torch.equal(rows // 3, task.test.target)


def test_a_changed_picture_is_mirrored_or_not_and_moved():
    raw = torch.zeros(400, 3, 32, 32, dtype=torch.uint8)
    raw[:, 1, 10, 8] = 9
    moved = mirrored_and_shifted(raw, torch.Generator().manual_seed(0))
    assert not moved[:, [0, 2]].any()
    at = moved[:, 1].flatten(1).argmax(dim=1)
    assert set((at // 32).tolist()) == set(range(6, 15))
    assert set((at % 32).tolist()) == {*range(4, 13), *range(31 - 12, 31 - 3)}


@pytest.mark.parametrize("content", [b"", b"no archive", b"\xfd7zXZ\0\0\4torn"])
def test_an_archive_that_cannot_be_read_is_named(content, tmp_path):
    (tmp_path / ARCHIVE).write_bytes(content)
    with pytest.raises(CompressionError, match=f"{ARCHIVE}: cannot be read"):
        load_task("resnet56", tmp_path)


@pytest.mark.parametrize(
    ("build", "weights", "macs"),
    [(resnet56, 0.85e6, 125.5e6), (resnet18, 11.17e6, 0.556e9)],
)
def test_they_are_as_large_as_papers_say(build, weights, macs):
    """He et al. state 0.85 million for ResNet-56; FLOPs as HRank and its followers count them."""
    network = build()
    mine = sum(layer.weight.numel() for layer in layers_of(network).values())
    assert mine == pytest.approx(weights, rel=0.003)
    assert macs_of(network, (PICTURE,)).dense == pytest.approx(macs, rel=0.003)
    assert network.eval()(PICTURE).shape == (1, len(CLASSES))
