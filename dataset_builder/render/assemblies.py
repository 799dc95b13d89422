"""Parts of a plate that may be one thing: those that overlap seen from above.

What is printed apart lies apart, for a nozzle must reach the bed beside each part. Parts above or
inside each other are mostly one thing, of which a slicer lost some layers or that has joints.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

OVERLAP = 0.3
"""Share of the smaller part's box, seen from above, that lies in the larger one's."""


def assemblies(boxes: NDArray[np.int32]) -> list[tuple[int, ...]]:
    """Groups of two or more rows of *boxes* that overlap, one through another if need be.

    boxes: (N, 6) pixels and slices, low and high of z, y and x; high is exclusive.
    """
    overlap = _overlap(boxes) >= OVERLAP
    group = np.arange(len(boxes))
    for _ in range(len(boxes)):  # the longest chain
        lowest = np.where(overlap, group, len(boxes)).min(axis=1, initial=len(boxes))
        if (lowest == group).all():
            break
        group = lowest
    found = (np.flatnonzero(group == first) for first in np.unique(group))
    return [tuple(members.tolist()) for members in found if len(members) > 1]


def _overlap(boxes: NDArray[np.int32]) -> NDArray[np.float64]:
    """(N, N) shared area of two boxes by the smaller one's, seen from above; 1 with itself."""
    low, high = boxes[:, (2, 4)].astype(np.int64), boxes[:, (3, 5)].astype(np.int64)
    sides = np.minimum(high[:, None], high) - np.maximum(low[:, None], low)
    shared = sides.clip(min=0).prod(axis=2)
    area = (high - low).prod(axis=1)
    return np.asarray(shared / np.minimum(area[:, None], area).clip(min=1))
