"""Voids whose case the layers around them decide, as a union-find graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

OUTSIDE = 0


class VoidGraph:
    """Union-find over voids whose case the layers around them decide; node 0 is the outside.

    likely: voids that look solid less others among all that is joined; open: reaches the outside.
    """

    def __init__(self) -> None:
        self.parent, self.likely, self.open = [OUTSIDE], [0], [True]

    def extend(self, likely: NDArray[np.int64]) -> NDArray[np.int64]:
        """New nodes."""
        nodes = np.arange(len(self.parent), len(self.parent) + len(likely))
        self.parent.extend(nodes.tolist())
        self.likely.extend(likely.tolist())
        self.open.extend([False] * len(likely))
        return nodes

    def root(self, node: int) -> int:
        """What the node is joined with."""
        while self.parent[node] != node:
            node = self.parent[node] = self.parent[self.parent[node]]
        return node

    def join(self, a: int, b: int) -> None:
        """Let two nodes answer as one; the outside only opens the other."""
        a, b = self.root(a), self.root(b)
        if a == b:
            return
        if OUTSIDE in (a, b):
            self.open[a + b] = True
            return
        self.parent[b] = a
        self.likely[a] += self.likely[b]
        self.open[a] |= self.open[b]

    def is_solid(self, node: int) -> bool:
        """Enclosed, or a shell one bead thick."""
        root = self.root(node)
        return not self.open[root] or self.likely[root] > 0
