"""Labelled pictures to learn from: where they lie, whose they are, and parts of them.

Pictures stay in their files until a batch asks for them; what is small is in memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dataset_builder.sources.labels import LABELS
from dataset_builder.sources.origin import Origin

WEAPON_SHAPED = np.array([label.weapon_shaped for label in LABELS])
"""(labels,) bool, in the order of a network's outputs."""
PARAMETRIC = "parametric"  # Origin.kind


class Pictures:
    """(N, V, C, H, W) uint8 in parts, each an array in memory or mapped from a file."""

    def __init__(self, parts: Sequence[NDArray[np.uint8]]) -> None:
        self.parts = tuple(parts)
        self.starts = np.cumsum([0, *(len(part) for part in parts)])

    def __len__(self) -> int:
        return int(self.starts[-1])

    def take(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        """The pictures at *rows*, in their order."""
        taken = np.empty((len(rows), *self.parts[0].shape[1:]), np.uint8)
        places = np.searchsorted(self.starts, rows, side="right") - 1
        for place in np.unique(places):
            here = places == place
            taken[here] = self.parts[place][rows[here] - self.starts[place]]
        return taken


@dataclass(frozen=True, slots=True)
class Examples:
    """rows: (N,) which of *pictures*. extent_mm: (N, 3) float32 sides. origin: (N,) index into
    *origins*. label: (N,) index into LABEL_NAMES. digest: of everything that decided all of it.
    """

    pictures: Pictures
    rows: NDArray[np.int64]
    extent_mm: NDArray[np.float32]
    origin: NDArray[np.int64]
    label: NDArray[np.int64]
    origins: tuple[Origin, ...]
    digest: str

    def __len__(self) -> int:
        return len(self.rows)

    def views(self, chosen: slice | NDArray[np.int64] = slice(None)) -> NDArray[np.uint8]:
        """(n, V, C, H, W) pictures of the *chosen* examples."""
        return self.pictures.take(self.rows[chosen])

    def subset(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> Examples:
        """The examples that *chosen*, a mask or indices, names; origins stay as they are."""
        return replace(
            self,
            rows=self.rows[chosen],
            extent_mm=self.extent_mm[chosen],
            origin=self.origin[chosen],
            label=self.label[chosen],
        )

    @property
    def weapon(self) -> NDArray[np.bool_]:
        """(N,) whether each is weapon-shaped."""
        return np.asarray(WEAPON_SHAPED[self.label])

    @property
    def from_mesh(self) -> NDArray[np.bool_]:
        """(N,) whether each shows a mesh file, not a parametric model."""
        mesh = np.array([origin.kind != PARAMETRIC for origin in self.origins], bool)
        return np.asarray(mesh[self.origin])

    @property
    def unit(self) -> NDArray[np.int64]:
        """(N,) which object each shows, counted from 0: a mesh file is one object however often it
        is drawn, each draw of a parametric model is one of its own.
        """
        own = np.where(self.from_mesh, self.origin, len(self.origins) + np.arange(len(self)))
        return np.asarray(np.unique(own, return_inverse=True)[1], np.int64)
