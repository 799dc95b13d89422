"""Every contender of a benchmark by name.

The table holds places, not classes: naming the contenders in `--help` must not load torch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module

from classifier.benchmark.prints import Contender


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes a fresh contender by the function `contender` of *module*."""

    module: str

    def __call__(self) -> Contender:
        """A fresh one; its module, and with it torch, is loaded now."""
        made: Contender = import_module(f"classifier.contenders.{self.module}").contender()
        return made


CONTENDERS: Mapping[str, Callable[[], Contender]] = {
    name: Maker(name)
    for name in (
        "small_cnn",
        "resnet18",
        "cnn_lstm",
        "cnn3d",
        "shape_distribution",
        "mesh_features",
        "bundle",
    )
}
"""Name -> a function that makes one, untrained; `bundle` makes the one that ships."""
