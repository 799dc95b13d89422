"""The tasks there are: network -> on which data, and how the two come together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from torch import nn

from model_compression.errors import CompressionError
from model_compression.tasks.cifar import cifar_task
from model_compression.tasks.detector import detector_task
from model_compression.tasks.mnist import mnist_task
from model_compression.tasks.networks import lenet5, micro_resnet, mlp300, resnet18, resnet56
from model_compression.tasks.task import Learning, Task

SHARED = Path("../shared/data")
"""Where data lie beside a checkout, unless told."""
LONG = Learning(epochs=100)
"""For networks that are too large for two cores: about what papers give theirs."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where data lie. run: a finished run of `printwarden train`. seed: which of its folds."""

    folder: Path
    run: Path | None = None
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """data: what is learned from, by name. folder: where that lies, in SHARED. by_seed: whether
    each seed has examples of its own.
    """

    data: str
    folder: str
    load: Callable[[Place], Task]
    by_seed: bool = False


def _detector(place: Place) -> Task:
    if place.run is None:
        raise CompressionError(
            "detector: starts from the networks of a finished run. Give the folder that "
            "`printwarden train` wrote by --run, and its meshes by --data."
        )
    return detector_task(place.run, place.folder, place.seed - 1)


def _of_cifar(name: str, build: Callable[[], nn.Module], learning: Learning) -> Entry:
    return Entry(
        "cifar10-jpeg", "cifar10-jpeg", lambda at: cifar_task(name, build, at.folder, learning)
    )


TASKS: Mapping[str, Entry] = {
    "lenet5": Entry("mnist", "mnist", lambda at: mnist_task("lenet5", lenet5, at.folder)),
    "mlp300": Entry("mnist", "mnist", lambda at: mnist_task("mlp300", mlp300, at.folder)),
    "micro-resnet": _of_cifar("micro-resnet", micro_resnet, Learning()),
    "resnet56": _of_cifar("resnet56", resnet56, LONG),
    "resnet18": _of_cifar("resnet18", resnet18, LONG),
    "detector": Entry("objects", "meshes", _detector, by_seed=True),
}


def load_task(
    name: str, folder: Path | None = None, *, run: Path | None = None, seed: int = 1
) -> Task:
    """The task of network *name*, its data from *folder*. Raises CompressionError.

    run, seed: of the detector: a finished training run, and the fold that is held out (seed - 1).
    """
    if name not in TASKS:
        raise CompressionError(f"no network {name!r}; there are: {', '.join(TASKS)}")
    entry = TASKS[name]
    return entry.load(Place(folder or SHARED / entry.folder, run, seed))
