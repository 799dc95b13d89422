"""The tasks there are: network -> on which data, and how the two come together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from model_compression.errors import CompressionError
from model_compression.tasks.cifar import cifar_task
from model_compression.tasks.mnist import mnist_task
from model_compression.tasks.networks import lenet5, mlp300
from model_compression.tasks.task import Task

SHARED = Path("../shared/data")
"""Where data lie beside a checkout, unless told."""


@dataclass(frozen=True, slots=True)
class Entry:
    """data: what its --data is called. folder: where that lies unless told."""

    data: str
    folder: Path
    load: Callable[[Path], Task]


TASKS: Mapping[str, Entry] = {
    "lenet5": Entry("mnist", SHARED / "mnist", lambda at: mnist_task("lenet5", lenet5, at)),
    "mlp300": Entry("mnist", SHARED / "mnist", lambda at: mnist_task("mlp300", mlp300, at)),
    "micro-resnet": Entry("cifar10-jpeg", SHARED / "cifar10-jpeg", cifar_task),
}


def load_task(name: str, folder: Path | None = None) -> Task:
    """The task of network *name*, its data from *folder*. Raises CompressionError."""
    if name not in TASKS:
        raise CompressionError(f"no network {name!r}; there are: {', '.join(TASKS)}")
    entry = TASKS[name]
    return entry.load(folder or entry.folder)
