"""What was measured on LeNet-5 and MNIST: how many weights, filters and columns each layer needs.

conv1, conv2, fc1, fc2 hold 500, 25,000, 400,000 and 5,000 weights. Weights of the convolutions are
used at many positions and are worth most; splits between the two rows are geometric means.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

LAYERS = ("conv1", "conv2", "fc1", "fc2")
SIZES = (500, 25_000, 400_000, 5_000)
EARLY = (280, 3_800, 5_150, 1_532)
"""After the first step, to a 40th."""
LATE = (120, 450, 480, 187)
"""At 1,237 weights and fewer, in proportion. Found among 12 splits by validation accuracy."""


FIRST_FILTERS: Mapping[str, int] = {"conv1": 12, "conv2": 32, "fc1": 120}
"""After the first step. A few hundred weights need no more, and training is twice as fast."""


def weights_of(kept: int) -> dict[str, int] | None:
    """How many weights each layer keeps of *kept*; None where nothing was measured."""
    if kept > sum(EARLY):
        return None
    late = [count * min(1.0, kept / sum(LATE)) for count in LATE]
    way = math.log(sum(EARLY) / kept) / math.log(sum(EARLY) / sum(LATE))
    way = min(1.0, way)
    raw = [early ** (1 - way) * last**way for early, last in zip(EARLY, late, strict=True)]
    return _exactly(kept, raw)


def _exactly(kept: int, raw: list[float]) -> dict[str, int]:
    """Whole numbers in proportion to *raw* that sum to *kept*; conv2 takes what rounding leaves."""
    counts = [
        max(1, min(size, round(one * kept / sum(raw))))
        for size, one in zip(SIZES, raw, strict=True)
    ]
    counts[1] += kept - sum(counts)
    return dict(zip(LAYERS, counts, strict=True))


SHAPES: tuple[Mapping[str, tuple[int, int]], ...] = (
    {"conv1": (12, 20), "conv2": (28, 120), "fc1": (80, 200), "fc2": (10, 80)},
    {"conv1": (9, 18), "conv2": (20, 90), "fc1": (50, 140), "fc2": (10, 50)},
    {"conv1": (7, 16), "conv2": (14, 65), "fc1": (32, 95), "fc2": (10, 32)},
    {"conv1": (6, 15), "conv2": (12, 55), "fc1": (22, 72), "fc2": (10, 22)},
)
"""Layer -> (filters, columns) after each step of structured pruning."""
WEIGHTS_OF_SHAPES = tuple(sum(f * c for f, c in shape.values()) for shape in SHAPES)
"""20,400, 9,462, 4,382 and 2,554; a third or so turns out to lie on unused paths."""
