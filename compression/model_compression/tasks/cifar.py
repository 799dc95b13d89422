"""CIFAR-10 as JPEG from one archive, train/CLASS/NNNN.jpg and test/CLASS/NNNN.jpg.

The pixels are not the original ones, so accuracies compare with each other and not with published
ones. The last 500 training pictures of each class choose.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from model_compression.errors import CompressionError
from model_compression.tasks.pictures import EpochBatches, Pictures, shifted
from model_compression.tasks.task import Learning, Task, by_largest

ARCHIVE = "cifar10-jpeg.tar.xz"
CLASSES = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"
)  # fmt: skip
PARTS = ("train", "test")
SHARE_VALIDATION = 0.1  # of each class, the last numbers
MEAN, DEVIATION = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
"""Of the training pixels in 0..1, by colour."""
SHIFT_PX = 4  # He et al., arXiv 1512.03385, section 4.2, as the mirroring


def cifar_task(name: str, build: Callable[[], nn.Module], folder: Path, learning: Learning) -> Task:
    """A network and its name on the archive in *folder*. Raises CompressionError."""
    parts = _read(folder / ARCHIVE)
    train, validation = _cut(parts["train"])
    return Task(
        name=name,
        data="cifar10-jpeg",
        digest=hashlib.sha256(
            b"".join(one.raw.numpy().tobytes() for one in parts.values())
        ).hexdigest(),
        build=build,
        train=train,
        validation=validation,
        test=parts["test"],
        batches=EpochBatches(train, learning.batch, mirrored_and_shifted),
        loss=functional.cross_entropy,
        judge=by_largest,
        example_input=train.inputs(torch.tensor([0])),
        learning=learning,
    )


def mirrored_and_shifted(raw: Tensor, generator: torch.Generator) -> Tensor:
    """Turn half of the pictures left to right and move each by up to 4 px."""
    turned = torch.rand(len(raw), 1, 1, 1, generator=generator) < 0.5
    return shifted(torch.where(turned, raw.flip(3), raw), generator, most_px=SHIFT_PX)


def _read(archive: Path) -> dict[str, Pictures]:
    try:
        found = list(_pictures(archive))
    except FileNotFoundError as error:
        raise CompressionError(
            f"{archive}: is not there. Give the folder that holds it by --data."
        ) from error
    except (tarfile.TarError, EOFError, OSError) as error:
        raise CompressionError(f"{archive}: cannot be read ({error}). Fetch it again.") from error
    found.sort(key=lambda row: row[:3])
    parts = {part: [row for row in found if row[0] == part] for part in PARTS}
    if not all(parts.values()):
        raise CompressionError(
            f"{archive}: has no pictures of {' or '.join(PARTS)}. Fetch it again."
        )
    return {part: _stacked(rows) for part, rows in parts.items()}


Row = tuple[str, int, str, NDArray[np.uint8]]
"""(part, class, file name, (3, 32, 32) pixels)."""


def _pictures(archive: Path) -> Iterator[Row]:
    from PIL import Image

    with tarfile.open(archive, "r:xz") as packed:
        for member in packed:
            path = PurePosixPath(member.name)
            if path.suffix != ".jpg" or path.parent.name not in CLASSES:
                continue
            content = packed.extractfile(member)
            if content is not None:
                with Image.open(io.BytesIO(content.read())) as picture:
                    pixels = np.asarray(picture.convert("RGB")).transpose(2, 0, 1)
                label = CLASSES.index(path.parent.name)
                yield path.parent.parent.name, label, path.name, pixels


def _stacked(rows: list[Row]) -> Pictures:
    raw = torch.from_numpy(np.stack([row[3] for row in rows]))
    target = torch.tensor([row[1] for row in rows])
    return Pictures(raw, target, _channels(MEAN), _channels(DEVIATION))


def _channels(values: tuple[float, ...]) -> Tensor:
    return torch.tensor(values).reshape(-1, 1, 1)


def _cut(pictures: Pictures) -> tuple[Pictures, Pictures]:
    """(what is learned from, what chooses): pictures lie by class and number."""
    last = torch.zeros(len(pictures), dtype=torch.bool)
    for label in range(len(CLASSES)):
        of_class = (pictures.target == label).nonzero().flatten()
        last[of_class[len(of_class) - round(SHARE_VALIDATION * len(of_class)) :]] = True
    return pictures.part(~last), pictures.part(last)
