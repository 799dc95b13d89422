"""Tiny stand-ins for the data that tasks read."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from torch import nn

from model_compression.tasks import mnist
from model_compression.tasks.cifar import ARCHIVE, CLASSES
from model_compression.tasks.mnist import FILES, mnist_task
from model_compression.tasks.networks import mlp300
from model_compression.tasks.task import Task

TINY_TRAIN, TINY_TEST, TINY_VALIDATION = 300, 100, 60


def idx(array: np.ndarray) -> bytes:
    """*array* of uint8 as an IDX file."""
    lengths = struct.pack(f">{array.ndim}I", *array.shape)
    return bytes([0, 0, 8, array.ndim]) + lengths + array.astype(np.uint8).tobytes()


def write_mnist(folder: Path, sizes: Mapping[str, int]) -> Path:
    """Digits that are bars at ten places, with noise: learned in seconds."""
    rng = np.random.default_rng(0)
    for part, count in sizes.items():
        labels = np.arange(count) % 10
        images = rng.integers(0, 60, (count, 28, 28))
        for row, label in enumerate(labels):
            images[row, 4:24, 2 * label + 3 : 2 * label + 6] += 180
        for name, array in zip(FILES[part], (images, labels), strict=True):
            (folder / f"{name}.gz").write_bytes(gzip.compress(idx(array), mtime=0))
    return folder


@pytest.fixture(scope="session")
def tiny_mnist(tmp_path_factory) -> Path:
    """A folder with the four files of a very small MNIST."""
    sizes = {"train": TINY_TRAIN, "test": TINY_TEST}
    return write_mnist(tmp_path_factory.mktemp("mnist"), sizes)


def write_cifar(folder: Path, sizes: Mapping[str, int]) -> Path:
    """The archive with *sizes* pictures of each class: a bar at a row of the class, with noise."""
    rng = np.random.default_rng(0)
    with tarfile.open(folder / ARCHIVE, "w:xz") as packed:
        for part, count in sizes.items():
            for label, name in enumerate(CLASSES):
                for number in range(count):
                    pixels = rng.integers(0, 60, (32, 32, 3), dtype=np.uint8)
                    pixels[3 * label : 3 * label + 3] += 180
                    content = io.BytesIO()
                    Image.fromarray(pixels).save(content, "JPEG")
                    member = tarfile.TarInfo(f"{part}/{name}/{number:04d}.jpg")
                    member.size = content.tell()
                    content.seek(0)
                    packed.addfile(member, content)
    return folder


@pytest.fixture(scope="session")
def tiny_cifar(tmp_path_factory) -> Path:
    """A folder with an archive of very few pictures."""
    return write_cifar(tmp_path_factory.mktemp("cifar"), {"train": 20, "test": 4})


@pytest.fixture
def tiny_task(tiny_mnist, monkeypatch) -> Task:
    """mlp300 on it."""
    monkeypatch.setattr(mnist, "VALIDATION", TINY_VALIDATION)
    return mnist_task("mlp300", mlp300, tiny_mnist)


def _small() -> nn.Module:
    """19,000 weights in three layers."""
    return nn.Sequential(
        nn.Flatten(), nn.Linear(784, 24), nn.ReLU(), nn.Linear(24, 16), nn.ReLU(), nn.Linear(16, 10)
    )


@pytest.fixture
def small_task(tiny_mnist, monkeypatch) -> Task:
    """A network smaller still, for whole recipes."""
    monkeypatch.setattr(mnist, "VALIDATION", TINY_VALIDATION)
    return mnist_task("small", _small, tiny_mnist)
