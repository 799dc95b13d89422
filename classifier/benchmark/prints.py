"""What a benchmark shows to every contender: prints as pictures, as growing pictures, as solids."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Protocol

import numpy as np

from dataset_builder.render.occupancy import Occupancy

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Prints:
    """N prints of M solids.

    pictures: (N, 3, S, S) uint8, planes xy, xz, yz of the finished print.
    frames: (N, K, 3, S, S) uint8, the same planes as it grows; the last frame is the finished one.
    label: (N,) int64 into LABEL_NAMES. family, source, route: (N,) str.
    solid: (N,) int64 into solids; rotation: (N, 3, 3) float64 turns that solid into the print's
    pose. test: named (N, 3) bool masks, a column a plane, of the splits that a dataset carries;
    fold: named (N,) int64, the fold that holds a print out.
    """

    pictures: NDArray[np.uint8]
    frames: NDArray[np.uint8]
    label: NDArray[np.int64]
    family: NDArray[np.str_]
    source: NDArray[np.str_]
    route: NDArray[np.str_]
    solid: NDArray[np.int64]
    rotation: NDArray[np.float64]
    solids: tuple[Occupancy, ...]
    test: dict[str, NDArray[np.bool_]]
    fold: dict[str, NDArray[np.int64]]

    def __len__(self) -> int:
        return len(self.label)

    def subset(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> Prints:
        """The prints at *chosen*, a mask or indices; solids stay as they are."""
        parts = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, dict):
                value = {name: rows[chosen] for name, rows in value.items()}
            elif field.name != "solids":
                value = value[chosen]
            parts[field.name] = value
        return Prints(**parts)


class Contender(Protocol):
    """A way to recognise prints, fresh and untrained when made."""

    name: str
    """What tables call it."""

    def fit(
        self,
        prints: Prints,
        usable: NDArray[np.bool_],
        *,
        seed: int,
        steps: int,
        on_step: Callable[[], None] = lambda: None,
    ) -> None:
        """Learn from *prints*; usable: (N, 3) bool, the planes that may be looked at.

        The same arguments give the same contender on one machine. steps: of about 64 examples; a
        contender that does not learn by steps takes what it needs of them. on_step: called after
        each step that was taken.
        """

    def probabilities(self, prints: Prints, usable: NDArray[np.bool_]) -> NDArray[np.float64]:
        """(N, labels) for finished prints; rows sum to 1. Each print has a usable plane."""

    def as_it_grows(self, prints: Prints) -> NDArray[np.float64]:
        """(N, K, labels): what it says after each frame, all planes usable."""

    def parameters(self) -> int:
        """Numbers it has learned; 0 before it is fitted."""
