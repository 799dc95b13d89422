"""What a bundle's manifest states about how its network was made smaller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Compression:
    """recipe, paper: whose method. command: that makes it again. parent: the dense bundle's
    identity; parent_sha256: of its model.onnx. The counts come in pairs, of the parent and of this
    network: weights of its layers, multiplications an object, bytes of model.onnx. stored_bits: of
    the weights in their cheapest formats. compared: both on held-out objects, for the card.
    """

    recipe: str
    paper: str
    command: str
    parent: str
    parent_sha256: str
    weights: tuple[int, int]
    macs: tuple[int, int]
    model_bytes: tuple[int, int]
    stored_bits: int
    compared: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Compression:
        """Of a manifest's table. Raises TypeError or ValueError for one that cannot be meant."""
        pairs = {name: tuple(values[name]) for name in ("weights", "macs", "model_bytes")}
        for name, (before, after) in pairs.items():
            if not 0 < after <= before:
                raise ValueError(f"compression: {name} {after} is not from 1 to {before}")
        return cls(**{**values, **pairs})

    def __str__(self) -> str:
        kept, before = self.weights[1], self.weights[0]
        return (
            f"compressed by {self.recipe} from {self.parent}: {kept:,} of {before:,} weights, "
            f"{_times(self.macs)} times fewer multiplications, {_times(self.model_bytes)} times "
            f"fewer bytes"
        )


def _times(pair: tuple[int, int]) -> str:
    return f"{pair[0] / pair[1]:.1f}"
