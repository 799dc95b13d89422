"""MNIST from its four IDX files, packed or not; the last 5,000 training images choose.

IDX: two zero bytes, a byte for the kind of numbers (8: uint8), a byte for the number of axes, their
lengths as big-endian uint32, then the numbers. Source: the format page of the MNIST distribution.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from model_compression.errors import CompressionError
from model_compression.tasks.pictures import EpochBatches, Pictures, shifted
from model_compression.tasks.task import Learning, Task, by_largest

FILES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}
UINT8 = 8
VALIDATION = 5000  # examples at the end of the training files, which are in no order
MEAN, DEVIATION = 0.1307, 0.3081  # of the training pixels in 0..1
SHIFT_PX = 2


def mnist_task(name: str, build: Callable[[], nn.Module], folder: Path) -> Task:
    """*build*'s network on the MNIST files in *folder*. Raises CompressionError."""
    pictures, digest = _read(folder, "train")
    test, test_digest = _read(folder, "test")
    if len(pictures) <= VALIDATION:
        raise CompressionError(
            f"{folder}: has {len(pictures)} training images and needs more than {VALIDATION}. "
            "Give the whole of MNIST."
        )
    train = pictures.part(slice(None, -VALIDATION))
    learning = Learning()
    return Task(
        name=name,
        data="mnist",
        digest=hashlib.sha256((digest + test_digest).encode()).hexdigest(),
        build=build,
        train=train,
        validation=pictures.part(slice(-VALIDATION, None)),
        test=test,
        batches=EpochBatches(train, learning.batch, partial(shifted, most_px=SHIFT_PX)),
        loss=functional.cross_entropy,
        judge=by_largest,
        example_input=train.inputs(torch.tensor([0])),
        learning=learning,
    )


def _read(folder: Path, part: str) -> tuple[Pictures, str]:
    """The pictures of *part* and the digest of their files."""
    images, labels = (read_idx(folder, name) for name in FILES[part])
    if images.shape[1:] != (28, 28) or labels.shape != images.shape[:1]:
        raise CompressionError(
            f"{folder}: {images.shape} images and {labels.shape} labels in {part} are no "
            "MNIST. Give a folder with its four files."
        )
    digest = hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest()
    target = torch.from_numpy(labels.astype(np.int64))
    raw = torch.from_numpy(images.copy())[:, None]
    return Pictures(raw, target, _channel(MEAN), _channel(DEVIATION)), digest


def _channel(value: float) -> Tensor:
    return torch.tensor(value).reshape(1, 1, 1)


def read_idx(folder: Path, name: str) -> NDArray[np.uint8]:
    """The array in *folder*'s file *name*, or name.gz. Raises CompressionError."""
    packed, plain = folder / f"{name}.gz", folder / name
    try:
        data = gzip.decompress(packed.read_bytes()) if packed.is_file() else plain.read_bytes()
    except FileNotFoundError as error:
        raise CompressionError(
            f"{plain}: is not there, nor is {packed.name}. Give a folder with the four files of "
            "MNIST by --data."
        ) from error
    except (OSError, EOFError) as error:
        raise CompressionError(
            f"{folder / name}: cannot be read ({error}). Fetch it again."
        ) from error
    axes = data[3] if data[:3] == bytes([0, 0, UINT8]) and len(data) > 3 else 0
    shape = tuple(np.frombuffer(data, ">u4", axes, 4).tolist()) if len(data) >= 4 + 4 * axes else ()
    start = 4 + 4 * axes
    if not axes or len(data) != start + int(np.prod(shape)):
        raise CompressionError(f"{folder / name}: is no whole IDX file of bytes. Fetch it again.")
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape)
