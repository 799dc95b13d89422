"""Slices of a running print -> a score now and then, and a stop when the rule of a bundle says so.

    watcher = Watcher(EarlyNetwork(bundle.early, entry), Grid.of(layers))
    for bits, z_top_mm, height_mm in slices:
        score = watcher.add(bits, z_top_mm, height_mm)     # None between looks
        if score is not None and score.stop:
            ...

Never torch. What is seen is what exists so far, each part of a plate on its own; no memory of
earlier looks enters a score, so a print is judged alike wherever watching begins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from classifier.runtime.bundle import ADVICE, EARLY, ModelBundle
from classifier.runtime.early_growth import Grid, Growth, Part
from classifier.runtime.early_picture import draw_part
from classifier.runtime.errors import BundleError

if TYPE_CHECKING:
    from numpy.typing import NDArray

FIRST_LOOK = 3
"""Layers below which nothing is scored: a skirt, a brim and a first layer look like everything."""
LOOKS_PER_DOUBLING = 16
"""The next look comes when a sixteenth more exists: often at first, and rarely once little changes.
The final height need not be known for that."""
SMALLEST_MM = 8.0
"""A part whose longest side so far is shorter is nothing anyone could recognise yet."""
NOT_KNOWN = -1.0


def next_look(layers: int) -> int:
    """The layer of the first look, or of the one that follows a look after *layers* layers."""
    return max(layers + max(1, layers // LOOKS_PER_DOUBLING), FIRST_LOOK)


def look_layers(total: int) -> Iterator[int]:
    """Every look at a print of *total* layers."""
    layers = next_look(0)
    while layers <= total:
        yield layers
        layers = next_look(layers)


@dataclass(frozen=True, slots=True)
class StopRule:
    """Stop when the weapon score has been at least *at* for *looks* looks on end.

    false_stops: the share of whole everyday prints that the rule was chosen to stop at most.
    """

    at: float
    looks: int
    false_stops: float

    def __post_init__(self) -> None:
        """Raise ValueError for a rule that would always or never stop."""
        if not 0.0 < self.at <= 1.0 or self.looks < 1:
            raise ValueError(f"stop when {self.at} is reached {self.looks} times: cannot be meant")


@dataclass(frozen=True, slots=True)
class EarlyScore:
    """What a print looks like after *layers* layers.

    height_mm: of the plate so far. printed: its share of the final height, None when that is not
    known. weapon_score, label: of the part that looks most like a weapon-shaped outline. parts: how
    many were looked at. stop: the rule is fulfilled, now or at an earlier look.
    """

    layers: int
    height_mm: float
    printed: float | None
    weapon_score: float
    label: str
    parts: int
    stop: bool


class EarlyNetwork:
    """The network of early.onnx on one thread, with its entry in the manifest."""

    def __init__(self, model: bytes, entry: Mapping[str, Any]) -> None:
        from classifier.runtime.session import start_session

        try:
            self.labels = tuple(str(label["name"]) for label in entry["labels"])
            self.weapon = np.array([bool(label["weapon_shaped"]) for label in entry["labels"]])
            self.size_px = int(entry["size_px"])
            self.rule = StopRule(**entry["stop"])
        except (KeyError, TypeError, ValueError) as error:
            raise BundleError(EARLY, f"its entry cannot be used ({error!r})", ADVICE) from error
        self._session = start_session(model, EARLY)

    def probabilities(
        self,
        pictures: NDArray[np.uint8],
        size_mm: NDArray[np.float32],
        printed: NDArray[np.float32],
    ) -> NDArray[np.float32]:
        """(B, 7, S, S) pictures, (B, 3) mm, (B,) shares printed or NOT_KNOWN -> (B, labels)."""
        inputs = {"pictures": pictures, "size_mm": size_mm, "printed": printed}
        return np.asarray(self._session.run(None, inputs)[0])


def early_network(bundle: ModelBundle) -> EarlyNetwork:
    """The network of *bundle* for growing prints. Raises BundleError when it has none."""
    if bundle.early is None or bundle.early_settings is None:
        raise BundleError(
            bundle.identity, f"has no {EARLY}", "Add one with `printwarden early add`"
        )
    return EarlyNetwork(bundle.early, bundle.early_settings)


class Watcher:
    """One running print. final_height_mm: of the plate, from the job's header, where known."""

    def __init__(
        self, network: EarlyNetwork, grid: Grid, *, final_height_mm: float | None = None
    ) -> None:
        self.network = network
        self.growth = Growth(grid)
        self.final_height_mm = final_height_mm
        self.stopped = False
        self._next_look = next_look(0)
        self._in_a_row = 0

    def add(
        self, bits: NDArray[np.uint8], z_top_mm: float, height_mm: float
    ) -> EarlyScore | None:  # fmt: skip
        """Take in the next slice, bottom up; a score when a look is due, else None.

        bits: (H, ceil(W / 8)) uint8 as in `Layers`. Raises ValueError when it is not on the grid.
        """
        self.growth.add(bits, z_top_mm, height_mm)
        if self.growth.layers < self._next_look:
            return None
        self._next_look = next_look(self.growth.layers)
        return self.look()

    def look(self) -> EarlyScore:
        """Score what exists now; it counts as a look for the rule."""
        growth = self.growth
        parts = [part for part in growth.parts if _longest_mm(part, growth) >= SMALLEST_MM]
        height_mm = max((part.top_z_mm for part in growth.parts), default=0.0) - growth.bottom_mm
        printed = None
        if self.final_height_mm:
            printed = min(height_mm / self.final_height_mm, 1.0)
        weapon_score, label = self._worst(parts, NOT_KNOWN if printed is None else printed)
        rule = self.network.rule
        self._in_a_row = self._in_a_row + 1 if weapon_score >= rule.at else 0
        self.stopped = self.stopped or self._in_a_row >= rule.looks
        return EarlyScore(
            layers=growth.layers,
            height_mm=round(height_mm, 3),
            printed=printed,
            weapon_score=weapon_score,
            label=label,
            parts=len(parts),
            stop=self.stopped,
        )

    def _worst(self, parts: list[Part], printed: float) -> tuple[float, str]:
        """Weapon score and label of the part with the highest score."""
        worst = (0.0, "")
        for part in parts:  # one at a time: the same small memory for one part and for sixty
            picture = draw_part(self.growth, part, self.network.size_px)
            row = self.network.probabilities(
                picture.pixels[None], picture.size_mm[None], np.array([printed], np.float32)
            )[0]
            score = min(float(row[self.network.weapon].sum()), 1.0)
            worst = max(worst, (score, self.network.labels[int(row.argmax())]))
        return worst


def _longest_mm(part: Part, growth: Growth) -> float:
    """Longest side of the box of what exists."""
    across = max(past - first for first, past in part.spans())
    return max(across * growth.grid.mm_per_px, part.height_mm)
