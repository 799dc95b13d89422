"""How wide a kept weight of a layer is, and what its codes need beside them to be numbers again."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from classifier.runtime.packed.bits import width_of
from model_compression.framework.levels import Levels

FLOAT_BITS = 32
MOST_BOOK_BITS = 8


@dataclass(frozen=True, slots=True)
class Values:
    """bits: of one stored weight. table: float32 numbers stored once (scales, or a codebook of
    2^bits). zero: whether those bits can say 0. name: what they are, for people.
    """

    name: str
    bits: int
    table: int
    zero: bool

    @property
    def table_bits(self) -> int:
        """Of all scales, or of the codebook."""
        return self.table * FLOAT_BITS


FLOAT = Values("float32", FLOAT_BITS, 0, zero=True)


def values_of(weight: Tensor, levels: Levels | None) -> Values:
    """On *levels* if there are any, else a codebook where it saves bits, else float32."""
    if levels is not None:
        scales = levels.scale.numel() if isinstance(levels.scale, Tensor) else 1
        return Values(f"{levels.kind} {levels.bits} bit", levels.bits, scales, levels.zero)
    kept = weight[weight != 0]
    # one bit at least: a stream of codes without width would have no length
    bits = max(width_of(len(torch.unique(kept))), 1)
    book = Values(f"codebook {bits} bit", bits, 1 << bits, zero=False)
    shorter = book.table_bits + len(kept) * bits < len(kept) * FLOAT_BITS
    return book if bits <= MOST_BOOK_BITS and shorter else FLOAT
